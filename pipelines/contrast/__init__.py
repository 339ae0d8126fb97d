"""Trains a text encoder on pairs, triples, scored pairs or labelled texts."""
