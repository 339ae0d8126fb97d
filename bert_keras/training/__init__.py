"""Fine-tuning: optimizer and schedule, the training itself with its checkpoints, and what is logged of it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
