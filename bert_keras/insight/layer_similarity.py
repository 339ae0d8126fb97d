"""How alike the representations of two layers are."""

from collections.abc import Sequence

import numpy as np

_CONSTANT = 1e-6  # of the vectors' length: what varies by less is float32's rounding


def linear_cka(first: np.ndarray, second: np.ndarray) -> float:
    """Compares two representations of the same samples (Kornblith et al. 2019, section 3; linear centred kernel alignment).

    `|| Y'X ||^2 / (|| X'X || || Y'Y ||)` of centred columns, with Frobenius norms. It is the same for a representation
    that is rotated, moved or scaled. With fewer samples than dimensions it comes out high whatever they are: take more
    samples than `hidden`.

    Args:
        first: `[samples, hidden]`, tokens or texts.
        second: `[samples, hidden]`, of the same samples; the size may be another.

    Returns:
        From 0 to 1; 0 where all samples of one side are the same, as those of `[CLS]` are before the first layer.
    """
    return float(_similarities([first], [second])[0, 0])


def layer_similarity(states: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    """Compares each layer with each.

    Args:
        states: `[samples, hidden]` of each layer, e.g. `Inspection.hidden_states`.

    Returns:
        `linear_cka` of each two, `[layers, layers]` float32.
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
    # Of length 1 as a whole, so that the norms neither overflow nor vanish.
    length, whole = np.linalg.norm(centred), np.linalg.norm(states)
    return centred / length if length > _CONSTANT * whole else np.zeros_like(centred)


def _alignment(first: np.ndarray, second: np.ndarray) -> float:
    """`|| Y'X ||^2`, by way of the samples where they are fewer than the dimensions."""
    if len(first) < min(first.shape[1], second.shape[1]):
        return float(((first @ first.T) * (second @ second.T)).sum())
    return float(np.square(second.T @ first).sum())
