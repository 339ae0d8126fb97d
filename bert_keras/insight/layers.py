"""The numbers and names of hidden states."""

from collections.abc import Sequence

from bert_keras.errors import InputError
from bert_keras.models import BertBackbone


def checked_layers(backbone: BertBackbone, layers: Sequence[int]) -> tuple[int, ...]:
    """Checks layer numbers and puts them in order.

    Args:
        backbone: The backbone of the model.
        layers: The numbers of hidden states: 0 is the input after its layer norm, 1 the output of the first layer, -1
            the output of the last.

    Returns:
        The numbers in ascending order, each once, counted from 0.

    Raises:
        InputError: There is no layer, or the model does not have one of them.
    """
    count = backbone.num_layers
    wrong = [layer for layer in layers if not -count - 1 <= layer <= count]
    if wrong or not layers:
        raise InputError(f"layers must be from 0, the input, to {count}, or from the end, -1. Received: {list(layers)}")
    return tuple(sorted({layer % (count + 1) for layer in layers}))


def layer_name(backbone: BertBackbone, layer: int) -> str:
    """Returns the name of hidden states; sorted by name, the last layer comes first, then all others in order."""
    count = backbone.num_layers
    if layer == count:
        return f"last layer ({layer})"
    number = f"{layer:0{len(str(count))}}"
    return f"layer {number}" if layer else f"layer {number} (input)"
