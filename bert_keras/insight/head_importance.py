"""Head importance: how much the model's loss depends on each attention head."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bert_keras.errors import InputError
from bert_keras.insight.gradient_attention import attention_gradients, row_gradients
from bert_keras.insight.inspection import Inspection
from bert_keras.insight.target import Target
from bert_keras.models import BertTask

_ATTENTION_BUDGET = 2**18  # attention weights per head in one pass: 16 rows of 128 tokens, or one of 512


def head_importance(model: BertTask, batches: Iterable[tuple[Any, Any]]) -> np.ndarray:
    """Computes the importance of heads in one pass over a data set (Michel, Levy and Neubig 2019, section 4.1).

    It is the mean over examples of `|d loss / d gate|`, where the gate is a factor of 1 on the head's output. The
    output is linear in the head's attention weights, so the derivative is the sum of `A * d loss / d A`, and no gate is
    needed. (The paper then divides by the norm of each layer, which makes layers incomparable; that is left to the
    caller.)

    Args:
        model: The model, whose own training loss is used.
        batches: (inputs, targets) tuples as `fit` takes them, with strings or prepared inputs; the targets of a reader
            are "start" and "end". Each window of a reader is an example.

    Returns:
        The importance, `[layers, heads]` float32, in units of the loss.

    Raises:
        InputError: There is no example.
    """
    total, count = np.zeros(_shape(model), np.float64), 0
    for x, y in batches:
        inputs, targets, _ = keras.utils.unpack_x_y_sample_weight(model.preprocess_samples(x, y))
        for few, theirs in _passes(inputs, targets):
            derivatives = gate_derivatives(model, few, _loss_of(model, theirs))
            total += np.abs(derivatives).sum(axis=0, dtype=np.float64)
            count += len(derivatives)
    if not count:
        raise InputError("the importance of heads is a mean over examples, and there are none")
    return (total / count).astype(np.float32)


def head_importance_of(inspection: Inspection, target: Target, gradients: np.ndarray | None = None) -> np.ndarray:
    """Computes the importance of heads for one row: how much the target changes with the gate of each head.

    Args:
        inspection: The inspection of the row.
        target: The target to explain, in place of a loss.
        gradients: The result of `row_gradients`; `None` means that it is computed.

    Returns:
        `|d target / d gate|`, `[layers, heads]` float32.
    """
    gradients = row_gradients(inspection, target) if gradients is None else gradients
    return np.abs((inspection.weights * gradients).sum(axis=(2, 3)))


def gate_derivatives(model: BertTask, inputs: dict[str, Any], score: Callable[[Any], tf.Tensor]) -> np.ndarray:
    """Computes the derivative of a score with respect to a gate of 1 on the output of each head.

    Args:
        model: The model.
        inputs: The prepared inputs, each `[batch, tokens]`.
        score: A function from the model's outputs to a number for each row, `[batch]`, or to their sum.

    Returns:
        The signed derivatives, `[batch, layers, heads]` float32.
    """
    pairs = zip(*attention_gradients(model, inputs, score), strict=True)
    return tf.stack([tf.reduce_sum(weights * gradient, axis=[2, 3]) for weights, gradient in pairs], axis=1).numpy()


def _shape(model: BertTask) -> tuple[int, int]:
    return model.backbone.num_layers, model.backbone.num_heads


def _passes(inputs: dict[str, Any], targets: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """Splits a batch into parts whose attention gradients fit in memory."""
    tensor = tf.convert_to_tensor
    targets = {name: tensor(of) for name, of in targets.items()} if isinstance(targets, dict) else tensor(targets)
    inputs = {name: tensor(of) for name, of in inputs.items()}
    rows, tokens = inputs["token_ids"].shape
    size = max(1, _ATTENTION_BUDGET // max(1, int(tokens)) ** 2)
    for first in range(0, int(rows), size):
        few, theirs = tf.nest.map_structure(lambda values, at=first: values[at : at + size], (inputs, targets))
        longest = tf.reduce_max(tf.reduce_sum(few["padding_mask"], axis=1))
        # The target columns of a reader remain valid, since padding is at the end.
        yield {name: values[:, :longest] for name, values in few.items()}, theirs


def _loss_of(model: BertTask, targets: Any) -> Callable[[Any], tf.Tensor]:
    """Returns a function that computes the task's training loss, summed over rows."""

    def loss(outputs: Any) -> tf.Tensor:
        losses = model.usual_loss()
        rows = tf.cast(tf.shape(tf.nest.flatten(outputs)[0])[0], tf.float32)
        if isinstance(losses, dict):
            return rows * tf.add_n([of(targets[name], outputs[name]) for name, of in losses.items()]) / len(losses)
        return rows * losses(targets, outputs)

    return loss
