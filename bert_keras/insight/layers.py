"""Which layers' hidden states to look at, and what they are called."""

from collections.abc import Sequence

from bert_keras.errors import InputError
from bert_keras.models import BertBackbone


def checked_layers(backbone: BertBackbone, layers: Sequence[int]) -> tuple[int, ...]:
    """Makes sure that a model has some layers.

    Args:
        backbone: The model's.
        layers: Numbers of hidden states: 0 is the input after its layer norm, 1 what the first layer makes of it; -1 is
            the last.

    Returns:
        The numbers in rising order, each once, from 0 on.

    Raises:
        InputError: No layer, or one that the model does not have.
    """
    count = backbone.num_layers
    wrong = [layer for layer in layers if not -count - 1 <= layer <= count]
    if wrong or not layers:
        raise InputError(f"layers must be from 0, the input, to {count}, or from the end, -1. Received: {list(layers)}")
    return tuple(sorted({layer % (count + 1) for layer in layers}))


def layer_name(backbone: BertBackbone, layer: int) -> str:
    """Names hidden states so that the last come first in the order of names, and the others in theirs."""
    count = backbone.num_layers
    if layer == count:
        return f"last layer ({layer})"
    number = f"{layer:0{len(str(count))}}"
    return f"layer {number}" if layer else f"layer {number} (input)"
