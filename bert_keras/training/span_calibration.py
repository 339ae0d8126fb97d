"""How sure a reader's answers are: a temperature, fitted on questions that it did not learn from."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from bert_keras import evaluation, qa
from bert_keras.data import WindowedQuestions
from bert_keras.models import SpanExtractor
from bert_keras.training.predict_spans import decode_spans
from bert_keras.training.span_logits import SpanLogits

_LEAST, _MOST = 0.1, 10.0
_EXACT = 1e-3  # of the logarithm of the temperature
_FEWEST = 50  # questions
_SMALL = 1e-7  # the least probability whose logarithm counts


@dataclass(frozen=True)
class SpanCalibration:
    """What the logits of a reader are divided by, and what this does to its scores.

    Attributes:
        temperature: The divisor.
        questions: The number of questions that it was fitted on.
        before: Without it, the `loss` of the scores and their expected calibration error `ece` (Guo et al. 2017).
        after: The same with temperatures that were fitted on the other half of the questions.
    """

    temperature: float
    questions: int
    before: dict[str, float]
    after: dict[str, float]

    def report(self) -> dict[str, Any]:
        """Returns the calibration for `report.json`."""
        kept = {"temperature": self.temperature, "rows": self.questions}
        return {"kept": kept, "before": self.before, "after": self.after}


def fit_span_temperature(
    extractor: SpanExtractor, windowed: WindowedQuestions, logits: SpanLogits
) -> SpanCalibration | None:
    """Finds the temperature with which scores say best how often the best span is right (Guo et al. 2017, 4.2).

    Minimised is the log loss of the score of the best span, which is right if it matches a gold answer exactly as SQuAD
    counts it, and, if the extractor has a null threshold, of the probability of "no answer". No temperature changes
    which span is the best.

    Args:
        extractor: The model.
        windowed: Questions that it did not learn from.
        logits: The logits of their windows.

    Returns:
        The calibration; `None` for fewer than 50 questions, or if all best spans are right or all are wrong.
    """
    fit = _Fit(windowed, logits, extractor.settings | {"n_best": 1})
    if len(fit.right) < _FEWEST or fit.right.all() or not fit.right.any():
        return None
    everyone, half = np.ones(len(fit.right), bool), np.arange(len(fit.right)) % 2 == 0
    crossed = [fit.scores(fit.temperature(~of)) for of in (half, ~half)]
    after = tuple(np.where(half, of_half, of_other) for of_half, of_other in zip(*crossed, strict=True))
    return SpanCalibration(
        fit.temperature(everyone), len(fit.right), fit.measures(fit.scores(1.0)), fit.measures(after)
    )


class _Fit:
    """The probabilities of the best spans, and of "no answer", at any temperature, and how well they say what is right.

    Args:
        windowed: The questions.
        logits: The logits of their windows.
        settings: The settings of the extractor.

    Attributes:
        right: Whether each best span matches a gold answer exactly, `[questions]` bool.
    """

    def __init__(self, windowed: WindowedQuestions, logits: SpanLogits, settings: dict[str, Any]) -> None:
        self._windowed, self._logits, self._settings = windowed, logits, settings
        self._with_null = settings["null_threshold"] is not None
        found = decode_spans(windowed, logits, settings)
        ids = [question.id for question in windowed.questions]
        scores = qa.question_scores(windowed.source.gold(), dict(zip(ids, found.texts(None), strict=True)))
        self._answerable = np.array([scores.has_answer[name] for name in ids])
        self.right = np.array([scores.exact[name] > 0 for name in ids]) & self._answerable

    def scores(self, temperature: float) -> tuple[np.ndarray, np.ndarray]:
        """Returns the probabilities of the best spans and of "no answer", each `[questions]`; without one 0 and 1."""
        found = decode_spans(self._windowed, self._logits, self._settings, temperature).answers
        best = np.array([answer.n_best[0].score if answer.n_best else 0.0 for answer in found])
        # The null odds are the logarithm of what "no answer" is to the best span.
        odds = np.array([answer.null_odds for answer in found])
        nothing = np.exp(np.minimum(np.log(np.maximum(best, _SMALL)) + odds, 0.0))
        return best, np.where(best > 0, nothing, 1.0)

    def temperature(self, of: np.ndarray) -> float:
        """Returns the temperature with the lowest loss on some questions, given as a mask."""
        bounds = math.log(_LEAST), math.log(_MOST)

        def loss(power: float) -> float:
            return self._loss(self.scores(math.exp(power)), of)

        return math.exp(minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": _EXACT}).x)

    def measures(self, scores: tuple[np.ndarray, np.ndarray]) -> dict[str, float]:
        """Returns the loss and the calibration error of the best spans' scores on all questions."""
        best, _ = scores
        error = evaluation.reliability(self.right[:, np.newaxis], best[:, np.newaxis]).error
        return {"loss": self._loss(scores, np.ones(len(best), bool)), "ece": error}

    def _loss(self, scores: tuple[np.ndarray, np.ndarray], of: np.ndarray) -> float:
        best, nothing = scores
        loss = _log_loss(self.right[of], best[of])
        return loss + (_log_loss(~self._answerable[of], nothing[of]) if self._with_null else 0.0)


def _log_loss(true: np.ndarray, probability: np.ndarray) -> float:
    given = np.where(true, probability, 1 - probability)
    return float(-np.log(np.maximum(given, _SMALL)).mean())
