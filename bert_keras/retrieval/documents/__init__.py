"""Documents: which files there are, their texts, and the blocks of these."""
