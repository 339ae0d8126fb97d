"""Which weights learn, and how fast."""

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
        what: "all" (what the model's own flags let learn), "head" (the dense layer on the pooled output alone), or
            "top-N": the top N layers, the pooler and the head.

    Raises:
        InputError: More layers than there are.
    """
    layers = list(model._flatten_layers())
    flags = [layer.trainable for layer in layers]
    try:
        for layer in _frozen(model, what):
            layer.trainable = False
        yield
    finally:
        # A layer's flag is set in all layers below it, so outer layers come first.
        for layer, flag in zip(layers, flags, strict=True):
            layer.trainable = flag


def _frozen(model: BertTask, what: str) -> list[keras.Layer]:
    backbone = model.backbone
    if what == "all":
        return []
    if what == "head":
        return [backbone]
    top, count = int(what.removeprefix("top-")), len(backbone.transformer_layers)
    if top > count:
        raise InputError(f"the model has {count} layers; trainable can be top-0 to top-{count}. Received: {what!r}")
    learning = {id(layer) for layer in [*backbone.transformer_layers[count - top :], backbone.pooled_dense]}
    return [layer for layer in backbone.layers if id(layer) not in learning]


def layer_multipliers(model: BertTask, decay: float) -> dict[str, float]:
    """Works out layer-wise learning-rate decay (Clark et al. 2020, section 3.2).

    Args:
        model: The model.
        decay: The rate of each layer as a share of the rate of the layer above it.

    Returns:
        By the path of each variable of the backbone, what its learning rate is multiplied with: `decay` for the top
        layer, its square for the next, and so on; the embeddings come last. Pooler and head, which are not listed, have
        the full rate.
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
