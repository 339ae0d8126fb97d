"""The program that measures a classifier on parts of its data."""
