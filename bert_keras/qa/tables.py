"""Scores of groups of questions: by length of context, by question word, by article."""

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
    """A group of questions.

    Attributes:
        name: What they have in common.
        count: How many they are.
        exact: Exact match in per cent.
        f1: F1 in per cent.
    """

    name: str
    count: int
    exact: float
    f1: float


@dataclass(frozen=True)
class ScoreTables:
    """The same questions in groups of three kinds; each group has at least one.

    Attributes:
        by_length: By tokens of the context, shortest first.
        by_question_word: Most frequent first, "other" last.
        by_article: Lowest F1 first.
    """

    by_length: tuple[ScoreRow, ...]
    by_question_word: tuple[ScoreRow, ...]
    by_article: tuple[ScoreRow, ...]

    def as_dict(self) -> dict[str, Any]:
        """Gives plain lists and dicts, for JSON."""
        return {name: [asdict(row) for row in rows] for name, rows in vars(self).items()}


def score_tables(
    questions: Sequence[GoldQuestion], scores: QuestionScores, context_tokens: Mapping[str, int]
) -> ScoreTables:
    """Scores groups of questions of three kinds.

    Args:
        questions: What `read_gold` gives.
        scores: What `question_scores` gives, with or without a threshold.
        context_tokens: Tokens of the context by question id.

    Returns:
        The three tables.

    Raises:
        InputError: A question without length or scores.
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
    """Scores questions by the length of their contexts.

    Args:
        lengths: Tokens of each question's context.
        exact: Exact match of each, from 0 to 1.
        f1: F1 of each, from 0 to 1.

    Returns:
        A row for each bucket that has questions ("up to 64", "65 to 128", ..., "over 8192"), shortest first.
    """
    places = np.searchsorted(_BOUNDS, np.asarray(lengths, np.int64), side="left")
    rows = {row.name: row for row in _rows(map(_bucket, places), exact, f1)}
    return tuple(rows[_bucket(place)] for place in np.unique(places))


def scores_by_question_word(
    questions: Sequence[str], exact: Sequence[float], f1: Sequence[float]
) -> tuple[ScoreRow, ...]:
    """Scores questions by their question words; see `question_word`.

    Args:
        questions: The texts.
        exact: Exact match of each, from 0 to 1.
        f1: F1 of each, from 0 to 1.

    Returns:
        A row for each word that is there, most frequent first, "other" last.
    """
    rows = _rows(map(question_word, questions), exact, f1)
    return tuple(sorted(rows, key=lambda row: (row.name == _OTHER, -row.count, row.name)))


def scores_by_article(articles: Sequence[str], exact: Sequence[float], f1: Sequence[float]) -> tuple[ScoreRow, ...]:
    """Scores questions by the articles they are about.

    Args:
        articles: Each question's article.
        exact: Exact match of each, from 0 to 1.
        f1: F1 of each, from 0 to 1.

    Returns:
        A row for each article, lowest F1 first.
    """
    return tuple(sorted(_rows(articles, exact, f1), key=lambda row: (row.f1, row.name)))


def question_word(question: str) -> str:
    """Finds the question word of an English question: the first one, wherever it stands ("In what country …?").

    Args:
        question: The text.

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


def _bucket(place: int) -> str:
    if place == 0:
        return f"up to {_BOUNDS[0]}"
    return f"over {_BOUNDS[-1]}" if place == len(_BOUNDS) else f"{_BOUNDS[place - 1] + 1} to {_BOUNDS[place]}"


def _rows(names: Iterable[str], exact: Sequence[float], f1: Sequence[float]) -> list[ScoreRow]:
    members: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        members.setdefault(name, []).append(place)
    return [
        ScoreRow(name, len(places), _mean([exact[place] for place in places]), _mean([f1[place] for place in places]))
        for name, places in members.items()
    ]


def _mean(scores: Sequence[float]) -> float:
    return float(100.0 * sum(scores) / len(scores))
