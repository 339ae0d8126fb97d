"""Questions as flat objects, each with its context, as in JSON lines, JSON lists and TFDS data sets."""

from collections.abc import Iterator
from typing import Any

from bert_keras.data.questions.fields import object_of, text_at, text_of
from bert_keras.data.questions.question import GivenAnswer, GivenQuestion
from bert_keras.errors import DataError
from bert_keras.files.messages import shown_value

_STARTS = ("answer_start", "start")


def question_of(entry: dict[str, Any], place: str, default_id: str, labelled: bool) -> GivenQuestion:
    """Converts an object to a question.

    Args:
        entry: The object with `question` and `context`, and optionally `answers`, `id`, `title` and `is_impossible`.
            Answers are a list of texts, a list of objects with `text` and `answer_start` or `start`, or, as in Hugging
            Face data sets, an object of two lists `text` and `answer_start`. None or an empty list means no answer.
        place: The location of the object, for messages.
        default_id: The id of a question without one.
        labelled: Whether to read the answers.

    Returns:
        The question.

    Raises:
        DataError: A key is missing or has a wrong type.
    """
    given_id, title = entry.get("id"), entry.get("title")
    return GivenQuestion(
        id=default_id if given_id is None else id_of(given_id, place),
        text=text_at(entry, "question", place),
        context=text_at(entry, "context", place),
        answers=tuple(_answers(entry, place)) if labelled else (),
        article="" if title is None else text_of(title, '"title": a text', place),
        place=place,
    )


def id_of(value: Any, place: str) -> str:
    """Returns an id as a string.

    Raises:
        DataError: The id is neither a string nor an integer, or is blank.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        raise DataError(f'{place}: "id": a text or a whole number expected. Received: {shown_value(value)}')
    return text_of(value, '"id": a text', place)


def start_of(value: Any, place: str) -> int | None:
    """Returns the offset of an answer, or None for null.

    Raises:
        DataError: The offset is not an integer.
    """
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise DataError(f'{place}: "answer_start": a whole number expected. Received: {shown_value(value)}')


def check_impossible(entry: dict[str, Any], place: str) -> bool:
    """Returns whether a question is marked as unanswerable (`is_impossible`).

    Raises:
        DataError: The question is marked as unanswerable but has answers, or the value is neither true nor false.
    """
    impossible = entry.get("is_impossible")
    if impossible is None:
        return False
    if not isinstance(impossible, bool):
        raise DataError(f'{place}: "is_impossible": true or false expected. Received: {shown_value(impossible)}')
    answers = entry.get("answers")
    if impossible and (answers.get("text") if isinstance(answers, dict) else answers):
        raise DataError(
            f'{place}: "is_impossible" is true, and there are answers. Received: {shown_value(answers)}; take one away'
        )
    return impossible


def _answers(entry: dict[str, Any], place: str) -> Iterator[GivenAnswer]:
    check_impossible(entry, place)
    answers = entry.get("answers")
    if answers is None:
        _check_misspelt(entry, place)
    elif isinstance(answers, dict):
        yield from _of_two_lists(answers, place)
    elif isinstance(answers, list):
        for answer in answers:
            yield GivenAnswer(answer, None) if isinstance(answer, str) else _of_object(answer, place)
    else:
        raise _wrong(answers, place)


def _of_object(answer: Any, place: str) -> GivenAnswer:
    answer = object_of(answer, f'{place}: "answers"')
    key = next((key for key in _STARTS if key in answer), None)
    return GivenAnswer(text_at(answer, "text", place), None if key is None else start_of(answer[key], place))


def _of_two_lists(answers: dict[str, Any], place: str) -> Iterator[GivenAnswer]:
    texts = answers.get("text")
    starts = next((answers[key] for key in _STARTS if answers.get(key) is not None), None)
    if starts is None and isinstance(texts, list):
        starts = [None] * len(texts)
    if not isinstance(texts, list) or not isinstance(starts, list) or len(texts) != len(starts):
        raise _wrong(answers, place)
    for text, start in zip(texts, starts, strict=True):
        yield GivenAnswer(text_of(text, '"answers": a text', place), start_of(start, place))


def _check_misspelt(entry: dict[str, Any], place: str) -> None:
    """Rejects answers under a similar key, since the question would otherwise silently count as unanswerable."""
    near = next((key for key in entry if key.strip().lower() in ("answer", "answers") and entry[key] is not None), None)
    if near is not None:
        raise DataError(
            f'{place}: no key "answers". Received: {shown_value(near)}; name it answers, and let it hold a list'
        )


def _wrong(answers: Any, place: str) -> DataError:
    expected = (
        "a list of texts, a list of objects with text and answer_start, "
        "or an object of two lists of one length expected"
    )
    return DataError(f'{place}: "answers": {expected}. Received: {shown_value(answers)}')
