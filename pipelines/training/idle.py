"""Options of a training that change nothing beside the others, which is said."""

from collections.abc import Iterator

from ..command_line.idle_options import given_among
from ..command_line.processes import cluster_here, worker_range
from .config import TrainingConfig

_OF_WORKERS = ("gradient_type", "join_seconds")


def said_idle(config: TrainingConfig) -> Iterator[str]:
    """Yields a line about each option that changes nothing; a search may vary what makes it count.

    Args:
        config: The options of the training.
    """
    if config.adapt == "none" and given_among(config, ["rank"]):
        yield "--rank is that of adapters: without --adapt lora it changes nothing"
    if trains_alone(config):
        for name in given_among(config, _OF_WORKERS):
            yield f"--{name} is about several workers: one process trains alone, and it changes nothing"


def trains_alone(config: TrainingConfig) -> bool:
    """Returns whether a training has one process."""
    return cluster_here(config) is None and worker_range(config.workers)[1] == 1
