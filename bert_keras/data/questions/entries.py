"""Questions as objects: alone, in paragraphs with a context, and in articles of paragraphs."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from bert_keras.data.labels.missing import is_null
from bert_keras.data.questions.answers import ANSWERS, KEYS, check_no_other_key, given_answers
from bert_keras.data.questions.fields import flag_of, id_of, object_of, text_at, text_of, value_at
from bert_keras.data.questions.lists import rows_of
from bert_keras.data.questions.question import GivenQuestion
from bert_keras.errors import DataError
from bert_keras.files.messages import shown, shown_value

QUESTION, CONTEXT, PARAGRAPHS, PARAGRAPH = "question", "context", "paragraphs", "qas"
_IDS = ("id", "qid", "question_id")
_IMPOSSIBLE = "is_impossible"


class Origin(NamedTuple):
    """Where an object comes from.

    Attributes:
        place: The location of the object, for messages.
        id: The id of its question if it states none, or the beginning of it: "dev.jsonl:3".
        title: The title of the article; "" if there is none.
    """

    place: str
    id: str
    title: str = ""


def questions_in(value: Any, origin: Origin, labelled: bool) -> Iterator[GivenQuestion]:
    """Reads the questions of an object: an article with `paragraphs`, a paragraph with `qas`, or a question.

    Args:
        value: The object, as `json.loads` returns it.
        origin: Where it comes from.
        labelled: Whether to read the answers.

    Yields:
        All questions in their order.

    Raises:
        DataError: A key is missing or has a wrong type; the message names the location.
    """
    entry = object_of(value, origin.place)
    if not is_null(entry.get(PARAGRAPHS)):
        yield from questions_of_article(entry, origin, labelled)
    elif not is_null(entry.get(PARAGRAPH)):
        yield from _of_paragraph(entry, origin._replace(title=_title(entry, origin.place)), labelled)
    else:
        yield question_of(entry, origin, labelled)


def questions_of_article(article: dict[str, Any], origin: Origin, labelled: bool) -> Iterator[GivenQuestion]:
    """Reads the questions of an article of SQuAD; see `questions_in`."""
    title = _title(article, origin.place)
    paragraphs = rows_of(value_at(article, PARAGRAPHS, origin.place), f'{origin.place}: "{PARAGRAPHS}"')
    for number, paragraph in enumerate(paragraphs, 1):
        within = Origin(f"{origin.place}, paragraph {number}", f"{origin.id}.{number}", title)
        yield from _of_paragraph(object_of(paragraph, within.place), within, labelled)


def question_of(entry: dict[str, Any], origin: Origin, labelled: bool, context: str | None = None) -> GivenQuestion:
    """Converts an object to a question.

    Args:
        entry: The object with `question`, and optionally `id`, `title`, `is_impossible` and answers; see
            `answers.given_answers`.
        origin: Where it comes from.
        labelled: Whether to read the answers.
        context: The context. None means that it is the object's `context`.

    Returns:
        The question.

    Raises:
        DataError: A key is missing or has a wrong type.
    """
    place = origin.place
    stated = next((id_ for key in _IDS if (id_ := id_of(entry.get(key), place)) is not None), None)
    text = text_at(entry, QUESTION, place)
    context = text_at(entry, CONTEXT, place) if context is None else context
    impossible = flag_of(entry.get(_IMPOSSIBLE), _IMPOSSIBLE, place) if labelled else None
    answers = tuple(given_answers(entry, context, place)) if labelled else ()
    if labelled:
        _check(entry, impossible, any(answer.text.strip() for answer in answers), place)
    return GivenQuestion(
        id=origin.id if stated is None else stated,
        text=text,
        context=context,
        answers=answers,
        article=origin.title or _title(entry, place),
        place=place,
        impossible=impossible,
        silent=impossible is None and not any(key in entry for key in KEYS),
        named=stated is not None,
    )


def _of_paragraph(paragraph: dict[str, Any], origin: Origin, labelled: bool) -> Iterator[GivenQuestion]:
    context = text_at(paragraph, CONTEXT, origin.place)
    questions = rows_of(value_at(paragraph, PARAGRAPH, origin.place), f'{origin.place}: "{PARAGRAPH}"')
    for number, value in enumerate(questions, 1):
        place = f"{origin.place}, question {number}"
        entry = object_of(value, place)
        stated = next((id_ for key in _IDS if (id_ := id_of(entry.get(key), place)) is not None), None)
        named = place if stated is None else f"{origin.place}, id {shown(stated)}"
        question = question_of(entry, Origin(named, f"{origin.id}.{number}", origin.title), labelled, context)
        if labelled and question.silent:
            value_at(entry, ANSWERS, named)  # an unanswerable question has an empty list, or a mark
        yield question


def _title(entry: dict[str, Any], place: str) -> str:
    title = entry.get("title")
    return "" if is_null(title) else text_of(title, '"title": a text', place)


def _check(entry: dict[str, Any], impossible: bool | None, answered: bool, place: str) -> None:
    """Rejects a question that is marked as unanswerable and has answers, or whose answers are not read."""
    if impossible and answered:
        given = shown_value(next((entry[key] for key in KEYS if entry.get(key)), None))
        raise DataError(f'{place}: "{_IMPOSSIBLE}" is true, and there are answers. Received: {given}; take one away')
    if not impossible and not answered:
        check_no_other_key(entry, place)
