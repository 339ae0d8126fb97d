"""The program that classifies texts or answers questions with any model."""
