"""Files of columns as CoNLL-2003 has them: a word and its tag a line, a blank line after each sentence."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from bert_keras.data.tags.marked_text import MarkedText
from bert_keras.data.tags.reading import TagReading
from bert_keras.errors import DataError, LabelError
from bert_keras.files.messages import shown, where
from bert_keras.files.text_file import TextFile
from bert_keras.tagging.alignment import Span
from bert_keras.tagging.scheme import OUTSIDE, TagScheme, has_prefix

_DOCUMENT = "-DOCSTART-"
_MOST_TAGS = 1000  # beyond them it is hardly the column of tags


class _Word(NamedTuple):
    line: int
    columns: tuple[str, ...]


class ColumnFile(TextFile):
    """A file of columns, divided by tabs if its first line of a word holds one, else by blanks.

    Lines that begin with `-DOCSTART-` hold no word; neither, in files divided by tabs, those that begin with "#" and
    hold no tab.

    Args:
        path: The path of the file.
        reading: Which columns are read.

    Attributes:
        described: What was read, once the file has been.
    """

    def __init__(self, path: str, reading: TagReading) -> None:
        super().__init__(path)
        self._reading = reading
        self._tabs: bool | None = None
        self.described = ""

    def texts(self) -> Iterator[MarkedText]:
        """Reads the sentences, whose words are joined by single blanks.

        Yields:
            The sentences with their entities.

        Raises:
            DataError: A line has other columns than the first, or tags cannot be read; the message names the line.
        """
        sentences = list(self._sentences())
        if not sentences:
            raise DataError(f"{self.name}: no words in it; expected a word and its tag a line, divided by blanks")
        words, tags = self._places(sentences)
        scheme = self._scheme(sentences, tags)
        for sentence in sentences:
            yield _marked(sentence, words, tags, scheme, where(self.name, sentence[0].line))

    def _sentences(self) -> Iterator[list[_Word]]:
        sentence: list[_Word] = []
        first: _Word | None = None
        for line, raw in enumerate(self.lines(), 1):
            text = raw.rstrip("\r\n")
            if not text.strip():
                if sentence:
                    yield sentence
                sentence = []
                continue
            if self._tabs is None and not text.startswith("#"):
                self._tabs = "\t" in text
            if text.startswith(_DOCUMENT) or (text.startswith("#") and self._tabs is not False and "\t" not in text):
                continue
            # Not at every blank of Unicode: a word may hold some.
            columns = text.split("\t") if self._tabs else re.split(" +", text.strip(" "))
            word = _Word(line, tuple(part.strip(" ") for part in columns))
            first = first or word
            self._check(word, first)
            sentence.append(word)
        if sentence:
            yield sentence

    def _check(self, word: _Word, first: _Word) -> None:
        if len(first.columns) < 2:
            raise DataError(
                f"{where(self.name, word.line)}: a word and its tag expected, divided by a blank or a tab. "
                f"Received: {shown(' '.join(word.columns))}"
            )
        if len(word.columns) != len(first.columns):
            raise DataError(
                f"{where(self.name, word.line)}: {len(first.columns)} columns expected, as in line {first.line}. "
                f"Received: {len(word.columns)}, {shown(' '.join(word.columns))}"
            )

    def _places(self, sentences: list[list[_Word]]) -> tuple[int, int]:
        """Returns the indices of the columns of words and of tags."""
        count = len(sentences[0][0].columns)
        numbered = count > 2 and all(
            word.columns[0] == str(number) for sentence in sentences for number, word in enumerate(sentence, 1)
        )
        given = self._reading.word_column or (2 if numbered else 1), self._reading.tag_column or -1
        for column in given:
            if abs(column) > count:
                raise DataError(f"{self.name}: there are {count} columns. Received: column {column}")
        words, tags = (column % count if column < 0 else column - 1 for column in given)
        if words == tags:
            raise DataError(f"{self.name}: words and tags are two columns. Received: column {words + 1} for both")
        self.described = f"columns, words in {words + 1} and tags in {tags + 1} of {count}"
        empty = next((word for sentence in sentences for word in sentence if not word.columns[words]), None)
        if empty is not None:
            raise DataError(f"{where(self.name, empty.line)}: an empty word. Received: {shown(repr(empty.columns))}")
        return words, tags

    def _scheme(self, sentences: list[list[_Word]], column: int) -> TagScheme | None:
        """Returns the meaning of the tags; `None` if all words are outside of entities."""
        lines: dict[str, int] = {}
        for sentence in sentences:
            for word in sentence:
                lines.setdefault(word.columns[column], word.line)
        told = f"is column {column + 1} that of the tags?"
        if len(lines) > _MOST_TAGS:
            raise DataError(f"{self.name}: {told} Received: {len(lines):,} different values")
        try:
            scheme = TagScheme.of(["O", *(tag for tag in lines if tag != "O")])
        except LabelError:
            return None
        named = [tag for tag, kind in zip(scheme.tags, scheme.kinds, strict=True) if kind != OUTSIDE]
        bare = [tag for tag in named if not has_prefix(tag)]
        if any(tag not in scheme.types for tag in named) and bare:
            raise DataError(
                f"{where(self.name, lines[bare[0]])}: a tag without prefix among tags with prefixes, such as "
                f"{next(tag for tag in named if has_prefix(tag))}; {told} Received: {shown(bare[0])}"
            )
        if all(tag.isdecimal() for tag in named):
            raise DataError(
                f"{where(self.name, lines[named[0]])}: tags are numbers, whose names are unknown; write names, such as "
                f"B-PER, in their place. Received: {shown(named[0])}"
            )
        return scheme


def _marked(sentence: list[_Word], words: int, tags: int, scheme: TagScheme | None, place: str) -> MarkedText:
    return marked_words(
        [word.columns[words] for word in sentence], [word.columns[tags] for word in sentence], scheme, place
    )


def marked_words(words: list[str], tags: list[str], scheme: TagScheme | None, place: str) -> MarkedText:
    """Joins tagged words to a text.

    Args:
        words: The words, which single blanks join.
        tags: The tag of each.
        scheme: The meaning of the tags; `None` if no word is in an entity.
        place: Where they are.

    Returns:
        The text with its entities.
    """
    ends: list[int] = []
    for word in words:
        ends.append(len(word) + (ends[-1] + 1 if ends else 0))
    found = [] if scheme is None else scheme.spans([scheme.tags.index(tag) for tag in tags])
    spans = (Span(ends[first] - len(words[first]), ends[last], scheme.types[of]) for first, last, of in found if scheme)
    return MarkedText(" ".join(words), tuple(spans), place)
