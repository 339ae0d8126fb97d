"""Fine-tunes text classifiers."""
