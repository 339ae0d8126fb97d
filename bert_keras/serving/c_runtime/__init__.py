"""TensorFlow's C API without its Python: the libraries, and what runs in child processes that import nothing else."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
