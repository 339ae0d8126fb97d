"""How much the model's loss depends on each head."""

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

_ATTENTION_BUDGET = (
    2**18
)  # attention weights of a head that go through the model together: 16 rows of 128 tokens, one of 512


def head_importance(model: BertTask, batches: Iterable[tuple[Any, Any]]) -> np.ndarray:
    """Measures the importance of heads over a data set, which is read once (Michel, Levy and Neubig 2019, section 4.1).

    It is the mean over examples of `|d loss / d gate|`, for a gate of 1 that the head's output is multiplied with. The
    output is linear in the head's attention, so the derivative is the sum of `A * d loss / d A`, and no gate is needed.
    (The paper then divides by the norm of each layer, so that layers can be compared no longer; here that is left to
    who wants it.)

    Args:
        model: The model, with its own loss.
        batches: Tuples (inputs, targets) as `fit` takes them: strings or prepared inputs; of a reader "start" and
            "end". Each window of a reader is an example.

    Returns:
        `[layers, heads]` float32, in units of the loss.

    Raises:
        InputError: Not a single example.
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
    """Measures the importance of heads for one row: by how much the target would change with each head's gate.

    Args:
        inspection: The pass.
        target: What is explained, instead of a loss.
        gradients: What `row_gradients` gave, where somebody has it already.

    Returns:
        `|d target / d gate|`, `[layers, heads]` float32.
    """
    gradients = row_gradients(inspection, target) if gradients is None else gradients
    return np.abs((inspection.weights * gradients).sum(axis=(2, 3)))


def gate_derivatives(model: BertTask, inputs: dict[str, Any], score: Callable[[Any], tf.Tensor]) -> np.ndarray:
    """Computes the derivative of a score with respect to a factor of 1 on each head's output.

    Args:
        model: The model.
        inputs: Prepared inputs, `[batch, tokens]` each.
        score: Makes of the model's outputs a number for each row `[batch]`, or their sum.

    Returns:
        `[batch, layers, heads]` float32, with a sign.
    """
    pairs = zip(*attention_gradients(model, inputs, score), strict=True)
    return tf.stack([tf.reduce_sum(weights * gradient, axis=[2, 3]) for weights, gradient in pairs], axis=1).numpy()


def _shape(model: BertTask) -> tuple[int, int]:
    return model.backbone.num_layers, model.backbone.num_heads


def _passes(inputs: dict[str, Any], targets: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """Cuts a batch into what gradients of attention fit in memory for."""
    tensor = tf.convert_to_tensor
    targets = {name: tensor(of) for name, of in targets.items()} if isinstance(targets, dict) else tensor(targets)
    inputs = {name: tensor(of) for name, of in inputs.items()}
    rows, tokens = inputs["token_ids"].shape
    size = max(1, _ATTENTION_BUDGET // max(1, int(tokens)) ** 2)
    for first in range(0, int(rows), size):
        few, theirs = tf.nest.map_structure(lambda values, at=first: values[at : at + size], (inputs, targets))
        longest = tf.reduce_max(tf.reduce_sum(few["padding_mask"], axis=1))
        # Columns of a reader's targets stay what they are: padding stands behind.
        yield {name: values[:, :longest] for name, values in few.items()}, theirs


def _loss_of(model: BertTask, targets: Any) -> Callable[[Any], tf.Tensor]:
    """The sum over rows of the loss that the task is trained with."""

    def loss(outputs: Any) -> tf.Tensor:
        losses = model.usual_loss()
        rows = tf.cast(tf.shape(tf.nest.flatten(outputs)[0])[0], tf.float32)
        if isinstance(losses, dict):
            return rows * tf.add_n([of(targets[name], outputs[name]) for name, of in losses.items()]) / len(losses)
        return rows * losses(targets, outputs)

    return loss
