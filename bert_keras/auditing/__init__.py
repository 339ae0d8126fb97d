"""Errors in labelled data: labels in doubt, contradictions, outliers, and labels that are confused."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
