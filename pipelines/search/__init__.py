"""The program that searches for the options of a training."""
