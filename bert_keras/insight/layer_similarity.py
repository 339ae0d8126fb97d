"""The similarity of the representations of two layers."""

from collections.abc import Sequence

import numpy as np

_CONSTANT = 1e-6  # relative to the norm of the vectors: a smaller variation is float32 rounding


def linear_cka(first: np.ndarray, second: np.ndarray) -> float:
    """Computes the linear centred kernel alignment of two representations (Kornblith et al. 2019, section 3).

    It is `|| Y'X ||^2 / (|| X'X || || Y'Y ||)` of centred columns, with Frobenius norms, and does not change if a
    representation is rotated, shifted or scaled. With fewer samples than dimensions it is high for any representations:
    use more samples than `hidden`.

    Args:
        first: A representation of tokens or texts, `[samples, hidden]`.
        second: Another representation of the same samples, `[samples, hidden]`; its hidden size may differ.

    Returns:
        The similarity, from 0 to 1; 0 if all samples of one side are identical, as `[CLS]` is before the first layer.
    """
    return float(_similarities([first], [second])[0, 0])


def layer_similarity(states: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    """Computes the similarity of each pair of layers.

    Args:
        states: The vectors of each layer, `[samples, hidden]`, e.g. `Inspection.hidden_states`.

    Returns:
        `linear_cka` of each pair, `[layers, layers]` float32.
    """
    return _similarities(states, states).astype(np.float32)


def _similarities(left: Sequence[np.ndarray] | np.ndarray, right: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    rows, columns = ([_centred(of) for of in side] for side in (left, right))
    norms = [np.array([np.sqrt(_alignment(of, of)) for of in side]) for side in (rows, columns)]
    found = np.array([[_alignment(one, other) for other in columns] for one in rows])
    scale = norms[0][:, np.newaxis] * norms[1]
    return np.divide(found, scale, out=np.zeros_like(found), where=scale > 0)


def _centred(states: np.ndarray) -> np.ndarray:
    states = np.asarray(states, np.float64)
    centred = states - states.mean(axis=0)
    # Scaled to norm 1 as a whole, so that the products neither overflow nor vanish.
    length, whole = np.linalg.norm(centred), np.linalg.norm(states)
    return centred / length if length > _CONSTANT * whole else np.zeros_like(centred)


def _alignment(first: np.ndarray, second: np.ndarray) -> float:
    """Returns `|| Y'X ||^2`, by way of the samples where they are fewer than the dimensions."""
    if len(first) < min(first.shape[1], second.shape[1]):
        return float(((first @ first.T) * (second @ second.T)).sum())
    return float(np.square(second.T @ first).sum())
