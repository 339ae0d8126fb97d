"""Folders of sentence-transformers: an encoder, and the modules that make a vector of its outputs."""
