"""The models of the server: versions that come and go, each in a process of its own that runs the graph."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
