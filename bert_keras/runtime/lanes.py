"""Parallel processing of the parts of a batch on a few cores, and background threads that work ahead.

Most ops of a BERT on short texts are too small to be split over cores: the split costs more than it saves. So each op
runs on one core, and as many parts of a batch run at the same time as there are cores.
"""

import contextlib
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import tensorflow as tf

_MOST = 4  # lanes; with more, the parts of a batch get so small that several cores for each op are faster
_AHEAD = 4  # items

Item = TypeVar("Item")
Made = TypeVar("Made")


def open_lanes(processes: int = 1) -> None:
    """Divides the cores of this process into lanes, one for each op that runs.

    Does nothing where there is a GPU, or where TensorFlow has already run its first op.

    Args:
        processes: The number of processes that work at the same time and share the cores evenly.
    """
    if tf.config.list_physical_devices("GPU"):
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    cores = max(1, cores // processes)
    lanes = min(cores, _MOST)
    with contextlib.suppress(RuntimeError):  # TensorFlow raises it once it has run an op
        tf.config.threading.set_inter_op_parallelism_threads(lanes)
        tf.config.threading.set_intra_op_parallelism_threads(max(1, cores // lanes))


def lanes() -> int:
    """Returns the number of parts to divide a batch into: 1 unless `open_lanes` was called."""
    return max(1, tf.config.threading.get_inter_op_parallelism_threads())


def made_ahead(make: Callable[[Item], Made], items: Iterable[Item], workers: int = 1) -> Generator[Made]:
    """Calls a function for each item in background threads, up to four items ahead of the consumer.

    Args:
        make: The function.
        items: The items.
        workers: The number of threads.

    Yields:
        The results in the order of the items. An exception in `make` is raised in place of its result. The threads end
        with the iteration, even if it is not completed.
    """
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="ahead") as threads:
        try:
            for item in items:
                waiting.append(threads.submit(make, item))
                if len(waiting) > _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
