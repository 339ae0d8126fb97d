"""The attention heads that an export holds: those that add something."""

from typing import Any

import numpy as np

from bert_keras.models import BertBackbone
from bert_keras.serving.encoder.layers import kernel_and_bias


class KeptHeads:
    """The heads of an encoder whose rows in the kernel of the attention output are not all zero.

    Of a head whose rows are zero, as `insight.masked_heads` makes them, no output depends on query, key and value: an
    export is smaller and faster without these weights, and answers the same. A layer without any keeps its first head.

    Args:
        backbone: The encoder, whose adapters have been merged.
        every: Whether to keep all heads, whatever their weights.
    """

    def __init__(self, backbone: BertBackbone, every: bool = False) -> None:
        self._heads, self.size = backbone.num_heads, backbone.hidden_dim // backbone.num_heads
        self._kept = [
            np.arange(self._heads) if every else _adding(layer, self._heads) for layer in backbone.transformer_layers
        ]

    def count(self, layer: int) -> int:
        """Returns the number of heads that a layer has."""
        return len(self._kept[layer])

    def width(self, layer: int) -> int:
        """Returns the size of the outputs of all heads of a layer."""
        return self.count(layer) * self.size

    def columns(self, layer: int, values: np.ndarray) -> np.ndarray:
        """Returns the columns of a layer's heads, `[..., heads * size]` with other heads and without."""
        by_head = values.reshape(*values.shape[:-1], self._heads, self.size)
        return by_head[..., self._kept[layer], :].reshape(*values.shape[:-1], -1)


def _adding(layer: Any, heads: int) -> np.ndarray:
    kernel = kernel_and_bias(layer.dense_of("attention_output"))[0]
    adding = np.flatnonzero(kernel.reshape(heads, -1).any(axis=1))
    return adding if len(adding) else np.zeros(1, np.int64)
