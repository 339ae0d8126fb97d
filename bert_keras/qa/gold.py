"""The questions and gold answers of a parsed SQuAD JSON, checked, for evaluation."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bert_keras.errors import DataError

# Whether questions can be unanswerable, by the version that a file states.
_VERSIONS = {"1.1": False, "2.0": True, "2": True}


@dataclass(frozen=True)
class GoldQuestion:
    """A question with its gold answers.

    Attributes:
        id: The question's id as a string, by which predictions refer to it.
        question: The question's text; empty where the file has none.
        article: The title of the article, or "article 3" for the third article if it has no title.
        place: The article, paragraph and id, for messages.
        answers: The texts of all gold answers; empty where the context does not contain an answer.
    """

    id: str
    question: str
    article: str
    place: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Gold:
    """All questions of a file, and the rules to score them by.

    Attributes:
        questions: The questions in the file's order; their ids are unique.
        unanswerable: Whether questions can be unanswerable, as in SQuAD 2.0.
    """

    questions: tuple[GoldQuestion, ...]
    unanswerable: bool


def read_gold(gold: Any) -> Gold:
    """Reads the questions of a SQuAD JSON.

    The file's version decides between the rules of 1.1 and 2.0. For any other version, the rules are those of 2.0 if a
    question has the key `is_impossible` or no answers.

    Args:
        gold: The parsed file: `{"data": [{"paragraphs": [{"qas": [{"id", "answers": [{"text"}]}]}]}]}`.

    Returns:
        The questions. Whether a question is answerable follows from its answers, as in the official script, not from
        `is_impossible`.

    Raises:
        DataError: A key is missing or has a wrong type, an id is repeated, there are no questions, or a question has no
            answers in a file of version 1.1.
    """
    if not isinstance(gold, dict):
        raise DataError(
            f'gold: expected the parsed SQuAD JSON, an object with the key "data". Received: {type(gold).__name__}'
        )
    entries = list(_entries(gold))
    questions = tuple(_question(entry, article, place) for entry, article, place in entries)
    if not questions:
        raise DataError("gold: there is no question in it; give a file with at least one")
    _check_ids(questions)
    version = str(gold.get("version", "")).lower().removeprefix("v")
    marked = any("is_impossible" in entry for entry, _, _ in entries) or not all(
        question.answers for question in questions
    )
    unanswerable = _VERSIONS.get(version, marked)
    if not unanswerable:
        _check_answers(questions)
    return Gold(questions, unanswerable)


def _entries(gold: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Yields each question's object with its article's title and its place for messages, counted from 1."""
    for number, article in enumerate(_part(gold, "data", list, "gold"), 1):
        place = f"article {number}"
        title = _object(article, place).get("title")
        name = title if isinstance(title, str) and title else place
        place += f" ({title!r:.60})" if name is title else ""
        for within, paragraph in enumerate(_part(article, "paragraphs", list, place), 1):
            where = f"{place}, paragraph {within}"
            for nth, entry in enumerate(_part(_object(paragraph, where), "qas", list, where), 1):
                yield _object(entry, f"{where}, question {nth}"), name, f"{where}, question {nth}"


def _question(entry: dict[str, Any], article: str, place: str) -> GoldQuestion:
    if "id" not in entry:
        raise DataError(f'gold, {place}: no key "id". Received: {list(entry)!r:.80}')
    name = entry["id"]
    if isinstance(name, bool) or not isinstance(name, str | int):
        raise DataError(f"gold, {place}: the id must be a string or a whole number. Received: {name!r:.80}")
    place = f"{place.rsplit(', ', 1)[0]}, id {name!r:.80}"
    answers = _part(entry, "answers", list, place)
    texts = tuple(_answer_text(answer, f"{place}, answer {nth}") for nth, answer in enumerate(answers, 1))
    text = entry.get("question", "")
    return GoldQuestion(str(name), text if isinstance(text, str) else "", article, place, texts)


def _answer_text(answer: Any, place: str) -> str:
    return _part(_object(answer, place), "text", str, place)


def _check_ids(questions: tuple[GoldQuestion, ...]) -> None:
    first: dict[str, str] = {}
    for question in questions:
        if question.id in first:
            raise DataError(
                f"gold, {question.place}: the id is that of another question too ({first[question.id]}); make it unique"
            )
        first[question.id] = question.place


def _check_answers(questions: tuple[GoldQuestion, ...]) -> None:
    for question in questions:
        if not question.answers:
            raise DataError(
                f"gold, {question.place}: no answers, and the file is of version 1.1, where each question has one; "
                'answer it, or say "version": "v2.0"'
            )


def _part(entry: dict[str, Any], key: str, kind: type, place: str) -> Any:
    prefix = place if place == "gold" else f"gold, {place}"
    if key not in entry:
        raise DataError(f'{prefix}: no key "{key}". Received: {list(entry)!r:.80}')
    if not isinstance(entry[key], kind):
        raise DataError(
            f'{prefix}: "{key}" must be {"a list" if kind is list else "a string"}. Received: {entry[key]!r:.80}'
        )
    return entry[key]


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise DataError(f"gold, {place}: an object expected. Received: {value!r:.80}")
    return value
