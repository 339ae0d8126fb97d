"""The program that finds label errors in training data."""
