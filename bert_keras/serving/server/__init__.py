"""A local server with TensorFlow Serving's contract over REST and gRPC."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
