"""Extractive question answering without Keras: span decoding over windows, SQuAD's metrics, null thresholds.

Decoding has two implementations of the same functions: `decoding` in NumPy and `graph_decoding` in TensorFlow ops.
Import the one you need; no other module of this package imports TensorFlow.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
