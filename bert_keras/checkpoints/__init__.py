"""Weights in and out: Hugging Face's folders, Google's checkpoints, KerasHub's presets, the bundled default."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
