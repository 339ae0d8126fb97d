"""Files: text read in pieces, patterns of names, writes that are whole or not there, and how messages name a place in a file."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
