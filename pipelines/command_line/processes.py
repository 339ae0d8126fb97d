"""The processes that a program runs in: how many on this machine, and which of them this one is."""

import os
from typing import Any

from bert_keras.errors import InputError
from bert_keras.workers.cluster import Cluster, cluster_of

VARIABLE = "TF_CONFIG"


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
    if config.workers not in (None, len(cluster)):
        raise InputError(
            f"{VARIABLE} names {len(cluster)} workers; leave --workers out, or take {VARIABLE} out of the environment "
            f"to start them on this machine. Received: --workers {config.workers}"
        )
    return cluster if len(cluster) > 1 else None


def processes_here(config: Any) -> tuple[int, int]:
    """Returns the number of processes of this machine that work together, and the place of this one among them."""
    cluster = cluster_here(config)
    if cluster is None:
        return (config.workers or 1, 0) if _trains_together(config) else (1, 0)
    same = [rank for rank in range(len(cluster)) if cluster.host(rank) == cluster.host(cluster.rank)]
    return len(same), same.index(cluster.rank)


def _trains_together(config: Any) -> bool:
    """Returns whether workers are processes that join, unlike those of `predict --engine ray`."""
    return hasattr(config, "join_seconds")
