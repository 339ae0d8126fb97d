"""Entities of texts as tags of words: schemes of tags, decoding, alignment of spans to words, and metrics."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
