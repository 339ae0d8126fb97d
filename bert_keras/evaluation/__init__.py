"""Evaluation of predictions without Keras: metrics, calibration, curves, confidence intervals, significance tests."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
