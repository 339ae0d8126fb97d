"""The program that chooses rows to label."""
