"""Numbers about predictions: scores, calibration, curves, and whether a difference is more than chance. No Keras in here."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
