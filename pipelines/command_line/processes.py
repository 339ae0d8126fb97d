"""The processes that a program runs in: how many on this machine, and which of them this one is."""

import os
from typing import Any

from bert_keras.errors import InputError
from bert_keras.workers.cluster import Cluster, cluster_of

VARIABLE = "TF_CONFIG"


def worker_range(given: int | str | None) -> tuple[int, int]:
    """Returns the smallest and the largest number of workers that `--workers` names.

    Args:
        given: A number, a range such as "2..8", or `None` for one worker.

    Raises:
        InputError: It is neither.
    """
    fewest, between, most = str(1 if given is None else given).partition("..")
    both = [fewest, most if between else fewest]
    if not all(text.strip().isdecimal() for text in both) or not 1 <= int(both[0]) <= int(both[1]):
        raise InputError(f"--workers must be a number from 1 on, or a range of them such as 2..8. Received: {given}")
    return int(both[0]), int(both[1])


def cluster_here(config: Any) -> Cluster | None:
    """Returns the workers that `TF_CONFIG` names, if there are several and the program trains in them.

    Args:
        config: The options of the program.

    Raises:
        InputError: It cannot be read, or names another number of workers than `--workers`.
    """
    described = os.environ.get(VARIABLE, "").strip()
    if not described or not _trains_together(config):
        return None
    cluster = cluster_of(described)
    fewest, most = worker_range(config.workers)
    if config.workers is not None and not fewest <= len(cluster) <= most:
        raise InputError(
            f"{VARIABLE} names {len(cluster)} workers; leave --workers out, or take {VARIABLE} out of the environment "
            f"to start them on this machine. Received: --workers {config.workers}"
        )
    return cluster if len(cluster) > 1 else None


def processes_here(config: Any) -> tuple[int, int]:
    """Returns the number of processes of this machine that work together, and the place of this one among them."""
    cluster = cluster_here(config)
    if cluster is None:
        return (worker_range(config.workers)[1], 0) if _trains_together(config) else (1, 0)
    same = [rank for rank in range(len(cluster)) if cluster.host(rank) == cluster.host(cluster.rank)]
    return len(same), same.index(cluster.rank)


def _trains_together(config: Any) -> bool:
    """Returns whether workers are processes that join, unlike those of `predict --engine ray`."""
    return hasattr(config, "join_seconds")
