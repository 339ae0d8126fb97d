"""Folders of transformers: configuration, weights, head and tokenizer, read and written."""
