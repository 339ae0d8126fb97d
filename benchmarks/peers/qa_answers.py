"""Decoding of logits to answers in NumPy, and SQuAD's metrics of them, for PyTorch's question answering."""

import re
import string
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from peers.qa_windows import Question, Windows

BEST, LONGEST_ANSWER = 20, 30
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
Logits = Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Answers:
    """The best spans of each question over all its windows.

    Attributes:
        scores: The sums of two logits, best first, `[questions, 20]`; negative infinity for missing spans.
        places: The first and one past the last code point of each span, `[questions, 20, 2]`.
        nulls: The sum of the two logits of `[CLS]`, the minimum over the windows, `[questions]`.
    """

    scores: np.ndarray
    places: np.ndarray
    nulls: np.ndarray


def decode(windows: Windows, logits: Logits) -> Answers:
    """Decodes the answers from the logits of batches of windows.

    Args:
        windows: The windows.
        logits: For each batch the indices of its windows, and their start and end logits, each `[windows, tokens]`.

    Returns:
        The answers.
    """
    count = len(windows.firsts)
    scores, spans, nulls = (
        np.empty([count, BEST], np.float32),
        np.empty([count, BEST, 2], np.int64),
        np.empty(count, np.float32),
    )
    for some, starts, ends in logits:
        nulls[some] = starts[:, 0] + ends[:, 0]
        scores[some], spans[some] = best_spans(windows, some, starts, ends)
    return merge(windows.questions, scores, code_points(windows, spans), nulls)


def best_spans(
    windows: Windows, some: np.ndarray, starts: np.ndarray, ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the best spans of each window: scores `[windows, 20]`, first and last token `[windows, 20, 2]`."""
    tokens, rows = np.arange(starts.shape[1]), windows.rows
    last = rows.lengths[some, np.newaxis] - 1
    inside = (tokens >= windows.contexts[some, np.newaxis]) & (tokens < last)
    central = windows.central[rows.begins[some, np.newaxis] + np.minimum(tokens, last)]
    begins, begin_scores = top(np.where(central, starts, -np.inf))
    finals, final_scores = top(np.where(inside, ends, -np.inf))
    size = finals[:, np.newaxis] - begins[..., np.newaxis]
    pairs = np.where(
        (size >= 0) & (size < LONGEST_ANSWER), begin_scores[..., np.newaxis] + final_scores[:, np.newaxis], -np.inf
    )
    best, scores = top(pairs.reshape(len(some), -1))
    first, second = np.divmod(best, finals.shape[1])
    return scores, np.stack([np.take_along_axis(begins, first, 1), np.take_along_axis(finals, second, 1)], -1)


def top(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the indices and values of the 20 highest scores of each row, unsorted; pads with negative infinity."""
    if scores.shape[1] < BEST:
        scores = np.pad(scores, [(0, 0), (0, BEST - scores.shape[1])], constant_values=-np.inf)
    places = np.argpartition(scores, -BEST, axis=1)[:, -BEST:]
    return places, np.take_along_axis(scores, places, 1)


def code_points(windows: Windows, spans: np.ndarray) -> np.ndarray:
    """Returns the first and one past the last code point of token spans, `[windows, 20, 2]`."""
    places = np.clip(
        spans + (windows.firsts - windows.contexts)[:, np.newaxis, np.newaxis], 0, len(windows.offsets) - 1
    )
    return np.stack([windows.offsets[places[..., 0], 0], windows.offsets[places[..., 1], 1]], -1)


def merge(questions: np.ndarray, scores: np.ndarray, places: np.ndarray, nulls: np.ndarray) -> Answers:
    """Merges the best spans of each question's windows, best first."""
    begins = np.flatnonzero(np.diff(questions, prepend=-1))
    of, flat = questions.repeat(BEST), scores.ravel()
    order = np.lexsort((-flat, of))
    order = order[begins[:, np.newaxis] * BEST + np.arange(BEST)]
    return Answers(flat[order], places.reshape(-1, 2)[order], np.minimum.reduceat(nulls, begins))


def texts(questions: list[Question], answers: Answers) -> list[str]:
    """Returns the text of each question's best span; empty if there is none."""
    return [
        question.context[begin:end] if score > -np.inf else ""
        for question, (begin, end), score in zip(questions, answers.places[:, 0], answers.scores[:, 0], strict=True)
    ]


def measures(questions: list[Question], answers: Answers) -> dict[str, Any]:
    """Computes F1 and exact match in percent.

    Args:
        questions: The questions.
        answers: The answers.

    Returns:
        The scores by name: of the best span over the answerable questions (`best_span_…`), over all questions at null
        threshold 0 (`f1`, `exact`), and at the best threshold (`best_…`), with that threshold.
    """
    spans = np.array(
        [score(text, question) for text, question in zip(texts(questions, answers), questions, strict=True)]
    )
    has = np.array([bool(question.answers) for question in questions])
    odds = answers.nulls - answers.scores[:, 0]
    found: dict[str, Any] = {"questions": len(questions), "answerable": int(has.sum())}
    for place, name in enumerate(("f1", "exact")):
        spoken = spans[:, place]
        best, threshold = best_threshold(spoken, has, odds)
        found[f"best_span_{name}"] = 100 * float(spoken[has].mean())
        found[name] = 100 * float(np.where(odds > 0, ~has, spoken).mean())
        found |= {f"best_{name}": best, f"best_{name}_threshold": threshold}
    return found


def best_threshold(spoken: np.ndarray, has: np.ndarray, odds: np.ndarray) -> tuple[float, float]:
    """Returns the highest score in percent over all null thresholds, and the threshold.

    A question is answered if its null odds are at most the threshold.

    Args:
        spoken: The score of each question's best span, `[questions]`.
        has: Whether each question has an answer, `[questions]`.
        odds: The null odds of each question, `[questions]`.
    """
    order = np.argsort(odds, kind="stable")
    gains = np.append(0.0, np.cumsum((spoken - ~has)[order]))
    best = int(gains.argmax())
    threshold = odds[order[best - 1]] if best else odds.min() - 1
    return 100 * float((~has).sum() + gains[best]) / len(has), float(threshold)


def score(text: str, question: Question) -> tuple[float, float]:
    """Returns F1 and exact match of an answer, 0 to 1, the highest over the gold answers."""
    golds = [words for words in (normalized(gold) for gold, _ in question.answers) if words] or [[]]
    said = normalized(text)
    return max(f1(said, gold) for gold in golds), float(said in golds)


def normalized(text: str) -> list[str]:
    """Returns the words that SQuAD compares: lowercased, without punctuation and articles."""
    return _ARTICLES.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split()


def f1(said: list[str], gold: list[str]) -> float:
    """Returns the F1 of the words of an answer and a gold answer."""
    common = (Counter(said) & Counter(gold)).total()
    return 2 * common / (len(said) + len(gold)) if said and gold else float(said == gold)
