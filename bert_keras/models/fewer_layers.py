"""A classifier with some of its encoder's layers, a smaller model to start a training from."""

from collections.abc import Sequence
from typing import Literal

import keras

from bert_keras import checkpoints
from bert_keras.errors import InputError
from bert_keras.models.backbone import BertBackbone
from bert_keras.models.initial_weights import weights_follow
from bert_keras.models.text_classifier import TextClassifier

LayersFrom = Literal["even", "first", "last"]
"""Which layers are kept: evenly spaced ones, or those at either end."""


def layers_to_keep(layers: int, count: int, of: LayersFrom = "even") -> tuple[int, ...]:
    """Chooses some of an encoder's layers.

    Evenly spaced, the i-th of `count` is layer `i * layers / count`, rounded, so that the last is always kept: one of
    two as DistilBERT began with (Sanh et al. 2019, section 3), and the uniform mapping of TinyBERT (Jiao et al. 2020,
    section 3.1). The first ones are what patient distillation begins with (Sun et al. 2019, section 4.2).

    Args:
        layers: The number of layers of the encoder.
        count: The number of layers to keep.
        of: Where they are.

    Returns:
        Their numbers, from 1 for the lowest, in ascending order.

    Raises:
        InputError: The encoder does not have so many.
    """
    if not 1 <= count <= layers:
        raise InputError(f"layers must be from 1 to {layers}, which the model has. Received: {count}")
    if of == "even":
        return tuple((2 * place * layers + count) // (2 * count) for place in range(1, count + 1))
    first = 0 if of == "first" else layers - count
    return tuple(range(first + 1, first + count + 1))


def with_layers(classifier: TextClassifier, layers: Sequence[int]) -> TextClassifier:
    """Returns a new classifier with the weights of an other one, but only some of its encoder's layers.

    Args:
        classifier: The classifier, which stays as it is.
        layers: The numbers of the layers, as `layers_to_keep` returns them.

    Returns:
        The classifier. Its outputs mean little until it is trained.

    Raises:
        InputError: The classifier has adapters, which belong to the layers that it has.
    """
    if classifier.adapter_base is not None:
        raise InputError("adapters stand over all layers of their model; save it without them, and load that")
    backbone = _only_layers(classifier.backbone, layers)
    fewer = type(classifier)(
        backbone, preprocessor=classifier.preprocessor, **(classifier.settings | {"calibration": None})
    )
    fewer.output_dense.set_weights(classifier.output_dense.get_weights())
    return fewer


def _only_layers(backbone: BertBackbone, layers: Sequence[int]) -> BertBackbone:
    settings = {name: getattr(backbone, name) for name in checkpoints.BACKBONE_SETTINGS}
    with weights_follow():
        fewer = BertBackbone(**(settings | {"num_layers": len(layers), "dtype": backbone.dtype_policy}))
    kept = [backbone.transformer_layers[number - 1] for number in layers]
    pairs = list(zip(fewer.transformer_layers, kept, strict=True))
    pairs += [
        (layer, backbone.get_layer(layer.name)) for layer in fewer.layers if layer not in fewer.transformer_layers
    ]
    for layer, like in pairs:
        for variable, values in zip(layer.weights, like.weights, strict=True):
            variable.assign(keras.ops.convert_to_numpy(values))
    return fewer
