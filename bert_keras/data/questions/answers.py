"""The answers of a question, in the shapes that tools and frames write."""

import json
import re
from collections.abc import Iterator
from typing import Any

from bert_keras.data.labels.missing import is_null
from bert_keras.data.questions.fields import object_of, start_of, text_at, text_of
from bert_keras.data.questions.mrqa import detected_answers
from bert_keras.data.questions.question import GivenAnswer
from bert_keras.errors import DataError
from bert_keras.files.messages import shown, shown_value

ANSWERS = "answers"
DETECTED = "detected_answers"
# The columns that `Dataset.flatten()` of Hugging Face and `pandas.json_normalize` make of the object.
FLAT_TEXTS, FLAT_STARTS = "answers.text", "answers.answer_start"
KEYS = (ANSWERS, DETECTED, FLAT_TEXTS)
"""The keys that answers are read from."""

_STARTS = ("answer_start", "start")
_BLANK = GivenAnswer("", None)  # a null in place of an answer
# Keys that say something about answers, and are no answers.
_ABOUT = re.compile(
    r"answer(able|ability|ed|er|ing).*|answers?[ _.-]?(type|categor(y|ie)|id|start|end|offset|position|count|source|"
    r"lang|language|status|score|index)(e?s)?"
)


def given_answers(entry: dict[str, Any], context: str, place: str) -> Iterator[GivenAnswer]:
    """Reads the answers of a question.

    Args:
        entry: The question. Its `answers` are a list of texts, a list of objects with `text` and `answer_start` or
            `start`, as in Hugging Face data sets an object of two lists `text` and `answer_start`, or a single text or
            object. None or an empty list means no answer. `detected_answers` are those of MRQA.
        context: The context of the question.
        place: The location of the question, for messages.

    Yields:
        The answers as they are stated, blank ones too.

    Raises:
        DataError: The answers have another shape.
    """
    if entry.get(DETECTED):
        yield from detected_answers(entry[DETECTED], context, place)
        return
    answers = entry.get(ANSWERS)
    if (is_null(answers) or not answers) and FLAT_TEXTS in entry:
        answers = {"text": entry[FLAT_TEXTS], "answer_start": entry.get(FLAT_STARTS)}
    if isinstance(answers, str):
        answers = _of_text(answers, context, place)
    if isinstance(answers, str) or (isinstance(answers, list) and all(isinstance(answer, str) for answer in answers)):
        answers = {"text": answers, "answer_start": entry.get(_STARTS[0])}
    if isinstance(answers, dict):
        yield from _of_object(answers, place)
    elif isinstance(answers, list):
        for answer in answers:
            yield from _of_item(answer, place)
    elif not is_null(answers):
        raise _wrong(answers, place)


def check_no_other_key(entry: dict[str, Any], place: str) -> None:
    """Rejects answers under a key that is not read, since the question would otherwise count as unanswerable.

    Args:
        entry: A question without answers.
        place: The location of the question, for messages.

    Raises:
        DataError: A key that begins with or ends in "answer" or "answers" holds a text.
    """
    for key, value in entry.items():
        name = key.strip().lower()
        like = name.startswith("answer") or name.endswith(("answer", "answers"))
        if like and key not in KEYS and not _ABOUT.fullmatch(name) and _holds_text(value):
            advice = 'name it "answers": a list of texts, or of objects with text and answer_start'
            raise DataError(f'{place}: no answers are read, and there is a key "{shown(key)}"; {advice}')


def _holds_text(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_text, value.values()))
    if isinstance(value, list):
        return any(map(_holds_text, value))
    return isinstance(value, str) and bool(value.strip())


def _of_text(answer: str, context: str, place: str) -> Any:
    """Returns a list or an object that was written as JSON text, as tables hold it, parsed; any other text as it is."""
    bare = answer.strip()
    if not bare.startswith(("[", "{")) or bare in context:
        return answer
    try:
        return json.loads(bare)
    except (ValueError, RecursionError):
        raise _wrong(answer, place) from None


def _of_item(answer: Any, place: str) -> Iterator[GivenAnswer]:
    if isinstance(answer, str):
        yield GivenAnswer(text_of(answer, '"answers": a text', place), None)
    elif is_null(answer):
        yield _BLANK
    else:
        yield from _of_object(object_of(answer, f'{place}: "answers"'), place)


def _of_object(answer: dict[str, Any], place: str) -> Iterator[GivenAnswer]:
    """Reads an object with a text, or with lists of texts and offsets."""
    if not answer:
        return
    texts = answer.get("text")
    starts = next((answer[key] for key in _STARTS if not is_null(answer.get(key))), None)
    if not isinstance(texts, list):
        if is_null(texts) and "text" in answer:
            yield _BLANK
            return
        yield GivenAnswer(text_at(answer, "text", place), start_of(starts, place))
        return
    if starts is None:
        starts = [None] * len(texts)
    elif len(texts) <= 1 and not isinstance(starts, list):
        starts = [starts] * len(texts)
    if not isinstance(starts, list) or len(texts) != len(starts):
        raise _wrong(answer, place)
    for text, start in zip(texts, starts, strict=True):
        given = "" if is_null(text) else text_of(text, '"answers": a text', place)
        yield GivenAnswer(given, start_of(start, place))


def _wrong(answers: Any, place: str) -> DataError:
    expected = (
        "a text, a list of texts, a list of objects with text and answer_start, "
        "or an object of two lists of one length expected"
    )
    return DataError(f'{place}: "answers": {expected}. Received: {shown_value(answers)}')
