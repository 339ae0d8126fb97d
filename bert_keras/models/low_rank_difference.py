"""What was trained by whole weights, as low-rank adapters over the model that it was trained from."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bert_keras.checkpoints.weights import Place, places
from bert_keras.errors import InputError
from bert_keras.models.backbone import BertBackbone
from bert_keras.models.low_rank import PARTS, LowRank, low_rank_of

_STRANGERS = 0.5  # of the squares of both models' kernels: of two that have nothing in common the difference has all


def adapt_over(task: Any, base: str, rank: int = 16, alpha: float | None = None) -> float:
    """Turns a trained model into its base with adapters, which begin as the difference between the two.

    The difference of each kernel is cut to the rank by its singular values, which is the nearest that a matrix of that
    rank can come (Eckart and Young 1936); of adapters of no higher rank nothing is lost. All that adapters do not hold,
    which is the embeddings, biases and layer normalizations, becomes as in the base. The head, and the pooler if the
    task reads it, stay. Train it a little further, and what was cut is made up for.

    Args:
        task: The trained model, without adapters; changed in place as by `task.adapt(base, rank, alpha)`.
        base: The preset that it was trained from, by a name that will still be valid when the adapters are loaded.
        rank: The rank of the adapters.
        alpha: The scale of the adapters, times the rank. `None` means twice the rank.

    Returns:
        The share of the squared difference of all weights of the encoder that the adapters hold; 1 if there is none.

    Raises:
        PresetError: There is no such base.
        InputError: The base has other layers or other tokens, or its kernels have nothing in common with those of the
            model; the rank is below 1, the model already has adapters, or `fit` has trained it.
    """
    below = BertBackbone.from_preset(base, dtype="float32")
    trained, of_base = _by_name(task.backbone), _by_name(below)
    _check_shapes(base, trained, of_base)
    kernels, old = _kernels(task.backbone), _kernels(below)
    _check_descent(base, kernels, old)
    before = {name: place.read() for name, place in trained.items()}
    for name, place in of_base.items():
        trained[name].write(place.read())
    try:
        task.adapt(base, rank, alpha)
    except InputError:
        for name, value in before.items():
            trained[name].write(value)
        raise
    total = sum(_squared(value - of_base[name].read()) for name, value in before.items())
    held = sum(_begin_as(adapter, kernels[name] - old[name]) for name, adapter in low_rank_of(task.backbone).items())
    return held / total if total else 1.0


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


def _begin_as(adapter: LowRank, change: np.ndarray) -> float:
    """Lets an adapter begin as the change of its kernel cut to its rank; returns the squares of what it holds."""
    change = change.reshape(adapter.down.shape[0], -1).astype(np.float64)
    left, values, right = np.linalg.svd(change, full_matrices=False)
    count = min(adapter.rank, len(values))
    roots = np.sqrt(values[:count] * adapter.rank / adapter.alpha)
    down, up = np.zeros(adapter.down.shape), np.zeros(adapter.up.shape)
    down[:, :count], up[:count] = left[:, :count] * roots, roots[:, None] * right[:count]
    adapter.down.assign(down)
    adapter.up.assign(up)
    return _squared(values[:count])


def _squared(values: np.ndarray) -> float:
    return float(np.square(values, dtype=np.float64).sum())
