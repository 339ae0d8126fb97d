"""How well a masked language model predicts the masked tokens of documents."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import evaluation
from bert_keras.data import MaskedRows, PairRows
from bert_keras.data.masked.masking import NOT_MASKED
from bert_keras.models import MaskedLM
from bert_keras.models.forward_pass import ForwardPass
from bert_keras.models.packed_rows import PACKED_INPUTS, PAIR_INPUTS
from bert_keras.runtime.lanes import lanes, made_ahead
from bert_keras.text import passes_by_length

_TARGETS = "targets"


@dataclass(frozen=True)
class MaskedResults:
    """What a masked language model makes of masked tokens, document by document.

    Attributes:
        tokens: The number of masked tokens of each document, `[documents]`; a short one may have none.
        losses: The sum of their losses, the cross entropies in nats, `[documents]`.
        right: The number of those for which the most probable token is the true one, `[documents]`.
        pairs: The number of pairs of each document, the sum of their losses, and the number of those that are told
            right, `[3, documents]`; `None` if the rows are no pairs.
    """

    tokens: np.ndarray
    losses: np.ndarray
    right: np.ndarray
    pairs: np.ndarray | None = None

    @property
    def scores(self) -> dict[str, float]:
        """The metrics: the mean `loss` of masked tokens, their `perplexity`, and the share that is predicted right.

        Of pairs also the mean `pair_loss`, and the share that is told right, `pair_accuracy`.
        """
        return {name: of.value for name, of in self.intervals(1).items()}

    def intervals(self, resamples: int = 10_000) -> dict[str, evaluation.Interval]:
        """Returns the metrics with their 95 % intervals over documents.

        Args:
            resamples: The number of resamples of the documents.
        """
        columns = np.stack([self.tokens, self.losses, self.right], axis=1)[self.tokens > 0]
        found = evaluation.bootstrap(
            columns,
            {
                "loss": _mean,
                "perplexity": lambda means: np.exp(_mean(means)),
                "masked_accuracy": _share,
            },
            resamples,
        )
        if self.pairs is not None:
            columns = self.pairs.T[self.pairs[0] > 0]
            found |= evaluation.bootstrap(columns, {"pair_loss": _mean, "pair_accuracy": _share}, resamples)
        return found

    def perplexities(self) -> np.ndarray:
        """Returns the perplexity of each document, `[documents]`; NaN where no token is masked."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.exp(self.losses / self.tokens)


def _mean(means: np.ndarray) -> np.ndarray:
    return means[..., 1] / means[..., 0]


def _share(means: np.ndarray) -> np.ndarray:
    return means[..., 2] / means[..., 0]


def masked_results(
    model: MaskedLM,
    rows: MaskedRows | PairRows,
    token_budget: int = 4096,
    on_rows: Callable[[int], object] = lambda rows: None,
) -> MaskedResults:
    """Predicts the masked tokens of rows.

    Args:
        model: The model.
        rows: The rows.
        token_budget: The maximum number of tokens per pass, padding included.
        on_rows: A function that receives the number of rows of each pass when it is done.

    Returns:
        The results of each document.
    """
    of_pairs = isinstance(rows, PairRows)
    specification = (PAIR_INPUTS if of_pairs else PACKED_INPUTS) | {_TARGETS: tf.TensorSpec([None, None], tf.int32)}
    name, losses = ("masked pairs", _pair_losses) if of_pairs else ("masked", _losses)
    forward = model.logits.beside(name, lambda: ForwardPass(lambda given: losses(model, given), specification))
    run = forward.prepared(rows.lengths, token_budget, must_repeat=True)
    passes, documents = passes_by_length(rows.lengths, token_budget), rows.documents_of_tokens()
    sums, pairs = (np.zeros([3, len(rows.documents)]) for _ in range(2))

    def made(chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        inputs, targets = rows.batch(chosen)
        row, column = np.nonzero(targets != NOT_MASKED)
        return documents[rows.begins[chosen[row]] + column], run(inputs | {_TARGETS: targets}).numpy()

    with contextlib.closing(made_ahead(made, passes, lanes())) as answers:
        for chosen, (of, found) in zip(passes, answers, strict=True):
            _add(sums, of, found[:, : len(of)])
            if of_pairs:
                _add(pairs, documents[rows.begins[chosen]], found[:, len(of) :])
            on_rows(len(chosen))
    return MaskedResults(sums[0], sums[1], sums[2], pairs if of_pairs else None)


def _add(sums: np.ndarray, documents: np.ndarray, found: np.ndarray) -> None:
    """Adds counts, losses and successes `[2, found]` to the sums of their documents `[3, documents]`."""
    for place, values in enumerate((np.ones(len(documents)), *found)):
        np.add.at(sums[place], documents, values)


def _losses(model: MaskedLM, given: dict[str, Any]) -> tf.Tensor:
    """Returns the loss of each masked token, and 1 where the prediction is right, `[2, masked]` float32."""
    return _judged(masked_targets(given[_TARGETS]), model.packed_logits(given))


def _pair_losses(model: MaskedLM, given: dict[str, Any]) -> tf.Tensor:
    """Returns those of each masked token and, behind them, of each pair, `[2, masked + batch]` float32."""
    logits, of_pairs = model.packed_outputs(given)
    tokens = _judged(masked_targets(given[_TARGETS]), logits)
    return tf.concat([tokens, _judged(given["pairs"][:, 0], of_pairs)], axis=1)


def _judged(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    right = tf.argmax(logits, axis=-1, output_type=tf.int32) == targets
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
    return tf.stack([losses, tf.cast(right, tf.float32)])


def pair_losses(pairs: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Returns the losses of pairs, `[batch]`, given their targets `[batch, 1]` and logits `[batch, 2]`."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(pairs[:, 0], logits)


def masked_targets(targets: tf.Tensor) -> tf.Tensor:
    """Returns the targets of masked tokens alone, `[masked]`, row by row, of those of a batch `[batch, tokens]`."""
    return tf.boolean_mask(targets, targets != NOT_MASKED)
