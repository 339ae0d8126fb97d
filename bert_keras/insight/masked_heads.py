"""A model without some of its heads, and how its scores fall as more and more are taken away."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bert_keras.errors import InputError
from bert_keras.models import BertTask

Head = tuple[int, int]
"""Layer and head, both from 0."""


@dataclass(frozen=True, slots=True)
class PrunedScores:
    """What a model scores without some heads.

    Attributes:
        masked: The heads that are masked.
        scores: By name.
    """

    masked: tuple[Head, ...]
    scores: dict[str, Any]


@contextlib.contextmanager
def masked_heads(model: BertTask, heads: Iterable[Head]) -> Iterator[BertTask]:
    """Has heads add nothing until the block ends, whichever way the model is run (Michel, Levy and Neubig 2019, section 2.3).

    Their rows in the matrix that brings the heads together are zero meanwhile; an adapter's beside it too.

    Args:
        model: The model.
        heads: (layer, head) of those to mask, from 0.

    Yields:
        The model. Its weights are as before afterwards, to the last bit.

    Raises:
        InputError: A head that is not there.
    """
    before: list[tuple[Any, np.ndarray]] = []
    chosen = _by_layer(model, heads)
    try:
        for number, of in chosen.items():
            for variable in _read_by_head(model.backbone.transformer_layers[number]):
                values = variable.value.numpy()
                before.append((variable, values))
                without = values.reshape(model.backbone.num_heads, -1).copy()
                without[of] = 0
                variable.assign(without.reshape(values.shape))
        yield model
    finally:
        for variable, values in before:
            variable.assign(values)


def pruning_curve(
    model: BertTask,
    importance: np.ndarray,
    measure: Callable[[], Mapping[str, Any]],
    counts: Sequence[int] | None = None,
) -> list[PrunedScores]:
    """Scores a model as its heads are masked from the least to the most important (Michel, Levy and Neubig 2019, section 4).

    Args:
        model: The model.
        importance: Of each head, `[layers, heads]`; see `head_importance`.
        measure: Scores the model as it is at the moment, e.g. `lambda: classifier_scores(model, rows, targets)`.
        counts: How many heads to mask, a point of the curve each; without it none, every tenth part, and all.

    Returns:
        Scores for each count, in order. Of equally important heads the one of the lower layer goes first.

    Raises:
        InputError: An importance of another shape, or a count beyond the number of heads.
    """
    shape = (model.backbone.num_layers, model.backbone.num_heads)
    if np.shape(importance) != shape:
        raise InputError(
            f"importance must be [layers, heads] of the model, {list(shape)}. Received: {list(np.shape(importance))}"
        )
    total = shape[0] * shape[1]
    counts = sorted({round(total * tenth / 10) for tenth in range(11)}) if counts is None else counts
    wrong = [count for count in counts if not 0 <= count <= total]
    if wrong:
        raise InputError(f"the model has {total} heads. Received: {wrong[0]} to mask")
    order = [
        (place // shape[1], place % shape[1]) for place in np.argsort(np.ravel(importance), kind="stable").tolist()
    ]
    curve = []
    for count in counts:
        with masked_heads(model, order[:count]):
            curve.append(PrunedScores(tuple(order[:count]), dict(measure())))
    return curve


def _by_layer(model: BertTask, heads: Iterable[Head]) -> dict[int, list[int]]:
    layers, count = model.backbone.num_layers, model.backbone.num_heads
    chosen: dict[int, list[int]] = {}
    for layer, head in heads:
        if not (0 <= layer < layers and 0 <= head < count):
            raise InputError(
                f"layers are 0 to {layers - 1}, heads 0 to {count - 1}. Received: layer {layer}, head {head}"
            )
        chosen.setdefault(layer, []).append(head)
    return chosen


def _read_by_head(layer: Any) -> list[Any]:
    """The variables whose rows are multiplied with what the heads give out, one head's after the other's."""
    adapter = layer.low_rank("attention_output")
    return [layer.dense_of("attention_output").kernel, *([] if adapter is None else [adapter.down])]
