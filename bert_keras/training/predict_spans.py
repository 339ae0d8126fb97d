"""Runs a span extractor over windowed questions, and scores its answers."""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bert_keras import qa
from bert_keras.data import WindowedQuestions
from bert_keras.models import SpanAnswer, SpanExtractor
from bert_keras.models.answer_stream import Logits, allowed_bounds, decoded
from bert_keras.models.span_answers import answers_of
from bert_keras.runtime.lanes import lanes, made_ahead
from bert_keras.text import MOST_ROWS, passes_by_length
from bert_keras.training.shared_passes import collect, share_of
from bert_keras.training.span_logits import SpanLogits
from bert_keras.workers import Workers

_TOGETHER = 16_384  # tokens that are decoded together


@dataclass(frozen=True)
class FoundSpans:
    """The answers to questions, and the losses of their windows.

    Attributes:
        answers: The answer to each question; always the best span, independent of any null threshold.
        losses: The loss of each window, the mean cross entropy of start and end, `[windows]`.
        gold_losses: The negative logarithm of the probability of each question's likeliest gold answer among all spans
            that the model may answer with, and "no answer" if it may give none, `[questions]` float32; infinite where
            no gold answer is such a span.
    """

    answers: list[SpanAnswer]
    losses: np.ndarray
    gold_losses: np.ndarray

    def texts(self, null_threshold: float | None) -> list[str]:
        """Returns the answer texts, empty if the null odds exceed the threshold; `None` means no threshold."""
        return ["" if null_threshold is not None and a.null_odds > null_threshold else a.text for a in self.answers]


def predict_spans(
    extractor: SpanExtractor,
    windowed: WindowedQuestions,
    token_budget: int = 4096,
    on_rows: Callable[[int], object] = lambda rows: None,
    kept: SpanLogits | None = None,
) -> FoundSpans:
    """Runs a span extractor over windows, in batches of similar length.

    Args:
        extractor: The model.
        windowed: The questions and their windows.
        token_budget: The maximum number of tokens per batch, padding included.
        on_rows: A function that receives the number of windows of each batch when it is done, e.g. to advance a
            progress bar. It is never called by two threads at once.
        kept: Room that takes the logits of the windows, for `decode_spans`.

    Returns:
        The answers and the losses.
    """
    forward = extractor.logits.prepared(windowed.rows.lengths, token_budget, must_repeat=True)
    losses, telling = np.zeros(len(windowed.rows), np.float32), threading.Lock()

    def run(rows: np.ndarray) -> Logits:
        inputs, targets = windowed.rows.batch(rows)
        logits = {name: values.numpy() for name, values in forward(inputs).items()}
        losses[rows] = _cross_entropy(logits, targets)
        if kept is not None:
            kept.keep(rows, logits)
        with telling:  # batches run in several threads
            on_rows(len(rows))
        return logits

    return _found(windowed, run, losses, extractor.settings, token_budget)


def share_spans(
    extractor: SpanExtractor, windowed: WindowedQuestions, workers: Workers, token_budget: int = 4096
) -> SpanLogits:
    """Runs a span extractor over windows in several workers, in the batches of `predict_spans`.

    Args:
        extractor: The model.
        windowed: The questions and their windows.
        workers: The workers, which share the batches.
        token_budget: The maximum number of tokens per batch, padding included.

    Returns:
        The logits of all windows for `decode_spans` in worker 0, in the others only their own.
    """
    lengths = windowed.rows.lengths
    forward = extractor.logits.prepared(lengths, token_budget, must_repeat=True)
    passes, kept = passes_by_length(lengths, token_budget, MOST_ROWS), SpanLogits.empty(lengths)

    def run(rows: np.ndarray) -> Logits:
        return {name: values.numpy() for name, values in forward(windowed.rows.batch(rows)[0]).items()}

    own = share_of(passes, workers)
    with contextlib.closing(made_ahead(run, own, lanes())) as answers:
        for rows, logits in zip(own, answers, strict=True):
            kept.keep(rows, logits)
    tokens = [kept.tokens(rows) for rows in passes]
    for values in kept.values.values():
        collect(values, tokens, workers)
    return kept


def decode_spans(
    windowed: WindowedQuestions, logits: SpanLogits, settings: dict[str, Any], temperature: float = 1.0
) -> FoundSpans:
    """Decodes logits that `predict_spans` has kept, with another temperature.

    Args:
        windowed: The questions and their windows.
        logits: The logits of the windows.
        settings: The `settings` of the span extractor.
        temperature: What the logits are divided by.

    Returns:
        The answers and the losses.
    """
    losses = np.zeros(len(windowed.rows), np.float32)

    def run(rows: np.ndarray) -> Logits:
        batch = logits.batch(rows, temperature)
        losses[rows] = _cross_entropy(batch, windowed.rows.stored_targets.take(rows))
        return batch

    return _found(windowed, run, losses, settings, _TOGETHER)


def _found(
    windowed: WindowedQuestions,
    run: Callable[[np.ndarray], Logits],
    losses: np.ndarray,
    settings: dict[str, Any],
    token_budget: int,
) -> FoundSpans:
    """Decodes the logits of all windows; `run` fills in the losses."""
    gold = _GoldScores(windowed, settings)

    def read(rows: np.ndarray) -> Logits:
        logits = run(rows)
        gold.read(rows, logits)
        return logits

    spans = decoded(windowed.rows.lengths, windowed.windows, windowed.places, read, settings, token_budget)
    answers = list(answers_of(spans, windowed.contexts, windowed.places, None))
    return FoundSpans(answers, losses, np.maximum(spans.totals - gold.of_questions(), 0))


class _GoldScores:
    """The scores of the gold answers, which need not be among the n-best spans: those overlap no better one."""

    def __init__(self, windowed: WindowedQuestions, settings: dict[str, Any]) -> None:
        self._windowed, self._most = windowed, settings["max_answer_tokens"]
        self._bounds = allowed_bounds(windowed.windows, windowed.places, settings)
        self._of_windows = np.full(len(windowed.rows), -np.inf, np.float32)

    def read(self, rows: np.ndarray, logits: Logits) -> None:
        """Keeps the highest score of the gold answers in some windows, of those that the model may answer with."""
        window, columns = self._windowed.answer_columns(rows)
        first, last = (columns - self._windowed.windows.places[rows[window], np.newaxis]).T
        row, may = rows[window], self._bounds
        most = np.minimum(may.reach[row, first], self._most)
        allowed = may.may_begin[row, first] & may.may_end[row, last] & (last - first < most)
        window, columns = window[allowed], columns[allowed]
        scores = logits["start"][window, columns[:, 0]] + logits["end"][window, columns[:, 1]]
        np.maximum.at(self._of_windows, rows[window], scores)

    def of_questions(self) -> np.ndarray:
        """Returns the highest score of each question's gold answers, `[questions]` float32; -inf without one."""
        highest = np.full(len(self._windowed.questions), -np.inf, np.float32)
        np.maximum.at(highest, self._windowed.windows.documents, self._of_windows)
        return highest


def span_scores(windowed: WindowedQuestions, found: FoundSpans) -> dict[str, float]:
    """Scores answers against the gold answers of their source, in percent.

    Args:
        windowed: The questions.
        found: The result of `predict_spans`.

    Returns:
        `loss`, the mean over windows; `best_span_exact` and `best_span_f1`, of the best spans for the questions that
        have an answer; `null_threshold`, the threshold of the null odds with the highest F1; and `best_exact` and
        `best_f1`, over all questions with that threshold.
    """
    ids = [question.id for question in windowed.questions]
    scores = qa.question_scores(windowed.source.gold(), dict(zip(ids, found.texts(None), strict=True)))
    exact, f1 = (np.array([of[name] for name in ids]) for of in (scores.exact, scores.f1))
    has_answer = np.array([scores.has_answer[name] for name in ids])
    odds = np.array([answer.null_odds for answer in found.answers])
    best = qa.tune_thresholds(odds, exact, f1, has_answer).f1
    return {
        "loss": float(found.losses.mean()),
        "best_span_exact": _percent(exact[has_answer]),
        "best_span_f1": _percent(f1[has_answer]),
        "best_exact": _percent(qa.thresholded(odds, exact, has_answer, best.threshold)),
        "best_f1": best.score,
        "null_threshold": best.threshold,
    }


def _percent(scores: np.ndarray) -> float:
    return 100 * float(scores.mean()) if len(scores) else 0.0


def _cross_entropy(logits: Logits, targets: np.ndarray) -> np.ndarray:
    """Returns the mean cross entropy of start and end, `[windows]`."""
    losses = []
    for name, places in zip(("start", "end"), targets.T, strict=True):
        values = logits[name].astype(np.float64)
        highest = values.max(axis=1)
        total = np.log(np.exp(values - highest[:, np.newaxis]).sum(axis=1)) + highest
        losses.append(total - values[np.arange(len(values)), places])
    return np.mean(losses, axis=0)
