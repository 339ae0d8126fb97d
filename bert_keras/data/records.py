"""The common interface of all row sources: records in blocks, column by column."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

MOST_RECORDS = 16384  # per block; with a quarter of that, TensorFlow takes twice the time
MOST_PIECES = 4  # per block, 1 MiB of the file each, so that long texts take no more memory than short ones

# Selects the columns to read from the names of the existing columns and their location for messages.
Choose = Callable[[Sequence[str], str], Any]


class Records(NamedTuple):
    """A block of records.

    Attributes:
        chosen: The selected columns: what the function that chose them has returned.
        lines: The line on which each record begins, from 1; in a TFDS data set the row number.
        columns: The values of each selected column.
        left_out: The number of records between these that are left out, by reason.
    """

    chosen: Any
    lines: Sequence[int]
    columns: Sequence[Sequence[Any]]
    left_out: Mapping[str, int] = {}


class Part(Protocol):
    """A file, or a split of a TFDS data set, with records.

    Attributes:
        name: The display name, also in `Row.file`.
        format: The description of what it is read as, e.g. "JSON lines".
    """

    name: str
    format: str

    def records(self, choose: Choose) -> Iterator[Records]:
        """Reads the records from the start.

        Args:
            choose: The function that selects the columns.

        Yields:
            Blocks of all records, in the same order each time.

        Raises:
            DataError: The records cannot be read; the message names file and line.
        """
        ...

    def names(self) -> list[str]:
        """Returns the names of the columns there are."""
        ...

    def content_hash(self) -> str:
        """Returns a hash of everything that determines the records."""
        ...

    def stamp(self) -> object:
        """Returns a value that changes when the data are modified."""
        ...
