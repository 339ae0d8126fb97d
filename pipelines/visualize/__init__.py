"""The program that looks inside a model."""
