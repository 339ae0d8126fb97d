"""Looks inside a model."""
