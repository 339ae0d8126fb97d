"""Integrated gradients: how much each token adds to a number that the model says."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.insight.forward import forward
from bert_keras.insight.target import Target
from bert_keras.insight.tokens import Tokens
from bert_keras.models import BertTask

STEPS = 24
_ATTENTION_BUDGET = (
    2**18
)  # attention weights of a head that go through the model together: 16 rows of 128 tokens, one of 512


@dataclass(frozen=True, slots=True)
class IntegratedGradients:
    """What each token adds to a score.

    Attributes:
        values: `[tokens]` float32, with a sign; 0 for special tokens, which the baseline has as well.
        score: Of the row.
        baseline_score: Of the baseline.
        gap: By how much the sum of the values is above `score - baseline_score`, which it would be if there were no end
            of steps.
    """

    values: np.ndarray
    score: float
    baseline_score: float
    gap: float


def integrated_gradients(model: BertTask, tokens: Tokens, target: Target, steps: int = STEPS) -> IntegratedGradients:
    """Integrates the gradient along the way from a baseline (Sundararajan, Taly and Yan 2017, section 3).

    The baseline is the same row with the embedding of `[MASK]` for every token but the special ones: a text of the same
    length of which no word is known. (Zeros are the embedding of nothing, and that of `[PAD]` is one that no model has
    learned to read.) On a straight line from there, `(x - x')` times the mean gradient of the target, summed over the
    embedding, is the token's part.

    Args:
        model: The model, with a preprocessor.
        tokens: The row.
        target: What is explained.
        steps: Points on the way, in the middle of equal parts. Answers form within a small part of it, where the points
            of Gauss and Legendre, which crowd at both ends, were further off.

    Returns:
        The parts, and how much they fail to add up.
    """
    points = (np.arange(steps, dtype=np.float32) + 0.5) / steps
    mask_id = model.preprocessor.tokenizer.token_to_id("[MASK]")
    baseline_ids = np.where(tokens.special, tokens.ids, mask_id)
    lookup = model.backbone.token_embedding
    begin, end = (tf.cast(lookup(tf.constant(ids, tf.int32)), tf.float32) for ids in (baseline_ids, tokens.ids))
    scores = target.score(forward(model, _repeated(tokens, 2), tf.stack([begin, end])).outputs).numpy()
    rows = max(1, _ATTENTION_BUDGET // len(tokens) ** 2)
    mean = tf.zeros_like(begin)
    for first in range(0, steps, rows):
        places = points[first : first + rows, np.newaxis, np.newaxis]
        gradients = _gradients(model, tokens, target, begin + places * (end - begin))
        mean += tf.reduce_sum(gradients, axis=0) / steps
    values = tf.reduce_sum((end - begin) * mean, axis=-1).numpy()
    baseline_score, score = (float(value) for value in scores)
    return IntegratedGradients(
        values, score, baseline_score, float(values.sum(dtype=np.float64)) - (score - baseline_score)
    )


def _gradients(model: BertTask, tokens: Tokens, target: Target, embeddings: tf.Tensor) -> tf.Tensor:
    """Of the target with respect to token embeddings, `[batch, tokens, hidden]`."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(embeddings)
        outputs = forward(model, _repeated(tokens, len(embeddings)), embeddings).outputs
        total = tf.reduce_sum(target.score(outputs))
    return tape.gradient(total, embeddings)


def _repeated(tokens: Tokens, count: int) -> dict[str, Any]:
    return {name: tf.repeat(row, count, axis=0) for name, row in tokens.inputs().items()}
