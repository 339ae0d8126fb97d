"""Files of columns as CoNLL-2003 has them: a word and its tag a line, a blank line after each sentence."""

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from bert_keras.data.tags.marked_text import MarkedText
from bert_keras.data.tags.named_tags import scheme_of
from bert_keras.data.tags.reading import TagReading
from bert_keras.errors import DataError
from bert_keras.files.messages import shown, where
from bert_keras.files.text_file import TextFile
from bert_keras.tagging.alignment import Span
from bert_keras.tagging.scheme import TagScheme, has_prefix

_DOCUMENT, _COMMENT = "-DOCSTART-", "#"
_HEADS_OF_WORDS = frozenset({"word", "words", "token", "tokens", "form"})
_HEADS_OF_TAGS = frozenset({"tag", "tags", "ner", "ner_tag", "ner_tags", "label", "labels", "iob", "bio"})
# Of CoNLL-U: 7, 7-8 for a token of the words 7 and 8, which follow, and 7.1 for a word that the text does not have.
_NUMBER = re.compile(r"[0-9]+([-.][0-9]+)?")


class _Word(NamedTuple):
    line: int
    columns: tuple[str, ...]

    @property
    def is_numbered(self) -> bool:
        """Whether the first column is a plain number, that of a word."""
        return self.columns[0].isdecimal()


class ColumnFile(TextFile):
    """A file of columns, divided by tabs if its first line of a word holds one, else by blanks.

    Lines that begin with `-DOCSTART-` are as blank ones, which end a sentence. Comments are lines above a sentence that
    begin with "#" and have other columns than words, and in files divided by tabs all that begin so and hold no tab.

    Args:
        path: The path of the file.
        reading: Which columns are read.

    Attributes:
        described: What was read, once the file has been.
    """

    layout = "columns"

    def __init__(self, path: str, reading: TagReading) -> None:
        super().__init__(path)
        self._reading = reading
        self._tabs = False
        self.described = ""

    def texts(self) -> Iterator[MarkedText]:
        """Reads the sentences, whose words are joined by single blanks.

        Yields:
            The sentences with their entities.

        Raises:
            DataError: A line has other columns than the first, or tags cannot be read; the message names the line.
        """
        sentences = _without_header(list(self._sentences()))
        if not sentences:
            raise DataError(f"{self.name}: no words in it; expected a word and its tag a line, divided by blanks")
        numbered = _are_numbered(sentences)
        if numbered:
            of_words = ([word for word in sentence if word.is_numbered] for sentence in sentences)
            sentences = [sentence for sentence in of_words if sentence]
        words, tags = self._places(sentences, numbered)
        scheme = self._scheme(sentences, tags)
        self.described = f"columns, words in {words + 1} and tags in {tags + 1} of {len(sentences[0][0].columns)}"
        self.described += _others(sentences, scheme, (words, tags))
        for sentence in sentences:
            yield _marked(sentence, words, tags, scheme, where(self.name, sentence[0].line))

    def _sentences(self) -> Iterator[list[_Word]]:
        groups = list(self._groups())
        lines = [line for group in groups for line in group]
        first = next((line for line in lines if not line[1].startswith(_COMMENT)), lines[0] if lines else (0, ""))
        self._tabs = "\t" in first[1]
        expected = self._word(*first)
        for group in groups:
            words = [self._word(*line) for line in group if not self._is_comment(line[1])]
            comments = itertools.takewhile(lambda word: _is_comment_above(word, expected), words)
            words = words[len(list(comments)) :]
            for word in words:
                self._check(word, expected)
            if words:
                yield words

    def _groups(self) -> Iterator[list[tuple[int, str]]]:
        """Yields the lines between blank ones and beginnings of documents, each with its number."""
        group: list[tuple[int, str]] = []
        for line, raw in enumerate(self.lines(), 1):
            text = raw.rstrip("\r\n")
            if "\r" in text:
                place = where(self.name, line)
                raise DataError(
                    f"{place}: a carriage return in the midst of a line; end lines with a line feed. "
                    f"Received: {shown(text)}"
                )
            if text.strip() and not text.startswith(_DOCUMENT):
                group.append((line, text))
            elif group:
                yield group
                group = []
        if group:
            yield group

    def _is_comment(self, text: str) -> bool:
        return self._tabs and text.startswith(_COMMENT) and "\t" not in text

    def _word(self, line: int, text: str) -> _Word:
        # Not at every blank of Unicode: a word may hold some.
        columns = text.split("\t") if self._tabs else re.split(" +", text.strip(" "))
        return _Word(line, tuple(part.strip(" ") for part in columns))

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

    def _places(self, sentences: list[list[_Word]], numbered: bool) -> tuple[int, int]:
        """Returns the indices of the columns of words and of tags."""
        count = len(sentences[0][0].columns)
        given = self._reading.word_column or (2 if numbered else 1), self._reading.tag_column or -1
        for column in given:
            if abs(column) > count:
                raise DataError(f"{self.name}: there are {count} columns. Received: column {column}")
        words, tags = (column % count if column < 0 else column - 1 for column in given)
        if words == tags:
            raise DataError(f"{self.name}: words and tags are two columns. Received: column {words + 1} for both")
        for what, column in (("word", words), ("tag", tags)):
            empty = next((word for sentence in sentences for word in sentence if not word.columns[column]), None)
            if empty is not None:
                place = where(self.name, empty.line)
                raise DataError(f"{place}: an empty {what}. Received: {shown(repr(empty.columns))}")
        return words, tags

    def _scheme(self, sentences: list[list[_Word]], column: int) -> TagScheme | None:
        """Returns the meaning of the tags; `None` if all words are outside of entities."""
        lines: dict[str, int] = {}
        for sentence in sentences:
            for word in sentence:
                lines.setdefault(word.columns[column], word.line)
        places = {tag: where(self.name, line) for tag, line in lines.items()}
        return scheme_of(places, self.name, f"is column {column + 1} that of the tags?")


def _without_header(sentences: list[list[_Word]]) -> list[list[_Word]]:
    """Returns the sentences without a first line that names the columns, such as "word" and "tag"."""
    heads = {name.lower() for sentence in sentences[:1] for name in sentence[0].columns}
    if not (heads & _HEADS_OF_WORDS and heads & _HEADS_OF_TAGS):
        return sentences
    return [sentence for sentence in (sentences[0][1:], *sentences[1:]) if sentence]


def _is_comment_above(word: _Word, expected: _Word) -> bool:
    """Returns whether a line at the beginning of a sentence is a comment: the word "#" has a tag."""
    count = len(word.columns)
    return word.columns[0].startswith(_COMMENT) and count > 1 and count != len(expected.columns)


def _are_numbered(sentences: list[list[_Word]]) -> bool:
    """Returns whether the first of three or more columns holds running numbers, as in CoNLL-U or from any number on."""
    if len(sentences[0][0].columns) < 3:
        return False
    for sentence in sentences:
        if not all(_NUMBER.fullmatch(word.columns[0]) for word in sentence):
            return False
        numbers = [int(word.columns[0]) for word in sentence if word.is_numbered]
        if numbers != [number + place for place, number in enumerate(numbers[:1] * len(numbers))]:
            return False
    return True


def _others(sentences: list[list[_Word]], scheme: TagScheme | None, read: tuple[int, int]) -> str:
    """Returns what is told of columns that hold tags of the same types too, such as entities within entities."""
    found = []
    for column in range(len(sentences[0][0].columns)):
        tags = {word.columns[column] for sentence in sentences for word in sentence} - {"O"}
        if scheme is not None and column not in read and all(map(has_prefix, tags)):
            found += [column + 1] if {tag[2:] for tag in tags} & {*scheme.types} else []
    return "".join(f"; column {column} has tags of these types too (--tag_column {column})" for column in found)


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
