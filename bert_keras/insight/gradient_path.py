"""The straight path from a text of [MASK] to a text, with the gradients of targets at points that are added to it."""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.insight.forward import READS, has_token_outputs, output_width, outputs_of_embeddings
from bert_keras.insight.target import Target
from bert_keras.insight.tokens import Tokens
from bert_keras.models import BertTask
from bert_keras.models.forward_pass import ForwardPass
from bert_keras.text import passes_by_length

TOLERANCE = 0.01
"""The completeness gap to reach, as a share of the change of the target."""
_TOGETHER = 2  # the errors of all panels together may be twice that, so that large ones do not hide by cancelling out
_LEAST_CHANGE = 0.1  # a change of the logit below which the gap is compared with this: 0.001 of a logit is enough
_PANELS = 4
_NARROWEST = 2.0**-10
_TOKENS_IN_A_PASS = 2048
_ROWS_IN_A_PASS = 32


class GradientPath:
    """The path of one row, in panels over which the gradient is integrated by Simpson's rule.

    The change of the score over a panel is known exactly from its ends, so that the error of each panel is too, and
    those with a large one are halved. All points that were computed are used again.

    Args:
        model: The model, with a preprocessor.
        tokens: The tokens of the row.
        targets: The targets of the row.

    Attributes:
        tokens: The tokens of the row.
        targets: The targets of the row.
        baseline_ids: The token ids of the baseline, `[tokens]` int32.
        scores: The targets at each point of the path, `[targets]`.
        gradients: The derivative of each target along the path at each point, by token, `[targets, tokens]`.
    """

    def __init__(self, model: BertTask, tokens: Tokens, targets: Sequence[Target]) -> None:
        self.tokens, self.targets = tokens, tuple(targets)
        mask_id = model.preprocessor.tokenizer.token_to_id("[MASK]")
        self.baseline_ids = np.where(tokens.special, tokens.ids, mask_id).astype(np.int32)
        self.scores: dict[float, np.ndarray] = {}
        self.gradients: dict[float, np.ndarray] = {}
        self._panels = [(place / _PANELS, (place + 1) / _PANELS) for place in range(_PANELS)]
        # bfloat16 has three digits: its noise is no error of the rule, and no number of steps makes it smaller.
        coarse = model.backbone.token_embedding.compute_dtype != "float32"
        self._noise = 2.0**-7 if coarse else 0.0

    @property
    def shape(self) -> tuple[int, int]:
        """The number of targets, and of tokens at which these are read; paths of one shape share a pass."""
        return len(self.targets), len(self.tokens.reads)

    def missing(self) -> list[float]:
        """Returns the points of the panels that were not computed yet."""
        return sorted({place for panel in self._panels for place in _points(*panel)} - self.gradients.keys())

    def settled(self, most: int) -> bool:
        """Halves panels with a large error, and returns whether none is needed or the points are used up."""
        errors, tolerance = self._errors(), self._tolerance()
        sizes = np.abs(errors)
        if (np.abs(errors.sum(axis=0)) <= tolerance).all() and (sizes.sum(axis=0) <= _TOGETHER * tolerance).all():
            return True
        shares = (sizes / tolerance).max(axis=1)
        wanted = shares >= max(min(_TOGETHER / len(shares), shares.max()), shares.max() / 2)
        room = (most - len(self.gradients)) // 2  # a halved panel has two more points
        halved = set(np.argsort(-np.where(wanted, shares, 0), kind="stable")[: min(room, int(wanted.sum()))].tolist())
        before = self._panels
        self._panels = [
            part for number, panel in enumerate(before) for part in (_halves(panel) if number in halved else [panel])
        ]
        return len(self._panels) == len(before)

    def integral(self) -> np.ndarray:
        """Returns the integral over the whole path, `[targets, tokens]` float64."""
        return np.sum([self._simpson(panel) for panel in self._panels], axis=0)

    def _simpson(self, panel: tuple[float, float]) -> np.ndarray:
        begin, middle, end = (self.gradients[place].astype(np.float64) for place in _points(*panel))
        return (begin + 4 * middle + end) * ((panel[1] - panel[0]) / 6)

    def _errors(self) -> np.ndarray:
        """Returns the error of each panel, for each target and each difference from the first one."""
        errors = [
            self._simpson(panel).sum(axis=1) - (self.scores[panel[1]] - self.scores[panel[0]]) for panel in self._panels
        ]
        return _with_differences(np.array(errors))

    def _tolerance(self) -> np.ndarray:
        changes = np.abs(_with_differences((self.scores[1.0] - self.scores[0.0])[np.newaxis])[0])
        noise = self._noise * max(1.0, float(np.abs([self.scores[1.0], self.scores[0.0]]).max()))
        return np.maximum(TOLERANCE * np.maximum(changes, _LEAST_CHANGE), noise)


def evaluate(model: BertTask, points: Sequence[tuple[GradientPath, float]]) -> None:
    """Computes scores and gradients at points of several paths, many in a pass.

    Args:
        model: The model.
        points: The paths with a place on each, from 0 at the baseline to 1 at the row.
    """
    lengths = np.array([len(path.tokens) for path, _ in points], np.int64)
    for count, reads in sorted({path.shape for path, _ in points}):
        alike = np.flatnonzero([path.shape == (count, reads) for path, _ in points])
        run = model.logits.beside(f"gradients of {count}", functools.partial(_path_pass, model, count))
        for places in passes_by_length(lengths[alike], _TOKENS_IN_A_PASS, _ROWS_IN_A_PASS):
            chosen = [points[place] for place in alike[places].tolist()]
            scores, gradients = (made.numpy() for made in run(_inputs(model, chosen)))
            for (path, place), score, gradient in zip(chosen, scores, gradients, strict=True):
                path.scores[place] = score.astype(np.float64)
                path.gradients[place] = gradient[:, : len(path.tokens)]


def _path_pass(model: BertTask, count: int) -> ForwardPass:
    """Returns a pass with the gradients of a number of targets, which are given as factors of the outputs."""

    def run(given: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        lookup = model.backbone.token_embedding
        begin, end = (tf.cast(lookup(given[name]), tf.float32) for name in ("baseline_ids", "token_ids"))
        difference = end - begin
        embeddings = begin + given["places"][:, tf.newaxis, tf.newaxis] * difference
        with tf.GradientTape(persistent=count > 1, watch_accessed_variables=False) as tape:
            tape.watch(embeddings)
            outputs = outputs_of_embeddings(model, given, embeddings)
            # Rows do not depend on each other, so that the gradient of their sum is that of each one's own target.
            scores = [tf.reduce_sum(outputs * given["weights"][:, place], axis=[1, 2]) for place in range(count)]
        gradients = [tape.gradient(score, embeddings) for score in scores]
        along = [tf.reduce_sum(difference * gradient, axis=-1) for gradient in gradients]
        return tf.stack(scores, axis=1), tf.stack(along, axis=1)

    by_token = ("token_ids", "baseline_ids", "segment_ids", "padding_mask")
    signature: dict[str, Any] = {name: tf.TensorSpec([None, None], tf.int32) for name in by_token}
    signature |= {"places": tf.TensorSpec([None], tf.float32)} | (READS if has_token_outputs(model) else {})
    return ForwardPass(run, signature | {"weights": tf.TensorSpec([None, count, None, None], tf.float32)})


def _inputs(model: BertTask, points: Sequence[tuple[GradientPath, float]]) -> dict[str, np.ndarray]:
    longest = max(len(path.tokens) for path, _ in points)
    width = output_width(model, longest)
    columns: dict[str, list[np.ndarray]] = {}
    for path, _ in points:
        beyond = longest - len(path.tokens)
        own = {
            "token_ids": path.tokens.ids,
            "baseline_ids": path.baseline_ids,
            "segment_ids": path.tokens.segment_ids,
            "padding_mask": np.ones(len(path.tokens), np.int32),
        }
        for name, values in own.items():
            columns.setdefault(name, []).append(np.pad(values, (0, beyond)))
    weights = [[target.weights(width) for target in path.targets] for path, _ in points]
    places = np.array([place for _, place in points], np.float32)
    if points[0][0].tokens.reads:
        columns["reads"] = [np.array(path.tokens.reads) for path, _ in points]
    stacked = {name: np.stack(values).astype(np.int32) for name, values in columns.items()}
    return stacked | {"places": places, "weights": np.array(weights, np.float32)}


def _points(begin: float, end: float) -> tuple[float, float, float]:
    return begin, (begin + end) / 2, end


def _halves(panel: tuple[float, float]) -> list[tuple[float, float]]:
    begin, middle, end = _points(*panel)
    return [panel] if end - begin < _NARROWEST else [(begin, middle), (middle, end)]


def _with_differences(values: np.ndarray) -> np.ndarray:
    """Adds the differences of the first column from each other one, `[rows, targets]`."""
    return np.concatenate([values, values[:, :1] - values[:, 1:]], axis=1)
