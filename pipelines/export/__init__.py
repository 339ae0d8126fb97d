"""The program that exports models as SavedModels."""
