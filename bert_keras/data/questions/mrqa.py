"""The answers of MRQA 2019 (Fisch et al. 2019): texts with the spans of their characters, ends inclusive."""

from collections.abc import Iterator
from typing import Any

from bert_keras.data.labels.missing import is_null
from bert_keras.data.questions.fields import object_of, text_of
from bert_keras.data.questions.lists import rows_of
from bert_keras.data.questions.question import GivenAnswer
from bert_keras.errors import DataError
from bert_keras.files.messages import shown_value

_KEY = "detected_answers"


def detected_answers(given: Any, context: str, place: str) -> Iterator[GivenAnswer]:
    """Reads the value of `detected_answers`.

    Args:
        given: A list of objects with `text` and `char_spans`, `[[first, last], …]` in code points, both inclusive; or,
            as in the data set "mrqa" of Hugging Face, an object of lists, with spans of `start` and `end`.
        context: The context. Its words count where a text differs from them in case or blanks.
        place: The location of the question, for messages.

    Yields:
        An answer for each span; without spans, for each text.

    Raises:
        DataError: An answer has neither a text nor spans, or they have another shape.
    """
    told = set()
    for value in rows_of(given, f'{place}: "{_KEY}"'):
        answer = object_of(value, f'{place}: "{_KEY}"')
        text = None if is_null(answer.get("text")) else text_of(answer["text"], f'"{_KEY}": a text', place)
        spans: list[tuple[int, int] | None] = [*_spans(answer.get("char_spans"), place)]
        if text is None and not spans:
            raise DataError(f'{place}: "{_KEY}": text and char_spans expected. Received: {shown_value(answer)}')
        for span in spans or [None]:
            found = _answer(text, span, context)
            if found not in told:
                told.add(found)
                yield found


def _answer(text: str | None, span: tuple[int, int] | None, context: str) -> GivenAnswer:
    if span is None or span[0] < 0:
        return GivenAnswer(text or "", None)
    covered = context[span[0] : span[1] + 1]
    if text is None or _likeness(text) == _likeness(covered):
        return GivenAnswer(covered, span[0])
    return GivenAnswer(text, span[0])


def _likeness(text: str) -> str:
    return " ".join(text.casefold().split())


def _spans(given: Any, place: str) -> Iterator[tuple[int, int]]:
    for span in rows_of(given, f'{place}: "char_spans"') if given else ():
        ends = [span.get("start"), span.get("end")] if isinstance(span, dict) else span
        if not isinstance(ends, list) or len(ends) != 2 or not all(type(end) is int for end in ends):
            expected = "pairs of the first and the last character expected"
            raise DataError(f'{place}: "char_spans": {expected}. Received: {shown_value(span)}')
        yield ends[0], ends[1]
