"""A client of model servers: REST and gRPC, sync and async, with the library's own answers."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
