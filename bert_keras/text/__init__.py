"""Conversion of strings to token ids in TensorFlow ops: tokenizer with offsets, packing, windows of long texts."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
