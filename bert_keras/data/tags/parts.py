"""The files that texts with entities can be read from."""

import json
import re
from collections.abc import Iterator
from typing import Any, Protocol

from bert_keras.data.annotations.tool import NOT_ANNOTATED
from bert_keras.data.json_file import KINDS as JSON, JsonFile
from bert_keras.data.json_lines import KINDS as JSON_LINES, JsonLinesFile
from bert_keras.data.questions.formats import format_of
from bert_keras.data.tags.columns import ColumnFile, marked_words
from bert_keras.data.tags.entries import OTHER_ANNOTATIONS, TAGS, WORDS, Unmarked, task_of, texts_of_entry
from bert_keras.data.tags.marked_text import MarkedText
from bert_keras.data.tags.named_tags import scheme_of
from bert_keras.data.tags.reading import TagReading
from bert_keras.errors import DataError
from bert_keras.files.messages import TFDS_PREFIX, shown_value, where
from bert_keras.files.text_file import TextFile
from bert_keras.tagging.scheme import TagScheme

# A word may be a bracket, and a list or an object does not begin with a word.
_DOCUMENT = re.compile(rb"(?:\xef\xbb\xbf)?(?:\{\s*[\"}]|\[\s*[\[{\]])")
_FIRST = 4096  # bytes


class TagPart(Protocol):
    """A file of texts with entities.

    Attributes:
        name: The name of the file.
        layout: What it holds, "columns" or "JSON".
        described: What was read, for the user; empty if there is nothing to say.
    """

    name: str
    layout: str
    described: str

    def texts(self) -> Iterator[MarkedText | Unmarked]:
        """Reads the texts from the start.

        Raises:
            DataError: They cannot be read; the message names the place.
        """
        ...


def tag_part(name: str, reading: TagReading) -> TagPart:
    """Opens a file of texts with entities, whose format its content tells.

    Args:
        name: The path of the file.
        reading: How it is read.

    Returns:
        The reader of its texts.

    Raises:
        DataError: The file does not exist, or its format is not supported.
    """
    if name.startswith(TFDS_PREFIX):
        raise DataError(f"{name}: entities are read from files of columns and of JSON; save the data set as one")
    found = format_of(name)
    if found == "table":
        raise DataError(
            f"{name}: entities are read from files of columns and of JSON, and this is Parquet or Arrow; write JSON "
            'lines of it, {"text": "…", "label": [[0, 5, "PER"]]}'
        )
    if found is None or (found == "document" and not _is_json(TextFile(name))):
        return ColumnFile(name, reading)
    return JsonTexts(name, reading, lines=found == "lines")


def _is_json(file: TextFile) -> bool:
    """Returns whether a file that may be a JSON document is one, by its name or its first bytes."""
    return file.kind in (*JSON, *JSON_LINES) or bool(_DOCUMENT.match(file.head(_FIRST)[0].lstrip()))


class JsonTexts:
    """A file of JSON objects, one a line or in a list; see `entries.texts_of_entry`.

    Objects with the keys `tokens` and `ner_tags` (or `tags`, `ner`, `labels`) hold words and their tags.

    Args:
        name: The path of the file.
        reading: How it is read.
        lines: Whether there is an object in each line.
    """

    layout = "JSON"

    def __init__(self, name: str, reading: TagReading, lines: bool) -> None:
        self.name, self._reading, self._lines, self.described = name, reading, lines, ""

    def texts(self) -> Iterator[MarkedText | Unmarked]:
        """Reads the texts; see `TagPart`."""
        entries = list(self._entries())
        scheme, tasks = self._scheme(entries), set[str]()
        for place, entry in entries:
            if isinstance(entry, Unmarked):
                yield entry
            elif isinstance(entry, dict) and WORDS in entry and _tags_of(entry) is not None:
                yield marked_words(entry[WORDS], _tags_of(entry) or [], scheme, place)
            elif (task := task_of(entry)) in tasks:
                yield Unmarked(OTHER_ANNOTATIONS)
            else:
                yield from texts_of_entry(entry, self._reading.text_column, place)
                tasks |= set() if task is None else {task}

    def _entries(self) -> Iterator[tuple[str, Any]]:
        if self._lines:
            for line, entry in JsonLinesFile(self.name).objects():
                yield where(self.name, line), entry
            return
        document = JsonFile(self.name).document()
        if isinstance(document, dict) and "classes" in document and isinstance(document.get("annotations"), list):
            # As NER Annotator writes it, with null for a text that nobody has seen.
            document = [Unmarked(NOT_ANNOTATED) if entry is None else entry for entry in document["annotations"]]
        if not isinstance(document, list):
            document = [document]
        for number, entry in enumerate(document, 1):
            place = f"{self.name}, entry {number}"
            if isinstance(entry, Unmarked):
                yield place, entry
                continue
            try:
                json.dumps(entry, ensure_ascii=False).encode()
            except UnicodeEncodeError as error:
                raise DataError(
                    f"{place}: half of a surrogate pair, which is no character. Received: {shown_value(entry)}"
                ) from error
            yield place, entry

    def _scheme(self, entries: list[tuple[str, Any]]) -> TagScheme | None:
        """Checks words and tags, and returns what these mean; `None` if there are none but `O`."""
        places: dict[str, str] = {}
        for place, entry in entries:
            tags = _tags_of(entry) if isinstance(entry, dict) and WORDS in entry else None
            if tags is None:
                continue
            words = entry[WORDS]
            if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
                raise DataError(f"{place}: a list of words expected under {WORDS}. Received: {shown_value(words)}")
            blank = next((number for number, word in enumerate(words, 1) if not word.strip()), None)
            if blank is not None:
                raise DataError(
                    f"{place}: word {blank} of {len(words)} is blank; leave it out, with its tag. "
                    f"Received: {words[blank - 1]!r}"
                )
            if len(words) != len(tags) or not all(isinstance(tag, str) and tag.strip() for tag in tags):
                numbers = " with names, not numbers" if any(type(tag) is int for tag in tags) else ""
                raise DataError(
                    f"{place}: a tag{numbers} for each of {len(words)} words expected. Received: {shown_value(tags)}"
                )
            for tag in tags:
                places.setdefault(tag, place)
        return scheme_of(places, self.name, "are these the tags?")


def _tags_of(entry: dict[str, Any]) -> list[Any] | None:
    return next((entry[name] for name in TAGS if isinstance(entry.get(name), list)), None)
