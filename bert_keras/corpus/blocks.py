"""The blocks that the rows of a corpus are divided into."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Block:
    """Rows that lie one after the other in a corpus, or a part of them.

    Attributes:
        number: The number of the block, counted from 0.
        first: The number of its first row among all rows of the corpus, counted from 0.
        rows: The rows, as the model takes them.
        suspect: Whether it is a part of a block whose worker died, maybe of another one.
    """

    number: int
    first: int
    rows: list[Any]
    suspect: bool = False

    def halves(self) -> tuple["Block", "Block"]:
        """Returns the first and the second half of the rows, under the same number."""
        half = len(self.rows) // 2
        return (
            Block(self.number, self.first, self.rows[:half]),
            Block(self.number, self.first + half, self.rows[half:]),
        )


def blocks_of(rows: Iterable[Any], size: int) -> Iterator[Block]:
    """Divides a stream of rows into blocks, the same ones whenever it is called.

    Args:
        rows: The rows of the corpus.
        size: The number of rows in a block; the last may have fewer.

    Yields:
        The blocks in order.
    """
    rows, number = iter(rows), 0
    while some := list(itertools.islice(rows, size)):
        yield Block(number, number * size, some)
        number += 1
