"""Texts with marked entities: files of tagged words and of annotation tools, and their windows."""
