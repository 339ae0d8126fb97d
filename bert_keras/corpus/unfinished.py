"""Which blocks are still to be done, and the parts of those that had to be halved."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator

from bert_keras.corpus.blocks import Block
from bert_keras.corpus.outcome import Outcome, joined


class Unfinished:
    """The blocks of a corpus until they are done.

    Args:
        blocks: All blocks.

    Attributes:
        deadly: The number of rows whose worker died of them.
    """

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks = iter(blocks)
        self._halves: deque[Block] = deque()
        self._missing: dict[int, int] = {}  # parts of each block that was begun
        self._made: dict[int, list[Outcome]] = defaultdict(list)
        self.deadly = 0

    def next(self) -> Block | None:
        """Returns what is to be done next: a block, or a part of one; `None` if all has been given out."""
        if self._halves:
            return self._halves.popleft()
        block = next(self._blocks, None)
        if block is not None:
            self._missing[block.number] = 1
        return block

    def halve(self, block: Block) -> None:
        """Puts a block that could not be done back, in two parts."""
        self._halves += block.halves()
        self._missing[block.number] += 1

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
