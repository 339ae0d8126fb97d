"""The check of an export through TensorFlow's C API, as a server loads it, in a process without its Python."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
