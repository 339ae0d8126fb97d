"""What every kind of source gives: records in blocks, column by column."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from bert_keras.data.columns import Chosen

MOST_RECORDS = 16384  # of a block: TensorFlow takes twice the time for blocks a quarter as large
MOST_PIECES = 4  # of a file, 1 MiB each, after which a block ends: long texts take no more memory than short ones

# Takes the names of the columns that are there, and what stands before a message; returns those to read.
Choose = Callable[[Sequence[str], str], Chosen]


class Records(NamedTuple):
    """Some thousand records.

    Attributes:
        chosen: The columns that were chosen.
        lines: The line each begins in, from 1; of a TFDS data set its number.
        columns: The values of each of the columns.
    """

    chosen: Chosen
    lines: Sequence[int]
    columns: Sequence[Sequence[Any]]


class Part(Protocol):
    """A file or a split of a TFDS data set.

    Attributes:
        name: For people, and for `Row.file`.
    """

    name: str

    def records(self, choose: Choose) -> Iterator[Records]:
        """Reads from the start.

        Args:
            choose: Chooses the columns.

        Yields:
            All records, in the same order each time.

        Raises:
            DataError: It cannot be read; the message names file and line.
        """
        ...

    def content_hash(self) -> str:
        """Hashes what decides about the records."""
        ...

    def stamp(self) -> object:
        """Returns what changes when somebody writes to it."""
        ...
