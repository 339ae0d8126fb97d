"""Selects the weights that are trained, and their learning rates."""

import contextlib
from collections.abc import Iterator

import keras

from bert_keras.errors import InputError
from bert_keras.models import BertTask


@contextlib.contextmanager
def only_trainable(model: BertTask, what: str) -> Iterator[None]:
    """Freezes all but a part of a model until the block ends.

    Args:
        model: The model.
        what: The trained part: "all" (everything that the model's `trainable` flags allow), "head" (only the dense
            layer of the head; of DistilBERT and ELECTRA, whose pooler is a part of the head, also that), or "top-N"
            (the top N layers, the pooler and the head).

    Raises:
        InputError: N exceeds the number of layers.
    """
    layers = list(model._flatten_layers())
    flags = [layer.trainable for layer in layers]
    try:
        for layer in _frozen(model, what):
            layer.trainable = False
        yield
    finally:
        # Setting a layer's flag sets those of all its sublayers, so outer layers come first.
        for layer, flag in zip(layers, flags, strict=True):
            layer.trainable = flag


def _frozen(model: BertTask, what: str) -> list[keras.Layer]:
    backbone = model.backbone
    if what == "all":
        return []
    if what == "head" and (backbone.pooled_dense is None or backbone.pooler_activation == "tanh"):
        return [backbone]
    if what == "head":
        return [layer for layer in backbone.layers if layer is not backbone.pooled_dense]
    top, count = int(what.removeprefix("top-")), len(backbone.transformer_layers)
    if top > count:
        raise InputError(f"the model has {count} layers; trainable can be top-0 to top-{count}. Received: {what!r}")
    learning = {id(layer) for layer in [*backbone.transformer_layers[count - top :], backbone.pooled_dense]}
    return [layer for layer in backbone.layers if id(layer) not in learning]


def layer_multipliers(model: BertTask, decay: float) -> dict[str, float]:
    """Computes the learning rate factors of layer-wise learning rate decay (Clark et al. 2020, section 3.2).

    Args:
        model: The model.
        decay: The learning rate of each layer as a share of that of the layer above.

    Returns:
        The factors of learning rates, by path of the variable: `decay` for the top layer, its square for the next, and
        so on down to the embeddings. Pooler and head are not listed, and have the full learning rate.
    """
    if decay == 1:
        return {}
    backbone = model.backbone
    distance = {id(layer): place for place, layer in enumerate(reversed(backbone.transformer_layers), 1)}
    distance[id(backbone.pooled_dense)] = 0
    multipliers: dict[str, float] = {}
    for layer in backbone.layers:
        places = distance.get(id(layer), len(backbone.transformer_layers) + 1)
        if places:
            multipliers |= {variable.path: decay**places for variable in layer.trainable_variables}
    return multipliers
