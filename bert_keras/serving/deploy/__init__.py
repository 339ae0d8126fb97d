"""Files for TF Serving on Docker and Kubernetes, made for a model and sized with the arithmetic in them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
