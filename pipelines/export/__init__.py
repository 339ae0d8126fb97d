"""Exports models as SavedModels."""
