"""Checkpoints of Google's own code."""
