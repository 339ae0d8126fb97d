"""Kinds of questions by their answers, in whose groups a reader's scores are shown."""

import re
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from bert_keras.qa.tables import ScoreRow, grouped_scores, scores_by_number

_WORD = re.compile(r"\w+")
_SHORTEST = 4  # letters of a word by which a question is found in its context; shorter ones stand anywhere
_WORDS = (1, 2, 4, 8, 16)
_DISTANCES = (2, 5, 10, 20, 40)
_NO_ANSWER, _NO_WORD = "no answer", "no word of the question"
_SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)


class _Span(Protocol):
    """A gold answer, in code points of its context."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


def scores_by_answer_words(
    answers: Sequence[Sequence[str]], exact: Sequence[float], f1: Sequence[float]
) -> tuple[ScoreRow, ...]:
    """Computes the scores of questions grouped by the number of words of their shortest gold answer.

    Args:
        answers: The gold answers of each question; none for a question without.
        exact: The exact match of each question, from 0 to 1.
        f1: The F1 of each question, from 0 to 1.

    Returns:
        A row for each group with questions ("up to 1", "2", "3 to 4", ..., "no answer"), the shortest first.
    """
    counts = [min((len(_WORD.findall(text)) for text in of), default=None) for of in answers]
    return scores_by_number(counts, _WORDS, _NO_ANSWER, exact, f1)


def scores_by_distance(
    questions: Sequence[str],
    contexts: Sequence[str],
    answers: Sequence[Sequence[_Span]],
    exact: Sequence[float],
    f1: Sequence[float],
) -> tuple[ScoreRow, ...]:
    """Computes the scores of questions with an answer, grouped by how far it is from the words of the question.

    Args:
        questions: The texts of the questions.
        contexts: The context of each question.
        answers: The gold answers of each question, whose first counts.
        exact: The exact match of each question, from 0 to 1.
        f1: The F1 of each question, from 0 to 1.

    Returns:
        A row for each group with questions, by the number of words from the answer to the nearest word of the question
        of four letters or more in the context ("up to 2", "3 to 5", ...), the nearest first; "no word of the question"
        for contexts without.
    """
    asked = [place for place, of in enumerate(answers) if of]
    distances = [_distance(questions[place], contexts[place], answers[place][0]) for place in asked]
    return scores_by_number(
        distances, _DISTANCES, _NO_WORD, [exact[place] for place in asked], [f1[place] for place in asked]
    )


def scores_by_confidence(
    confidence: Sequence[float], exact: Sequence[float], f1: Sequence[float]
) -> tuple[ScoreRow, ...]:
    """Computes the scores of the surest answers: the risk-coverage curve at five places (El-Yaniv and Wiener 2010).

    Args:
        confidence: How sure each answer is.
        exact: The exact match of each question, from 0 to 1.
        f1: The F1 of each question, from 0 to 1.

    Returns:
        A row for the surest 20, 40, 60, 80 and 100 %.
    """
    order = np.argsort(-np.asarray(confidence), kind="stable").tolist()
    rows = []
    for share in _SHARES:
        of = order[: max(1, round(share * len(order)))] if order else []
        names = [f"{share:.0%}"] * len(of)
        rows += grouped_scores(names, [exact[place] for place in of], [f1[place] for place in of])
    return tuple(rows)


def _distance(question: str, context: str, answer: _Span) -> int | None:
    """Returns the number of words from an answer to the nearest word of the question; `None` if there is none."""
    asked = {word.casefold() for word in _WORD.findall(question) if len(word) >= _SHORTEST}
    words = list(_WORD.finditer(context))
    inside = [place for place, word in enumerate(words) if word.end() > answer.start and word.start() < answer.end]
    near = [
        min(abs(place - edge) for edge in (inside[0], inside[-1]))
        for place, word in enumerate(words)
        if inside and word[0].casefold() in asked and not inside[0] <= place <= inside[-1]
    ]
    return min(near, default=None)
