"""What people look at after a training: the page of a run, its model card, pictures. No Keras in here."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
