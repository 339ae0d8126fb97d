"""What was trained by whole weights, as low-rank adapters over the model that it was trained from."""

from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any

import numpy as np

from bert_keras.checkpoints.weights import Place, places
from bert_keras.errors import InputError
from bert_keras.models.backbone import BertBackbone
from bert_keras.models.kernel_inputs import second_moments
from bert_keras.models.low_rank import PARTS, LowRank, low_rank_of
from bert_keras.models.preset_tokenizer import preset_tokenizer

_UNREAD = 1e-3  # what a direction counts that no input has, beside a mean of 1
_STRANGERS = 0.5  # of the squares of both models' kernels: of two that have nothing in common the difference has all


def adapt_over(
    task: Any,
    base: str,
    rank: int = 16,
    alpha: float | None = None,
    inputs: Mapping[str, Any] | None = None,
    on_steps: Callable[[int], object] = lambda steps: None,
) -> float:
    """Turns a trained model into its base with adapters, which begin as the difference between the two.

    The difference of each kernel is cut to the rank. Without inputs the nearest matrix of that rank is kept (Eckart and
    Young 1936). With inputs it is the one whose outputs are nearest for what the dense layer reads of them, which needs
    the singular values of the difference times those inputs (Chen et al. 2021, "DRONE"): as a rule it is by far the
    better of the two. All that adapters do not hold, which is the embeddings, biases and layer normalizations, becomes
    as in the base. The head, and the pooler if the task reads it, stay. What of the rank the difference does not fill
    begins as in `task.adapt`, so that it can learn.

    Args:
        task: The trained model, without adapters; changed in place as by `task.adapt(base, rank, alpha)`.
        base: The preset that it was trained from, by a name that will still be valid when the adapters are loaded.
        rank: The rank of the adapters.
        alpha: The scale of the adapters, times the rank. `None` means twice the rank.
        inputs: Some hundred rows like those that it is made for, as `task.preprocessor` returns them: `token_ids`,
            `segment_ids` and `padding_mask`, each `[rows, tokens]`.
        on_steps: A callback for progress, called with 1 after each row of the inputs and after each dense layer.

    Returns:
        The share of what the dense layers learned that the adapters hold, 1 if that is nothing: of the squared changes
        of their outputs for the inputs, or without these of their kernels.

    Raises:
        PresetError: There is no such base.
        InputError: The base has other layers or other tokens, or its kernels have nothing in common with those of the
            model; a weight is not finite, or there are no inputs; the rank is below 1, the model already has adapters,
            or `fit` has trained it.
    """
    task.check_can_adapt(rank)
    if inputs is not None and not len(inputs["token_ids"]):
        raise InputError("the inputs that what was learned is cut by have no rows; give some, or leave them out")
    below = BertBackbone.from_preset(base, dtype="float32")
    kernels, old = _kernels(task.backbone), _kernels(below)
    _check_tokens(base, task)
    here, there = _by_name(task.backbone), _by_name(below)
    _check_weights(base, here, there)
    _check_descent(base, kernels, old)
    moments = {} if inputs is None else second_moments(task, inputs, on_steps)
    for name, place in there.items():
        here[name].write(place.read())
    task.adapt(base, rank, alpha)
    squares = []
    for name, adapter in low_rank_of(task.backbone).items():
        squares.append(_begin_as(adapter, kernels[name], old[name], moments.get(name)))
        on_steps(1)
    held, total = np.sum(squares, axis=0)
    return float(held / total) if total else 1.0


def _by_name(backbone: Any) -> dict[str, Place]:
    """Returns the weights that belong to the base; the pooler, where it is read, is kept with the adapters."""
    return {place.name: place for place in places(backbone) if not place.name.startswith("pooler.")}


def _check_weights(base: str, trained: Mapping[str, Place], of_base: Mapping[str, Place]) -> None:
    shapes, wanted = ({name: tuple(place.variable.shape) for name, place in of.items()} for of in (trained, of_base))
    name = next((name for name in shapes | wanted if shapes.get(name) != wanted.get(name)), None)
    if name is not None:
        raise _other_than(base, name, wanted.get(name), shapes.get(name))
    for whose, weights in (("the trained model", trained), (base, of_base)):
        name = next((name for name, place in weights.items() if not np.isfinite(place.read()).all()), None)
        if name is not None:
            raise InputError(
                f"{whose}: {name} has values that are not finite, as after a training that diverged; name another model"
            )


def _check_tokens(base: str, task: Any) -> None:
    """Checks that the tokenizer of the base, which the adapters are loaded with, is that of the trained model."""
    if task.preprocessor is None:
        return
    here, there = task.preprocessor.tokenizer, preset_tokenizer(base, type(task).__name__).tokenizer
    for place, (other, token) in enumerate(zip_longest(there.get_vocabulary(), here.get_vocabulary())):
        if other != token:
            raise _other_than(base, f"token {place}", other, token)
    if here.lowercase != there.lowercase:
        raise _other_than(base, "lowercase of the tokenizer", there.lowercase, here.lowercase)


def _other_than(base: str, name: str, there: object, here: object) -> InputError:
    return InputError(
        f"{base}: {name} is {there!r} there, {here!r} in the trained model; adapters stand over a model of the same "
        "layers and tokens: name one"
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


def _begin_as(adapter: LowRank, kernel: np.ndarray, old: np.ndarray, moment: np.ndarray | None) -> tuple[float, float]:
    """Lets a new adapter begin as the change of its kernel, cut to its rank.

    Args:
        adapter: The adapter.
        kernel: The kernel, `[inputs, outputs]` or split into heads.
        old: The kernel of the base.
        moment: The sum of `x xᵀ` over what the dense layer reads, `[inputs, inputs]`; `None` counts all directions
            alike.

    Returns:
        The squares of what the adapter holds, and of the change.
    """
    kernel, old = (of.reshape(adapter.down.shape[0], -1).astype(np.float64) for of in (kernel, old))
    # The squared outputs of any kernel are those of `root.T @ kernel`.
    root = np.linalg.cholesky(np.eye(len(kernel)) if moment is None else _full(moment))
    left, values, right = np.linalg.svd(root.T @ (kernel - old), full_matrices=False)
    values = values[values > np.finfo(np.float32).eps * np.linalg.norm(root.T @ kernel)]  # more than was rounded
    count = min(adapter.rank, len(values))
    roots = np.sqrt(values[:count] * adapter.rank / adapter.alpha)
    # Only what is used is replaced: where `down` and `up` are both zero, so are their gradients for ever.
    down, up = adapter.down.value.numpy(), np.zeros(adapter.up.shape)
    down[:, :count], up[:count] = np.linalg.solve(root.T, left[:, :count] * roots), roots[:, None] * right[:count]
    adapter.down.assign(down)
    adapter.up.assign(up)
    return _squared(values[:count]), _squared(values)


def _full(moment: np.ndarray) -> np.ndarray:
    """Scales a moment to a mean of 1 in each direction, and lets those that were not read count a little."""
    mean = max(np.trace(moment) / len(moment), np.finfo(np.float32).tiny)
    return moment / mean + _UNREAD * np.eye(len(moment))


def _squared(values: np.ndarray) -> float:
    return float(np.square(values, dtype=np.float64).sum())
