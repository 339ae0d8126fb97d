"""Answers over many documents: an index of their paragraphs on disk, a search in it, and a reader of what is found."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
