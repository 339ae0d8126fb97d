"""The rows to predict: of tables, JSON lines, TFDS data sets, plain text files and standard input, as a stream in chunks."""

import codecs
import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

from bert_keras import data
from bert_keras.data.columns import Chosen, Columns, choose
from bert_keras.errors import DataError
from bert_keras.files import TextFile, expanded, where
from bert_keras.models.classify_stream import Row, growing_chunks

_PAIR_COLUMN = "pair"
_STRUCTURED = (".tsv", ".tab", ".csv", ".jsonl", ".ndjson")
# Bytes that are asked for at once of standard input. A terminal or a pipe gives what it has.
_FIRST_PIECE, _LARGEST_PIECE = 2**12, 2**18


def chunks_of_files(names: str | Sequence[str], columns: data.Columns) -> Iterator[list[Row]]:
    """Reads files.

    Args:
        names: Files, patterns such as `part-*.csv`, or TFDS names; one or several. Those that are neither tables nor
            JSON lines by their ending have a text a line.
        columns: The columns to read; without a name for the pairs that named "pair", if there is one.

    Returns:
        All rows, those without text too, in small chunks first. The first is read before this returns.

    Raises:
        DataError: A file that cannot be read as asked for; the message names file and line.
    """
    files = itertools.chain.from_iterable(map(expanded, [names] if isinstance(names, str) else names))
    rows = itertools.chain.from_iterable(_rows(name, columns) for name in files)
    chunks = growing_chunks(rows)
    # What is wrong at the beginning, the name above all, is told before a model is loaded.
    return itertools.chain([next(chunks, [])], chunks)


def chunks_of_stream(stream: BinaryIO) -> Iterator[list[Row]]:
    """Reads lines as they arrive, so that no answer waits for a text that is not there yet.

    Args:
        stream: E.g. standard input; UTF-8, whatever is broken in it becomes U+FFFD.

    Yields:
        The lines that are there.
    """
    raw: Any = getattr(stream, "raw", stream)  # a buffered stream would wait until its buffer is full
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    rest, size = "", _FIRST_PIECE
    while piece := raw.read(size):
        *lines, rest = (rest + decoder.decode(piece)).split("\n")
        if lines:
            yield [line.removesuffix("\r") for line in lines]
        size = min(2 * size, _LARGEST_PIECE)
    rest += decoder.decode(b"", final=True)
    if rest:
        yield [rest.removesuffix("\r")]


def _rows(name: str, columns: data.Columns) -> Iterable[Row]:
    if name.startswith("tfds:") or TextFile(name).kind in _STRUCTURED:
        return _rows_of_columns(name, columns)
    return (line.removesuffix("\n").removesuffix("\r") for line in TextFile(name).lines())


def _rows_of_columns(name: str, columns: data.Columns) -> Iterator[Row]:
    for part in data.Source(name, columns).parts:
        for records in part.records(functools.partial(_choose, columns)):
            checked = [_texts(part.name, records.lines, values) for values in records.columns]
            yield from checked[0] if len(checked) == 1 else zip(*checked, strict=True)


def _choose(columns: data.Columns, there: Sequence[str], where: str) -> Chosen:
    pair = columns.pair or (_PAIR_COLUMN if _PAIR_COLUMN in there else None)
    return choose(Columns(columns.text, pair), None, there, where)


def _texts(file: str, lines: Sequence[int], values: Sequence[Any]) -> list[str]:
    """Takes null for an empty text; anything else that is no string is a mistake."""
    texts = ["" if value is None else value for value in values]
    wrong = next((row for row, text in enumerate(texts) if not isinstance(text, str)), None)
    if wrong is not None:
        raise DataError(f"{where(file, lines[wrong])}: a text expected. Received: {texts[wrong]!r:.80}")
    return texts
