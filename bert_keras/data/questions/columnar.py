"""Questions in Parquet and Arrow files, whose rows are those of JSON lines."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bert_keras.data.questions.entries import Origin, questions_in
from bert_keras.data.questions.question import GivenQuestion
from bert_keras.errors import DataError

PARQUET, ARROW, ARROW_STREAM = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"
"""The bytes that the files begin with: Parquet, Arrow (Feather), and the stream that `datasets` writes."""

_END = ARROW_STREAM + bytes(4)  # of a stream
_MOST_ROWS = 256  # per batch, since contexts may be long


class QuestionTable:
    """A Parquet or Arrow file with a question, or a paragraph with its questions, per row; see `entries.questions_in`.

    Args:
        name: The path of the file.

    Attributes:
        name: The path of the file.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def questions(self, labelled: bool, label: str) -> Iterator[GivenQuestion]:
        """Reads all questions, some rows at a time; see `parts.QuestionPart`."""
        row = 0
        for rows in self._rows():
            for entry in rows:
                row += 1
                yield from questions_in(entry, Origin(f"{self.name}, row {row}", f"{label}:{row}"), labelled)

    def columns(self) -> list[str]:
        """Returns the names of the columns.

        Raises:
            DataError: The file cannot be read.
        """
        return list(next(self._read()).names)

    def _rows(self) -> Iterator[list[dict[str, Any]]]:
        for batch in itertools.islice(self._read(), 1, None):
            for first in range(0, batch.num_rows, _MOST_ROWS):
                try:
                    rows = batch.slice(first, _MOST_ROWS).to_pylist()
                except (ValueError, OverflowError) as error:  # texts that are not UTF-8, times out of Python's range
                    raise self._broken(error) from error
                yield rows

    def _read(self) -> Iterator[Any]:
        """Yields the schema, then the record batches."""
        try:
            import pyarrow
        except ImportError as error:
            raise DataError(f"{self.name}: Parquet and Arrow need pyarrow; pip install pyarrow") from error
        try:
            with Path(self.name).open("rb") as file:
                schema, batches = _opened(file)
                yield schema
                yield from batches
        except (pyarrow.ArrowException, OSError, ValueError) as error:
            raise self._broken(error) from error

    def _broken(self, error: Exception) -> DataError:
        return DataError(
            f"{self.name}: cannot be read as Parquet or Arrow ({' '.join(str(error).split()):.200}); write it again"
        )


def _opened(file: Any) -> tuple[Any, Iterator[Any]]:
    """Returns the schema and the record batches of an open file."""
    import pyarrow.ipc
    import pyarrow.parquet

    magic = file.read(len(ARROW))
    file.seek(0)
    if magic.startswith(PARQUET):
        table = pyarrow.parquet.ParquetFile(file)
        return table.schema_arrow, table.iter_batches(_MOST_ROWS)
    if magic == ARROW:
        blocks = pyarrow.ipc.open_file(file)
        return blocks.schema, map(blocks.get_batch, range(blocks.num_record_batches))
    file.seek(-len(_END), os.SEEK_END)
    if file.read() != _END:  # a reader of streams takes any end between two batches for the end
        raise ValueError("no mark of the end; was it cut off?")
    file.seek(0)
    stream = pyarrow.ipc.open_stream(file)
    return stream.schema, iter(stream)
