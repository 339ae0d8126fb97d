"""Integrated gradients: how much each token contributes to a model output."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.insight.forward import forward
from bert_keras.insight.target import Target
from bert_keras.insight.tokens import Tokens
from bert_keras.models import BertTask

STEPS = 24
_ATTENTION_BUDGET = 2**18  # attention weights per head in one pass: 16 rows of 128 tokens, or one of 512


@dataclass(frozen=True, slots=True)
class IntegratedGradients:
    """The contribution of each token to a score.

    Attributes:
        values: The signed contributions, `[tokens]` float32; 0 for special tokens, which the baseline shares.
        score: The score of the row.
        baseline_score: The score of the baseline.
        gap: The sum of the values minus `score - baseline_score`; it tends to 0 with the number of steps.
    """

    values: np.ndarray
    score: float
    baseline_score: float
    gap: float


def integrated_gradients(model: BertTask, tokens: Tokens, target: Target, steps: int = STEPS) -> IntegratedGradients:
    """Integrates the gradient on a straight path from a baseline (Sundararajan, Taly and Yan 2017, section 3).

    The baseline is the same row with the embedding of `[MASK]` for every token that is not special: a text of the same
    length in which no word is known. (Zeros are the embedding of no token, and no model has learned to read `[PAD]`.)
    The contribution of a token is `(x - x')` times the mean gradient of the target on the path, summed over the
    embedding.

    Args:
        model: The model, with a preprocessor.
        tokens: The tokens of the row.
        target: The target to explain.
        steps: The number of points on the path, the midpoints of equal intervals. Answers form within a small part of
            it, so that the Gauss-Legendre points, which crowd at both ends, were less accurate.

    Returns:
        The contributions, and how far their sum is off.
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
    """Returns the gradients of the target with respect to token embeddings, `[batch, tokens, hidden]`."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(embeddings)
        outputs = forward(model, _repeated(tokens, len(embeddings)), embeddings).outputs
        total = tf.reduce_sum(target.score(outputs))
    return tape.gradient(total, embeddings)


def _repeated(tokens: Tokens, count: int) -> dict[str, Any]:
    return {name: tf.repeat(row, count, axis=0) for name, row in tokens.inputs().items()}
