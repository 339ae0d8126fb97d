"""The rows to classify, from tables, JSON lines, TFDS data sets, text files and standard input, in chunks."""

import codecs
import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

from bert_keras import data
from bert_keras.errors import DataError
from bert_keras.files import where
from bert_keras.files.text_file import refuse_wide
from bert_keras.models.classify_stream import Row, growing_chunks

from .entities import has_words_a_line
from .files import lines_of, tables_and_lines
from .model_columns import ModelColumns

# The number of bytes requested from standard input in one read; terminals and pipes return what they have.
_FIRST_PIECE, _LARGEST_PIECE = 2**12, 2**18
_STREAM = "standard input"
_USUAL_FORMATS = ("text, fields between commas", "text, fields between tabs", "JSON lines")  # nothing to say


def chunks_of_files(
    names: str | Sequence[str],
    columns: ModelColumns,
    reading: data.Reading = data.Reading(),  # noqa: B008
) -> Iterator[list[Row]]:
    """Reads the rows of files.

    Args:
        names: Files, folders, patterns such as `part-*.csv`, or TFDS names; one or several. A file that is no table by
            its ending or content has a text per line, unless columns are named; one of words with tags, by its ending,
            a text per sentence.
        columns: The choice of the columns to read.
        reading: How files are read where their contents leave a choice.

    Returns:
        An iterator over chunks of all rows, including those without text; the first chunks are small. The first chunk
        is read before the function returns.

    Raises:
        DataError: A file cannot be read, or lacks a column; the message names file and line.
        InputError: A file has a text per line, and the model takes pairs.
    """
    rows = (_rows(name, table, columns, reading) for name, table in tables_and_lines(names, columns.columns))
    chunks = growing_chunks(itertools.chain.from_iterable(rows))
    # The first chunk is read here, so that most mistakes, such as a wrong name, are reported before a model is loaded.
    return itertools.chain([next(chunks, [])], chunks)


def chunks_of_stream(stream: BinaryIO) -> Iterator[list[Row]]:
    """Reads lines as they arrive, so that no prediction waits for a later line.

    Args:
        stream: A stream such as standard input, in UTF-8; invalid bytes become U+FFFD.

    Yields:
        The lines that have arrived, without their line ends.

    Raises:
        DataError: It is UTF-16 or UTF-32.
    """
    raw: Any = getattr(stream, "raw", stream)  # a buffered stream would wait until its buffer is full
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    rest, size = "", _FIRST_PIECE
    while piece := raw.read(size):
        if size == _FIRST_PIECE:
            refuse_wide(piece, _STREAM)
        *lines, rest = (rest + decoder.decode(piece)).split("\n")
        if lines:
            yield [line.removesuffix("\r") for line in lines]
        size = min(2 * size, _LARGEST_PIECE)
    rest += decoder.decode(b"", final=True)
    if rest:
        yield [rest.removesuffix("\r")]


def _rows(name: str, table: bool, columns: ModelColumns, reading: data.Reading) -> Iterable[Row]:
    if table:
        return _rows_of_columns(name, columns, reading)
    columns.check_line_file(name)
    return _sentences(name, columns) if has_words_a_line(name) else lines_of(name)


def _sentences(name: str, columns: ModelColumns) -> Iterator[str]:
    """Yields the sentences of a file with a word and its tag on each line, the words joined by blanks."""
    source = data.TagSource(name)
    for file, what in source.described.items():
        read = what.partition(";")[0]  # without what is told of other columns of tags
        columns.say(f"{file}: is read as {read}, each sentence a text")
    yield from (text.text for text in source.texts)


def _rows_of_columns(name: str, columns: ModelColumns, reading: data.Reading) -> Iterator[Row]:
    for part in data.Source(name, columns.columns, reading=reading).parts:
        if part.format not in _USUAL_FORMATS:
            columns.say(f"{part.name}: is read as {part.format}")
        for records in part.records(functools.partial(columns.choose, part.name, None)):
            for reason, count in records.left_out.items():
                columns.say(f"{part.name}: {count:,} rows left out: {reason}")
            checked = [_texts(part.name, records.lines, values) for values in records.columns]
            yield from checked[0] if len(checked) == 1 else zip(*checked, strict=True)


def _texts(file: str, lines: Sequence[int], values: Sequence[Any]) -> list[str]:
    """Returns the values of a column as texts, null as an empty text; any other value is an error."""
    texts = ["" if value is None else value for value in values]
    wrong = next((row for row, text in enumerate(texts) if not isinstance(text, str)), None)
    if wrong is not None:
        raise DataError(f"{where(file, lines[wrong])}: a text expected. Received: {texts[wrong]!r:.80}")
    return texts
