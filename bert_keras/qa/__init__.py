"""Spans -> answers: decoding over windows, exact match and F1 as SQuAD has them, the null threshold. No Keras in here.

Decoding is there twice, with the same functions: `decoding` in NumPy, `graph_decoding` as TensorFlow ops. Import the
one you need; nothing else in here brings TensorFlow.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
