"""What TensorFlow keeps of the gradients that functions define themselves."""

import contextlib
from collections.abc import Iterator
from typing import Any

from tensorflow.python.framework import ops

_MADE = "CustomGradient-"  # what `tf.custom_gradient` names those of a graph


@contextlib.contextmanager
def forgotten_gradients() -> Iterator[None]:
    """Forgets the gradients that `tf.custom_gradient` registers while a graph with its own gradient is traced.

    TensorFlow 2.21 keeps each for ever, and with it the whole graph: every training would leave a graph behind. What is
    traced within must be called within only, or have its gradient taken there.
    """
    kept: dict[str, Any] = ops.gradient_registry._registry
    before = len(kept)
    try:
        yield
    finally:
        if len(kept) > before:
            for name in [name for name in list(kept)[before:] if name.startswith(_MADE)]:
                del kept[name]
