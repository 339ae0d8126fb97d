"""What was trained by whole weights, as low-rank adapters over the model that it was trained from."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bert_keras.checkpoints.weights import Place, places
from bert_keras.errors import InputError
from bert_keras.models.backbone import BertBackbone
from bert_keras.models.kernel_inputs import second_moments
from bert_keras.models.low_rank import PARTS, LowRank, check_can_add, low_rank_of

_UNREAD = 1e-3  # what a direction counts that no input has, beside a mean of 1
_STRANGERS = 0.5  # of the squares of both models' kernels: of two that have nothing in common the difference has all


def adapt_over(
    task: Any,
    base: str,
    rank: int = 16,
    alpha: float | None = None,
    inputs: Mapping[str, Any] | None = None,
    on_rows: Callable[[int], object] = lambda rows: None,
) -> float:
    """Turns a trained model into its base with adapters, which begin as the difference between the two.

    The difference of each kernel is cut to the rank. Without inputs the nearest matrix of that rank is kept (Eckart and
    Young 1936). With inputs it is the one whose outputs are nearest for what the dense layer reads of them, which needs
    the singular values of the difference times those inputs (Chen et al. 2021, "DRONE"): as a rule it is by
    far the better of the two. All that adapters do not hold, which is the embeddings, biases and layer normalizations,
    becomes as in the base. The head, and the pooler if the task reads it, stay.

    Args:
        task: The trained model, without adapters; changed in place as by `task.adapt(base, rank, alpha)`.
        base: The preset that it was trained from, by a name that will still be valid when the adapters are loaded.
        rank: The rank of the adapters.
        alpha: The scale of the adapters, times the rank. `None` means twice the rank.
        inputs: Some hundred rows like those that it is made for, as `task.preprocessor` returns them: `token_ids`,
            `segment_ids` and `padding_mask`, each `[rows, tokens]`.
        on_rows: A callback for progress, called with the number of inputs read since its last call.

    Returns:
        The share of what the dense layers learned that the adapters hold, 1 if that is nothing: of the squared changes
        of their outputs for the inputs, or without these of their kernels.

    Raises:
        PresetError: There is no such base.
        InputError: The base has other layers or other tokens, or its kernels have nothing in common with those of the
            model; the rank is below 1, the model already has adapters, or `fit` has trained it.
    """
    check_can_add(task.backbone, rank)
    below = BertBackbone.from_preset(base, dtype="float32")
    trained, of_base = _by_name(task.backbone), _by_name(below)
    _check_shapes(base, trained, of_base)
    kernels, old = _kernels(task.backbone), _kernels(below)
    _check_descent(base, kernels, old)
    moments = {} if inputs is None else second_moments(task, inputs, on_rows)
    before = {name: place.read() for name, place in trained.items()}
    for name, place in of_base.items():
        trained[name].write(place.read())
    try:
        task.adapt(base, rank, alpha)
    except InputError:
        for name, value in before.items():
            trained[name].write(value)
        raise
    squares = [
        _begin_as(adapter, kernels[name] - old[name], moments.get(name))
        for name, adapter in low_rank_of(task.backbone).items()
    ]
    held, total = np.sum(squares, axis=0)
    return float(held / total) if total else 1.0


def _by_name(backbone: Any) -> dict[str, Place]:
    """Returns the weights that belong to the base; the pooler, where it is read, is kept with the adapters."""
    return {place.name: place for place in places(backbone) if not place.name.startswith("pooler.")}


def _check_shapes(base: str, trained: Mapping[str, Place], of_base: Mapping[str, Place]) -> None:
    shapes, wanted = ({name: tuple(place.variable.shape) for name, place in of.items()} for of in (trained, of_base))
    name = next((name for name in shapes | wanted if shapes.get(name) != wanted.get(name)), None)
    if name is not None:
        raise InputError(
            f"{base}: not what the trained model was trained from: {name} is {wanted.get(name)} there, "
            f"{shapes.get(name)} in the trained model; name the model that adapters are to stand over"
        )


def _check_descent(base: str, trained: Mapping[str, np.ndarray], of_base: Mapping[str, np.ndarray]) -> None:
    apart = sum(_squared(kernel - of_base[name]) for name, kernel in trained.items())
    both = sum(_squared(kernel) for kernels in (trained, of_base) for kernel in kernels.values())
    if apart > _STRANGERS * both:
        raise InputError(
            f"{base}: not what the trained model was trained from: their kernels are as far apart as those of models "
            "that have nothing in common; name the model that it was trained from"
        )


def _kernels(backbone: Any) -> dict[str, np.ndarray]:
    """Returns the kernels that adapters are beside, by the names of these."""
    return {
        f"layer.{number}.{part}": layer.dense_of(part).kernel.value.numpy()
        for number, layer in enumerate(backbone.transformer_layers)
        for part in PARTS
    }


def _begin_as(adapter: LowRank, change: np.ndarray, moment: np.ndarray | None) -> tuple[float, float]:
    """Lets an adapter begin as the change of its kernel, cut to its rank.

    Args:
        adapter: The adapter.
        change: The change, `[inputs, outputs]` or split into heads.
        moment: The sum of `x xᵀ` over what the dense layer reads, `[inputs, inputs]`; `None` counts all directions
            alike.

    Returns:
        The squares of what the adapter holds, and of the change.
    """
    change = change.reshape(adapter.down.shape[0], -1).astype(np.float64)
    # The squared outputs of any kernel are those of `root.T @ kernel`.
    root = np.linalg.cholesky(np.eye(len(change)) if moment is None else _full(moment))
    left, values, right = np.linalg.svd(root.T @ change, full_matrices=False)
    count = min(adapter.rank, len(values))
    roots = np.sqrt(values[:count] * adapter.rank / adapter.alpha)
    down, up = np.zeros(adapter.down.shape), np.zeros(adapter.up.shape)
    down[:, :count], up[:count] = np.linalg.solve(root.T, left[:, :count] * roots), roots[:, None] * right[:count]
    adapter.down.assign(down)
    adapter.up.assign(up)
    return _squared(values[:count]), _squared(values)


def _full(moment: np.ndarray) -> np.ndarray:
    """Scales a moment to a mean of 1 in each direction, and lets those that were not read count a little."""
    width = len(moment)
    return moment * (width / np.trace(moment)) + _UNREAD * np.eye(width)


def _squared(values: np.ndarray) -> float:
    return float(np.square(values, dtype=np.float64).sum())
