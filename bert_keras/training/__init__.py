"""Fine-tuning: optimizer and learning rate schedule, training loop, checkpoints, and TensorBoard logs."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
