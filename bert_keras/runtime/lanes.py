"""Batches side by side: on few cores two halves of a batch, each on a core of its own, are done sooner than one on both.

Most ops of a BERT on short texts are too small to be shared between cores: sharing costs more than it saves. So each op
gets one core, and as many shares of a batch are at work at once as there are cores.
"""

import contextlib
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import tensorflow as tf

_MOST = 4  # beyond it lanes would be so thin that cores had better share ops again
_AHEAD = 4

Item = TypeVar("Item")
Made = TypeVar("Made")


def open_lanes() -> None:
    """Gives each op its share of the cores, for this process. A GPU is left alone, and a process whose first op is done already."""
    if tf.config.list_physical_devices("GPU"):
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    lanes = min(cores, _MOST)
    with contextlib.suppress(RuntimeError):  # TensorFlow's, where it has begun
        tf.config.threading.set_inter_op_parallelism_threads(lanes)
        tf.config.threading.set_intra_op_parallelism_threads(max(1, cores // lanes))


def lanes() -> int:
    """Says into how many shares to divide a batch: 1 unless `open_lanes` was called."""
    return max(1, tf.config.threading.get_inter_op_parallelism_threads())


def made_ahead(make: Callable[[Item], Made], items: Iterable[Item], workers: int = 1) -> Generator[Made]:
    """Makes things in threads of their own, a few before they are asked for, in order.

    Args:
        make: Makes one of an item.
        items: What to make them of.
        workers: How many are made at the same time.

    Yields:
        What was made. An error in `make` is raised where its turn comes; the threads end with the iteration, however
        that ends.
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
