"""What workers do together: sum arrays, gather and tell values, and agree."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from bert_keras.workers.mesh import Mesh


class Workers:
    """The workers of a training, as seen by one of them. All of them call the same methods in the same order.

    Each method raises `WorkerError` if another worker is gone, frozen, or has ended because of an error.

    Args:
        mesh: The connections with the other workers.

    Attributes:
        rank: The rank of this worker.
        count: The number of workers.
        mesh: The connections with the other workers.
    """

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        self.rank, self.count = mesh.cluster.rank, len(mesh.cluster)
        self._others = [rank for rank in range(self.count) if rank != self.rank]
        self._sums: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    @property
    def first(self) -> bool:
        """Whether this is worker 0, which alone writes, decides and reports."""
        return self.rank == 0

    def name(self, rank: int) -> str:
        """Returns a worker's name in messages."""
        return self.mesh.cluster.name(rank)

    def gathered(self, *mine: Any) -> list[memoryview]:
        """Returns the message of every worker in the order of the ranks.

        Args:
            *mine: The message of this worker, as buffers that follow each other.
        """
        received = self.mesh.exchange(dict.fromkeys(self._others, mine))
        received[self.rank] = memoryview(b"".join(mine))
        return [received[rank] for rank in range(self.count)]

    def collected(self, *mine: Any) -> dict[int, memoryview]:
        """Returns the message of each other worker by rank in worker 0, nothing in the others; as `gathered` does."""
        received = self.mesh.exchange({} if self.first else {0: mine})
        return received if self.first else {}

    def each(self, value: Any) -> list[Any]:
        """Returns a value of every worker in the order of the ranks.

        Args:
            value: The value of this worker, of JSON's types; floats stay what they are, to the bit.
        """
        return [json.loads(bytes(of)) for of in self.gathered(json.dumps(value).encode())]

    def told(self, value: Any = None) -> Any:
        """Returns the value of worker 0, of JSON's types; what the others give does not matter."""
        message = [json.dumps(value).encode()] if self.first else ()
        received = self.mesh.exchange(dict.fromkeys(self._others, message))
        return value if self.first else json.loads(bytes(received[0]))

    def summed(self, values: np.ndarray) -> np.ndarray:
        """Returns the sum of an array over all workers, the same bits for each of them.

        Each worker sums a part, in float32 and in the order of the ranks, and sends it to the others: of an array of
        S bytes a worker sends 2 (N - 1) / N S, as in a ring.

        Args:
            values: The array of this worker, `[values]`, of the same length and dtype for each of them.

        Returns:
            The sum, `[values]` of the same dtype; it is overwritten by the next call with this dtype and length.
        """
        bounds = self._bounds(len(values))
        first, last = bounds[self.rank], bounds[self.rank + 1]
        key = f"{values.dtype} {len(values)}"
        if key not in self._sums:
            self._sums = {key: (np.empty_like(values), np.empty([self.count, last - first], values.dtype))}
        total, parts = self._sums[key]
        rooms = {rank: _bytes(parts[rank]) for rank in self._others}
        self.mesh.exchange({rank: [_bytes(values[bounds[rank] : bounds[rank + 1]])] for rank in self._others}, rooms)
        of_all = [values[first:last] if rank == self.rank else parts[rank] for rank in range(self.count)]
        total[first:last] = _added(of_all)
        return self._spread(total, bounds)

    def same(self, values: np.ndarray) -> np.ndarray:
        """Returns the array of worker 0.

        Args:
            values: An array; that of the others gives the shape and the dtype.
        """
        shape, values = values.shape, np.ascontiguousarray(values).reshape(-1)
        bounds = self._bounds(len(values))
        total = values.copy()
        own = total[bounds[self.rank] : bounds[self.rank + 1]]
        if self.first:
            self.mesh.exchange({rank: [_bytes(total[bounds[rank] : bounds[rank + 1]])] for rank in self._others})
        else:
            self.mesh.exchange({}, {rank: _bytes(own if rank == 0 else own[:0]) for rank in self._others})
        return self._spread(total, bounds).reshape(shape)

    def _spread(self, total: np.ndarray, bounds: Sequence[int]) -> np.ndarray:
        """Sends this worker's part of an array to the others, and fills in theirs."""
        parts = [_bytes(total[first:last]) for first, last in zip(bounds, bounds[1:], strict=False)]
        self.mesh.exchange(
            dict.fromkeys(self._others, [parts[self.rank]]), {rank: parts[rank] for rank in self._others}
        )
        return total

    def _bounds(self, length: int) -> list[int]:
        return [length * rank // self.count for rank in range(self.count + 1)]


def _bytes(values: np.ndarray) -> memoryview:
    return values.view(np.uint8).data


def _added(parts: Sequence[np.ndarray]) -> np.ndarray:
    total = parts[0].astype(np.float32)
    for part in parts[1:]:
        total += part
    return total
