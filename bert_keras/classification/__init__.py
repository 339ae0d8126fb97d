"""What a text classifier answers: its tasks, and from logits to answers. No Keras in here."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
