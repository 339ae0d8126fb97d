"""Texts with entities as JSON objects: doccano, spaCy, Prodigy, Label Studio, and words with tags."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

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
_OF_LABEL_STUDIO = "annotation_id"
# What Label Studio's annotators say of a region, beside its labels, is a result with the place of the region too.
_OF_A_REGION = ("choices", "rating", "number", "taxonomy")
Unit: TypeAlias = Literal["code points", "UTF-16 units", "UTF-8 bytes"]
"""What the places of spans count."""


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


def task_of(entry: Any) -> str | None:
    """Returns the task that a row of Label Studio's JSON_MIN is an annotation of; `None` for any other entry."""
    has_task = isinstance(entry, dict) and _OF_LABEL_STUDIO in entry and entry.get("id") is not None
    return str(entry["id"]) if has_task else None


def _of_task(task: dict[str, Any], text_column: str | None, place: str) -> Iterator[MarkedText | Unmarked]:
    """Reads a task of Label Studio: the first annotation that was not cancelled counts."""
    annotations = [each for each in task["annotations"] if isinstance(each, dict)]
    kept = [each for each in annotations if not each.get("was_cancelled")]
    if not kept:
        yield Unmarked(SKIPPED if annotations else NOT_ANNOTATED)
        return
    text = _text_of(task["data"], text_column, place)
    results = kept[0].get("result")
    values = [each.get("value") for each in results if isinstance(each, dict)] if isinstance(results, list) else []
    regions = [value for value in values if isinstance(value, dict) and "start" in value and not _is_remark(value)]
    yield MarkedText(text, tuple(_placed(regions, text, place, "UTF-16 units")), place)
    for _ in kept[1:]:
        yield Unmarked(OTHER_ANNOTATIONS)


def _is_remark(value: dict[str, Any]) -> bool:
    """Returns whether the value of a result is what an annotator chose or wrote about a region."""
    return any(name in value for name in _OF_A_REGION) or isinstance(value.get("text"), list)


def _text_of(entry: dict[str, Any], text_column: str | None, place: str) -> str:
    usual = (name for known in TEXT_COLUMNS for name in entry if name.strip().lower() == known)
    name = next(usual, None) if text_column is None else text_column
    text = None if name is None else entry.get(name)
    if not isinstance(text, str):
        what = f"a text under {name!r}" if name is not None else "a text under a usual key, such as text"
        received = f"the keys {listed(list(entry)) or 'none'}" if text is None else shown_value(text)
        raise DataError(f"{place}: {what} expected. Received: {received}; name its key with text_column")
    return text


def _spans_of(entry: dict[str, Any], text: str, place: str) -> list[Span]:
    if _OF_LABEL_STUDIO in entry:
        # JSON_MIN: a key for each control, by its name, and none for a control without a region.
        lists = [value for value in entry.values() if isinstance(value, list)]
        regions = [each for value in lists for each in value if isinstance(each, dict) and "start" in each]
        return list(_placed([each for each in regions if not _is_remark(each)], text, place, "UTF-16 units"))
    lists = [entry[name] for name in _SPANS if isinstance(entry.get(name), list)]
    if not lists and "_task_hash" in entry and isinstance(entry.get(WORDS), list):
        return []  # Prodigy shows words to mark, and nothing was marked
    if not lists:
        raise DataError(
            f'{place}: a list of spans expected under one of {", ".join(_SPANS)}, e.g. {{"text": "…", "label": '
            f'[[0, 5, "PER"]]}}; an empty list says that there are none. Received: the keys {listed(list(entry))}'
        )
    return list(_placed(next(filter(None, lists), []), text, place, "code points"))


def _placed(spans: Sequence[Any], text: str, place: str, usual: Unit) -> Iterator[Span]:
    """Yields spans in code points; where they say their text, that tells what those of a text count."""
    parts = [_checked_parts(span, f"{place}: span {number}") for number, span in enumerate(spans, 1)]
    units = [usual, *(unit for unit in get_args(Unit) if unit != usual)]
    unit = next((unit for unit in units if all(_is_said(text, part, unit) for part in parts)), usual)
    for number, (part, span) in enumerate(zip(parts, spans, strict=True), 1):
        found = _cut(text, part, unit)
        if found is None:
            raise DataError(
                f"{place}: span {number} is not within the text of {len(text):,} characters. Received: "
                f"{shown_value(span)}"
            )
        before, marked = found
        if not _is_said(text, part, unit):
            raise DataError(
                f"{place}: span {number} says {shown_value(part.said)}, but from {part.start} to {part.end} "
                f"({unit}) the text is {shown_value(marked)}"
            )
        for name in part.names:
            yield Span(len(before), len(before) + len(marked), name)


class _Parts(NamedTuple):
    """A span as a file has it: its place, its labels, and its text if it says that."""

    start: int
    end: int
    names: list[str]
    said: str | None


def _checked_parts(span: Any, place: str) -> _Parts:
    start, end, labels, said = _parts(span)
    names = labels if isinstance(labels, list) else [labels]
    whole = type(start) is int and type(end) is int
    if not whole or not names or not all(isinstance(name, str) and name.strip() for name in names):
        raise DataError(f"{place} must have a start, an end and a label. Received: {shown_value(span)}")
    return _Parts(start, end, [name.strip() for name in names], said if isinstance(said, str) else None)


def _parts(span: Any) -> tuple[Any, Any, Any, Any]:
    """Returns the start, the end, the label or labels, and the text of a span; `None` for what it lacks."""
    if isinstance(span, list | tuple):
        return (*span[:3], None) if len(span) >= 3 else (None,) * 4
    if not isinstance(span, dict):
        return (None,) * 4
    start, end = (next((span[name] for name in names if name in span), None) for names in (_STARTS, _ENDS))
    return start, end, span.get("label", span.get("labels")), span.get("text")


def _is_said(text: str, part: _Parts, unit: Unit) -> bool:
    """Returns whether a span is what it says, if its place counts a unit; one that says nothing may be anything."""
    if part.said is None:
        return True
    found = _cut(text, part, unit)
    return found is not None and found[1] in (part.said, part.said.replace("\\n", "\n"))  # as Label Studio writes it


def _cut(text: str, part: _Parts, unit: Unit) -> tuple[str, str] | None:
    """Returns the text before a span and the span, its place counting a unit; `None` if it is not within the text."""
    if unit == "code points":
        inside = 0 <= part.start <= part.end <= len(text)
        return (text[: part.start], text[part.start : part.end]) if inside else None
    encoding, size = ("utf-16-le", 2) if unit == "UTF-16 units" else ("utf-8", 1)
    units = text.encode(encoding)
    first, last = size * part.start, size * part.end
    if not 0 <= first <= last <= len(units):
        return None
    return units[:first].decode(encoding, "replace"), units[first:last].decode(encoding, "replace")
