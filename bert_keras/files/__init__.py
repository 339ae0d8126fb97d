"""Streaming of text files, file name patterns, atomic writes, and the locations in error messages."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
