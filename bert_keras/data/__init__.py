"""Data: reading of files and TFDS data sets, encoding of rows to arrays, batches."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
