"""Proves an export the way TensorFlow Serving would load it: through TensorFlow's C API, in a process without its Python."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
