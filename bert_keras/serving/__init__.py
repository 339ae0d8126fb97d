"""SavedModels that take raw strings: export, loading, and the proof that they run without Python."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
