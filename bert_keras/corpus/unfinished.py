"""Which blocks are still to be done, and the parts of those that had to be halved."""

import dataclasses
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator

import pyarrow as pa

from bert_keras.corpus.blocks import Block
from bert_keras.corpus.outcome import Outcome, failed, joined
from bert_keras.errors import ServiceError

_MOST_DEADLY = 10  # rows that kill their workers; with more it is not the rows


class Unfinished:
    """The blocks of a corpus until they are done.

    Args:
        blocks: All blocks.
    """

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks = iter(blocks)
        self._halves: deque[Block] = deque()
        self._missing: dict[int, int] = {}  # parts of each block that was begun
        self._made: dict[int, list[Outcome]] = defaultdict(list)
        self._deadly = 0  # rows whose worker died of them

    def next(self, idle: bool = True) -> Block | None:
        """Returns what is to be done next: a block, or a part of one; `None` if there is nothing now.

        Args:
            idle: Whether the worker has nothing else to do. Suspect parts are given to such alone, so that of two
                that one worker has it is known which it died of.
        """
        if idle and self._halves:
            return self._halves.popleft()
        block = next(self._blocks, None)
        if block is not None:
            self._missing[block.number] = 1
        return block

    def halve(self, block: Block) -> None:
        """Puts a block whose worker died back: in two parts, or as a suspect if it has one row."""
        parts = block.halves() if len(block.rows) > 1 else (block,)
        self._halves += (dataclasses.replace(part, suspect=True) for part in parts)
        self._missing[block.number] += len(parts) - 1

    def done(self, block: Block, outcome: Outcome) -> Iterator[tuple[int, Outcome]]:
        """Takes the outcome of a block or of a part of one.

        Args:
            block: What `next` returned.
            outcome: Its outcome.

        Yields:
            The number and the outcome of the whole block, if no part of it is missing any more.
        """
        self._made[block.number].append(outcome)
        self._missing[block.number] -= 1
        if not self._missing[block.number]:
            del self._missing[block.number]
            yield block.number, joined(self._made.pop(block.number))

    def died(self, row: Block, schema: pa.Schema) -> Iterator[tuple[int, Outcome]]:
        """Takes that the worker of a part of one row died of it each time; see `done`.

        Args:
            row: The part.
            schema: The columns of answers.

        Raises:
            ServiceError: It was so for more rows than can be the rows' fault.
        """
        self._deadly += 1
        if self._deadly > _MOST_DEADLY:
            raise ServiceError(
                f"the workers' processes die of one row after the other, the last of them row {row.first:,}; the logs "
                "of Ray tell the cause"
            )
        yield from self.done(row, failed(row, "the worker's process died of it", schema))
