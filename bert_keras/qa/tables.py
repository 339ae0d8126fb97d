"""Scores of groups of questions: by context length, by question word, by article."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bert_keras.errors import InputError
from bert_keras.qa.gold import GoldQuestion
from bert_keras.qa.question_scores import QuestionScores

_BOUNDS = (64, 128, 256, 384, 512, 1024, 2048, 4096, 8192)
_QUESTION_WORD = re.compile(r"\b(how\s+(?:many|much)|what|who|whom|whose|when|where|why|which|how)\b")
_OTHER = "other"


@dataclass(frozen=True)
class ScoreRow:
    """The scores of a group of questions.

    Attributes:
        name: The name of the group.
        count: The number of questions.
        exact: The mean exact match in per cent.
        f1: The mean F1 in per cent.
    """

    name: str
    count: int
    exact: float
    f1: float


@dataclass(frozen=True)
class ScoreTables:
    """The scores of the same questions in three groupings, without empty groups.

    Attributes:
        by_length: The groups by number of context tokens, shortest first.
        by_question_word: The groups by question word, most frequent first, "other" last.
        by_article: The groups by article, lowest F1 first.
    """

    by_length: tuple[ScoreRow, ...]
    by_question_word: tuple[ScoreRow, ...]
    by_article: tuple[ScoreRow, ...]

    def as_dict(self) -> dict[str, Any]:
        """Returns the tables as plain lists and dicts, for JSON."""
        return {name: [asdict(row) for row in rows] for name, rows in vars(self).items()}


def score_tables(
    questions: Sequence[GoldQuestion], scores: QuestionScores, context_tokens: Mapping[str, int]
) -> ScoreTables:
    """Computes the scores of questions grouped by context length, question word and article.

    Args:
        questions: The questions from `read_gold`.
        scores: The scores from `question_scores`, with or without a threshold applied.
        context_tokens: The number of context tokens by question id.

    Returns:
        The three tables.

    Raises:
        InputError: The length or the scores of a question are missing.
    """
    for question in questions:
        if question.id not in context_tokens or question.id not in scores.f1:
            raise InputError(f"{question.place}: neither length nor scores may be missing for a question of the tables")
    exact = [scores.exact[question.id] for question in questions]
    f1 = [scores.f1[question.id] for question in questions]
    return ScoreTables(
        by_length=scores_by_length([context_tokens[question.id] for question in questions], exact, f1),
        by_question_word=scores_by_question_word([question.question for question in questions], exact, f1),
        by_article=scores_by_article([question.article for question in questions], exact, f1),
    )


def scores_by_length(lengths: Sequence[int], exact: Sequence[float], f1: Sequence[float]) -> tuple[ScoreRow, ...]:
    """Computes the scores of questions grouped by context length.

    Args:
        lengths: The number of context tokens of each question.
        exact: The exact match of each question, from 0 to 1.
        f1: The F1 of each question, from 0 to 1.

    Returns:
        A row for each bucket with questions ("up to 64", "65 to 128", ..., "over 8192"), shortest first.
    """
    return scores_by_number(lengths, _BOUNDS, "", exact, f1)


def scores_by_question_word(
    questions: Sequence[str], exact: Sequence[float], f1: Sequence[float]
) -> tuple[ScoreRow, ...]:
    """Computes the scores of questions grouped by `question_word`.

    Args:
        questions: The texts of the questions.
        exact: The exact match of each question, from 0 to 1.
        f1: The F1 of each question, from 0 to 1.

    Returns:
        A row for each question word that occurs, most frequent first, "other" last.
    """
    rows = grouped_scores(map(question_word, questions), exact, f1)
    return tuple(sorted(rows, key=lambda row: (row.name == _OTHER, -row.count, row.name)))


def scores_by_article(articles: Sequence[str], exact: Sequence[float], f1: Sequence[float]) -> tuple[ScoreRow, ...]:
    """Computes the scores of questions grouped by article.

    Args:
        articles: The article of each question.
        exact: The exact match of each question, from 0 to 1.
        f1: The F1 of each question, from 0 to 1.

    Returns:
        A row for each article, lowest F1 first.
    """
    return tuple(sorted(grouped_scores(articles, exact, f1), key=lambda row: (row.f1, row.name)))


def question_word(question: str) -> str:
    """Returns the first question word of an English question, at any position ("In what country …?").

    Args:
        question: The text of the question.

    Returns:
        "what", "who" (also for whom and whose), "when", "where", "why", "which", "how many/much", "how", or "other".
    """
    found = _QUESTION_WORD.search(question.lower())
    if not found:
        return _OTHER
    word = found[1]
    if word.startswith("how"):
        return "how" if word == "how" else "how many/much"
    return "who" if word.startswith("who") else word


def grouped_scores(names: Iterable[str], exact: Sequence[float], f1: Sequence[float]) -> list[ScoreRow]:
    """Computes the scores of groups of questions.

    Args:
        names: The name of each question's group.
        exact: The exact match of each question, from 0 to 1.
        f1: The F1 of each question, from 0 to 1.

    Returns:
        A row for each group, in the order of their first questions.
    """
    members: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        members.setdefault(name, []).append(place)
    return [
        ScoreRow(name, len(places), _mean([exact[place] for place in places]), _mean([f1[place] for place in places]))
        for name, places in members.items()
    ]


def scores_by_number(
    numbers: Sequence[int | None], bounds: Sequence[int], without: str, exact: Sequence[float], f1: Sequence[float]
) -> tuple[ScoreRow, ...]:
    """Computes the scores of questions grouped by a number.

    Args:
        numbers: The number of each question, `None` if it has none.
        bounds: The highest number of each group but the last, ascending.
        without: The name of the group of questions without a number.
        exact: The exact match of each question, from 0 to 1.
        f1: The F1 of each question, from 0 to 1.

    Returns:
        A row for each group with questions, in ascending order, those without a number last.
    """

    def name_of(place: int) -> str:
        return without if place < 0 else _bucket(place, bounds)

    places = [-1 if number is None else int(np.searchsorted(bounds, number)) for number in numbers]
    rows = {row.name: row for row in grouped_scores(map(name_of, places), exact, f1)}
    return tuple(rows[name_of(place)] for place in sorted(set(places), key=lambda place: (place < 0, place)))


def _bucket(place: int, bounds: Sequence[int]) -> str:
    if place == 0:
        return f"up to {bounds[0]}"
    if place == len(bounds):
        return f"over {bounds[-1]}"
    low, high = bounds[place - 1] + 1, bounds[place]
    return str(high) if low == high else f"{low} to {high}"


def _mean(scores: Sequence[float]) -> float:
    return float(100.0 * sum(scores) / len(scores))
