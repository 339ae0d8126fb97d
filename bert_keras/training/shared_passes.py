"""Forward passes that workers share, and whose results worker 0 collects."""

from collections.abc import Sequence

import numpy as np

from bert_keras.workers import Workers


def share_of(passes: Sequence[np.ndarray], workers: Workers | None) -> Sequence[np.ndarray]:
    """Returns the passes that this process runs, so that each worker gets long and short rows.

    Args:
        passes: All passes, each an array of row indices.
        workers: The workers; `None` for a process that runs all passes.
    """
    return passes if workers is None else passes[workers.rank :: workers.count]


def collect(found: np.ndarray, passes: Sequence[np.ndarray], workers: Workers) -> None:
    """Fills an array of worker 0 with the results of the others.

    Args:
        found: The results of the rows, `[rows, ...]`; those of this worker's passes are there.
        passes: All passes.
        workers: The workers.
    """
    of_ranks = [
        np.concatenate([np.zeros(0, np.int64), *passes[rank :: workers.count]]) for rank in range(workers.count)
    ]
    messages = workers.collected(np.ascontiguousarray(found[of_ranks[workers.rank]]))
    for rank, message in messages.items():
        found[of_ranks[rank]] = np.frombuffer(message, found.dtype).reshape(-1, *found.shape[1:])
