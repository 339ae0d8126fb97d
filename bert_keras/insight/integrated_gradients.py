"""Integrated gradients: how much each token contributes to a model output."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bert_keras.insight.gradient_path import GradientPath, evaluate
from bert_keras.insight.target import Target
from bert_keras.insight.tokens import Tokens
from bert_keras.models import BertTask

MOST_STEPS = 129


@dataclass(frozen=True, slots=True)
class IntegratedGradients:
    """The contribution of each token to a score.

    Attributes:
        values: The signed contributions, `[tokens]` float32; 0 for special tokens, which the baseline shares.
        score: The score of the row.
        baseline_score: The score of the baseline.
        gap: The sum of the values minus `score - baseline_score`; it tends to 0 with the number of steps.
        steps: The number of points on the path at which the gradient was taken.
    """

    values: np.ndarray
    score: float
    baseline_score: float
    gap: float
    steps: int

    def minus(self, other: "IntegratedGradients") -> "IntegratedGradients":
        """Returns the contributions to the difference of two scores of one row, in which they are linear."""
        return IntegratedGradients(
            self.values - other.values,
            self.score - other.score,
            self.baseline_score - other.baseline_score,
            self.gap - other.gap,
            max(self.steps, other.steps),
        )


def integrated_gradients(
    model: BertTask, tokens: Tokens, target: Target, steps: int | None = None
) -> IntegratedGradients:
    """Integrates the gradient on a straight path from a baseline (Sundararajan, Taly and Yan 2017, section 3).

    The baseline is the same row with the embedding of `[MASK]` for every token that is not special: a text of the same
    length in which no word is known. (Zeros are the embedding of no token, and no model has learned to read `[PAD]`.)
    The contribution of a token is `(x - x')` times the mean gradient of the target on the path, summed over the
    embedding.

    Args:
        model: The model, with a preprocessor.
        tokens: The tokens of the row.
        target: The target to explain.
        steps: A fixed number of points on the path, the midpoints of equal intervals. `None` starts with 9 and halves
            intervals until the gaps of all of them together are below 1 % of the change of the target, with at most 129
            points; answers form within a small part of the path, so that equal intervals would need several times as
            many.

    Returns:
        The contributions, and how far their sum is off.
    """
    return integrated_gradients_of_rows(model, [tokens], [[target]], steps)[0][0]


def integrated_gradients_of_rows(
    model: BertTask, rows: Sequence[Tokens], targets: Sequence[Sequence[Target]], steps: int | None = None
) -> list[list[IntegratedGradients]]:
    """Integrates the gradients of many rows together, each with one or more targets.

    Args:
        model: The model, with a preprocessor.
        rows: The tokens of each row.
        targets: The targets of each row, which share the points on its path. The differences of the first from each
            other one are as exact as the targets themselves.
        steps: See `integrated_gradients`.

    Returns:
        For each row, the contributions to each target; the same as for a row alone, up to rounding.
    """
    paths = [GradientPath(model, row, of_row) for row, of_row in zip(rows, targets, strict=True)]
    if steps is not None:
        middles = [(2 * step + 1) / (2 * steps) for step in range(steps)]
        evaluate(model, [(path, place) for path in paths for place in (0.0, *middles, 1.0)])
        return [_results(path, np.mean([path.gradients[place] for place in middles], axis=0), steps) for path in paths]
    unsettled = [path for path in paths if len(path.targets)]
    while unsettled:
        evaluate(model, [(path, place) for path in unsettled for place in path.missing()])
        unsettled = [path for path in unsettled if not path.settled(MOST_STEPS)]
    return [_results(path, path.integral(), len(path.gradients)) if path.targets else [] for path in paths]


def _results(path: GradientPath, values: np.ndarray, steps: int) -> list[IntegratedGradients]:
    results = []
    for number, of_target in enumerate(values):
        score, baseline_score = float(path.scores[1.0][number]), float(path.scores[0.0][number])
        gap = float(of_target.sum(dtype=np.float64)) - (score - baseline_score)
        results.append(IntegratedGradients(of_target.astype(np.float32), score, baseline_score, gap, steps))
    return results
