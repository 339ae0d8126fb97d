"""Into how many parts the texts of a step are divided that are compared with one another."""

import itertools

import numpy as np
import tensorflow as tf

from bert_keras.runtime.lanes import lanes

_MOST = 8
# What a BERT of six layers learns from in the time that a part costs: once, to build its graph, and in each step, where
# the gradients of all weights are added to those of the other parts.
_TOKENS_OF_A_PART, _TOKENS_OF_A_STEP = 8000, 50
_DRAWN = 64  # steps


def contrast_parts(lengths: np.ndarray, texts: int, steps: int) -> int:
    """Returns into how many parts of like length the texts of a step are best divided.

    A step whose texts are compared is one batch, and its longest text would pad all others. Each part is only as wide
    as its own longest text, but has a graph of its own, which is built once: worth it in a training of many steps.

    Args:
        lengths: The number of tokens of each text of the training, `[texts]`.
        texts: The number of texts in a step.
        steps: The number of steps of the training.

    Returns:
        The number of parts: the number of lanes or a multiple. One where there is a GPU, which is faster with one
        large batch than with several small ones.
    """
    if tf.config.get_visible_devices("GPU"):
        return 1
    drawn = np.sort(np.random.default_rng(0).choice(lengths, [_DRAWN, texts]), axis=1)
    counts = [lanes() * factor for factor in (1, 2, 4, 8) if lanes() * factor <= _MOST] or [lanes()]
    of_part = _TOKENS_OF_A_PART + _TOKENS_OF_A_STEP * steps
    return min(counts, key=lambda count: _padded(drawn, count) * steps / _DRAWN + count * of_part)


def _padded(drawn: np.ndarray, count: int) -> int:
    """Returns the number of tokens with padding of steps in as many parts; `[steps, texts]`, the shortest first."""
    bounds = [drawn.shape[1] * part // count for part in range(count + 1)]
    return sum(
        (last - first) * int(drawn[:, last - 1].sum()) for first, last in itertools.pairwise(bounds) if last > first
    )
