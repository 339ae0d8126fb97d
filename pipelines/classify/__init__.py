"""The program that fine-tunes text classifiers."""
