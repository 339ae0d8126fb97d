"""Texts with entities as JSON objects: doccano, spaCy, Prodigy, Label Studio, and words with tags."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bert_keras.data.annotations.label_studio import SKIPPED
from bert_keras.data.annotations.tool import NOT_ANNOTATED
from bert_keras.data.column_names import TEXT_COLUMNS
from bert_keras.data.tags.marked_text import MarkedText
from bert_keras.errors import DataError
from bert_keras.files.messages import listed, shown_value
from bert_keras.tagging.alignment import Span

WORDS = "tokens"
TAGS = ("ner_tags", "tags", "ner", "labels")
"""The keys of words and of their tags."""
OTHER_ANNOTATIONS = "other annotations of the same text"
_SPANS = ("entities", "spans", "label", "labels")
_STARTS, _ENDS = ("start", "start_offset"), ("end", "end_offset")
_NEITHER = ("reject", "ignore")


@dataclass(frozen=True)
class Unmarked:
    """A row that is left out.

    Attributes:
        reason: Why.
    """

    reason: str


def texts_of_entry(entry: Any, text_column: str | None, place: str) -> Iterator[MarkedText | Unmarked]:
    """Reads an object of a file.

    Args:
        entry: The object: of doccano `{"text", "label": [[start, end, label]]}`, or `entities` with `start_offset`; of
            spaCy `{"text", "entities": [[start, end, label]]}` or `[text, {"entities": …}]`; of Prodigy `{"text",
            "spans": [{"start", "end", "label"}]}`; of Label Studio a task with `annotations`, or a row of JSON_MIN.
        text_column: The key of the text. `None` means a usual one.
        place: Where the object is.

    Yields:
        The text with its entities; or what is left out.

    Raises:
        DataError: It is something else; the message names the place.
    """
    if isinstance(entry, list | tuple) and len(entry) == 2 and isinstance(entry[1], dict):
        entry = {"text": entry[0]} | entry[1]
    if not isinstance(entry, dict):
        raise DataError(f"{place}: an object with a text and its spans expected. Received: {shown_value(entry)}")
    if isinstance(entry.get("annotations"), list) and isinstance(entry.get("data"), dict):
        yield from _of_task(entry, text_column, place)
    elif entry.get("answer") in _NEITHER:
        yield Unmarked(f"answered {entry['answer']}")
    else:
        text = _text_of(entry, text_column, place)
        yield MarkedText(text, tuple(_spans_of(entry, text, place)), place)


def _of_task(task: dict[str, Any], text_column: str | None, place: str) -> Iterator[MarkedText | Unmarked]:
    """Reads a task of Label Studio: the first annotation that was not cancelled counts."""
    annotations = [each for each in task["annotations"] if isinstance(each, dict)]
    kept = [each for each in annotations if not each.get("was_cancelled")]
    if not kept:
        yield Unmarked(SKIPPED if annotations else NOT_ANNOTATED)
        return
    text = _text_of(task["data"], text_column, place)
    results = kept[0].get("result")
    regions = (
        [
            each["value"]
            for each in results
            if isinstance(each, dict) and isinstance(each.get("value"), dict) and "start" in each["value"]
        ]
        if isinstance(results, list)
        else []
    )
    yield MarkedText(text, tuple(_placed(regions, text, place)), place)
    for _ in kept[1:]:
        yield Unmarked(OTHER_ANNOTATIONS)


def _text_of(entry: dict[str, Any], text_column: str | None, place: str) -> str:
    usual = (name for known in TEXT_COLUMNS for name in entry if name.strip().lower() == known)
    name = next(usual, None) if text_column is None else text_column
    text = None if name is None else entry.get(name)
    if not isinstance(text, str):
        what = f"a text under {name!r}" if name is not None else "a text under a usual key, such as text"
        received = f"the keys {listed(list(entry))}" if text is None else shown_value(text)
        raise DataError(f"{place}: {what} expected. Received: {received}; name its key with text_column")
    return text


def _spans_of(entry: dict[str, Any], text: str, place: str) -> list[Span]:
    name = next((name for name in _SPANS if isinstance(entry.get(name), list)), None)
    if name is None:
        raise DataError(
            f'{place}: a list of spans expected under one of {", ".join(_SPANS)}, e.g. {{"text": "…", "label": '
            f'[[0, 5, "PER"]]}}; an empty list says that there are none. Received: the keys {listed(list(entry))}'
        )
    return list(_placed(entry[name], text, place))


def _placed(spans: Sequence[Any], text: str, place: str) -> Iterator[Span]:
    for number, span in enumerate(spans, 1):
        start, end, labels, said = _parts(span)
        names = labels if isinstance(labels, list) else [labels]
        whole = type(start) is int and type(end) is int
        if not whole or not names or not all(isinstance(name, str) and name.strip() for name in names):
            raise DataError(
                f"{place}: span {number} must have a start, an end and a label. Received: {shown_value(span)}"
            )
        if isinstance(said, str):
            start, end = _where_said(text, start, end, said, f"{place}: span {number}")
        if not 0 <= start <= end <= len(text):
            raise DataError(
                f"{place}: span {number} is not within the text of {len(text):,} characters. Received: "
                f"{shown_value(span)}"
            )
        for name in names:
            yield Span(start, end, name)


def _parts(span: Any) -> tuple[Any, Any, Any, Any]:
    """Returns the start, the end, the label or labels, and the text of a span; `None` for what it lacks."""
    if isinstance(span, list | tuple):
        return (*span[:3], None) if len(span) >= 3 else (None,) * 4
    if not isinstance(span, dict):
        return (None,) * 4
    start, end = (next((span[name] for name in names if name in span), None) for names in (_STARTS, _ENDS))
    return start, end, span.get("label", span.get("labels")), span.get("text")


def _where_said(text: str, start: int, end: int, said: str, place: str) -> tuple[int, int]:
    """Returns the code points of a span that says its text; tools in JavaScript count UTF-16 units."""
    wanted = {said, said.replace("\\n", "\n")}  # Label Studio writes line ends so
    if text[start:end] in wanted:
        return start, end
    units = text.encode("utf-16-le")
    if 0 <= start <= end <= len(units) // 2:
        before, span = (
            units[2 * first : 2 * last].decode("utf-16-le", "replace") for first, last in ((0, start), (start, end))
        )
        if span in wanted:
            return len(before), len(before) + len(span)
    raise DataError(
        f"{place} says {shown_value(said)}, but from {start} to {end} the text is {shown_value(text[start:end])}"
    )
