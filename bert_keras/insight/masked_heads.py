"""Head masking: a model without some of its heads, and its scores as more and more heads are masked."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bert_keras.errors import InputError
from bert_keras.models import BertTask

Head = tuple[int, int]
"""The indices of a layer and of a head in it, both from 0."""


@dataclass(frozen=True, slots=True)
class PrunedScores:
    """The scores of a model without some of its heads.

    Attributes:
        masked: The masked heads.
        scores: The scores by name.
    """

    masked: tuple[Head, ...]
    scores: dict[str, Any]


@contextlib.contextmanager
def masked_heads(model: BertTask, heads: Iterable[Head]) -> Iterator[BertTask]:
    """Masks heads until the block ends, however the model is run (Michel, Levy and Neubig 2019, section 2.3).

    Their rows in the kernel of the attention output are zero until then, and so are those of its adapter.

    Args:
        model: The model.
        heads: The (layer, head) indices of the heads to mask, from 0.

    Yields:
        The model. Its weights are restored exactly afterwards.

    Raises:
        InputError: A head does not exist.
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
    """Scores a model as its heads are masked, the least important first (Michel, Levy and Neubig 2019, section 4).

    Args:
        model: The model.
        importance: The importance of each head, `[layers, heads]`; see `head_importance`.
        measure: A function that scores the model in its current state, e.g.
            `lambda: classifier_scores(model, rows, targets)`.
        counts: The numbers of heads to mask, one per point of the curve; `None` means none to all, in steps of a tenth.

    Returns:
        The scores for each count, in order. Of equally important heads, the one in the lower layer is masked first.

    Raises:
        InputError: The importance has another shape, or a count is not between 0 and the number of heads.
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
    """Returns the variables that multiply the outputs of the heads, whose rows are grouped by head."""
    adapter = layer.low_rank("attention_output")
    return [layer.dense_of("attention_output").kernel, *([] if adapter is None else [adapter.down])]
