"""The program that trains a model to find entities in texts."""
