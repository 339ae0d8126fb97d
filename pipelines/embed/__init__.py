"""Sentence vectors of texts: written, searched, compared."""
