"""The requests that wait for a worker, and the choice of those that are run together."""

import math
from collections import deque
from collections.abc import Iterable, Iterator

from bert_keras.serving.server.models.requests import Request

# What a run costs beside its rows, in bytes of text: 3.2 ms beside 0.06 ms a byte, measured with float32 exports of a
# model of 6 layers on one core.
RUN_COST = 60
# A longer look would take longer than it saves.
_MOST_COMPARED = 512


class RequestQueue:
    """Requests in the order in which they came.

    Args:
        max_rows: The most rows of a batch; a request with more is run alone.
        max_bytes: The most bytes of text, padded to the longest row, of a batch of several requests.
        wait_seconds: The longest time that a request waits for others to fill its batch.
    """

    def __init__(self, max_rows: int, max_bytes: float = math.inf, wait_seconds: float = 0.0) -> None:
        self._max_rows, self._max_bytes, self._wait_seconds = max_rows, max_bytes, wait_seconds
        self._requests: deque[Request] = deque()
        self.rows = 0

    def __len__(self) -> int:
        return len(self._requests)

    def add(self, request: Request) -> None:
        """Adds a request at the end."""
        self._requests.append(request)
        self.rows += max(request.rows, 1)

    def put_back(self, requests: Iterable[Request]) -> None:
        """Adds requests at the beginning, each to be run alone."""
        for request in reversed(list(requests)):
            request.kind = None
            self._requests.appendleft(request)
            self.rows += max(request.rows, 1)

    def clear(self) -> list[Request]:
        """Removes and returns all requests."""
        taken, self.rows = list(self._requests), 0
        self._requests.clear()
        return taken

    def next_batch(self, now: float, idle: int) -> tuple[list[Request], float | None]:
        """Takes the requests that are run next.

        Args:
            now: The time by the clock of the event loop.
            idle: The number of batches that could begin now, among which what waits is shared.

        Returns:
            The requests of a batch; if there are none, the time when there will be, or `None` if nothing waits.
        """
        self.drop_cancelled()
        ready: float | None = None
        for first in self._firsts():
            batch = self._around(first, self._limit(idle))
            due = first.since + self._wait_seconds
            if first.kind is None or now >= due or sum(request.rows for request in batch) >= self._max_rows:
                self._remove(batch)
                return batch, None
            ready = due if ready is None else min(ready, due)
        return [], ready

    def _limit(self, idle: int) -> int:
        """Returns the most rows of a batch; without a wait they are shared among the idle lanes."""
        if self._wait_seconds:
            return self._max_rows
        return min(self._max_rows, -(-self.rows // max(idle, 1)))

    def _firsts(self) -> Iterator[Request]:
        """Yields the oldest request of each kind, and those that are run alone."""
        seen = set()
        for request in list(self._requests):
            if request.kind is None or request.kind not in seen:
                seen.add(request.kind)
                yield request

    def _around(self, first: Request, limit: int) -> list[Request]:
        """Returns a request and those of similar length that are cheaper to run with it than after it."""
        if first.kind is None:
            return [first]
        others = [other for other, _ in zip(self._requests, range(_MOST_COMPARED), strict=False)]
        others = [other for other in others if other.kind == first.kind and other is not first]
        batch, rows, longest = [first], first.rows, first.size
        for other in sorted(others, key=lambda other: abs(other.size - first.size)):
            both, length = rows + other.rows, max(longest, other.size)
            padding = both * length - rows * longest - other.rows * other.size
            if both <= limit and both * length <= self._max_bytes and padding <= RUN_COST:
                batch.append(other)
                rows, longest = both, length
        return batch

    def _remove(self, batch: list[Request]) -> None:
        taken = set(map(id, batch))
        self._requests = deque(request for request in self._requests if id(request) not in taken)
        self.rows -= sum(max(request.rows, 1) for request in batch)

    def drop_cancelled(self) -> None:
        """Removes the requests that nobody waits for any more."""
        if any(request.answer.done() for request in self._requests):
            self._remove([request for request in self._requests if request.answer.done()])
