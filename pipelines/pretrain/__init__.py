"""Goes on with a model's pre-training, on raw text."""
