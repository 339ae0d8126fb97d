"""Options of a training that change nothing beside the others, which is said: a search may vary what counts."""

from collections.abc import Iterator

from ..command_line.idle_options import Idle, said_of_idle
from ..command_line.processes import cluster_here, worker_range
from .config import TrainingConfig


def trains_alone(config: TrainingConfig) -> bool:
    """Returns whether a training has one process."""
    return cluster_here(config) is None and worker_range(config.workers)[1] == 1


IDLE = (
    Idle(
        ("rank",),
        lambda config: config.adapt == "none",
        "is that of adapters: without --adapt lora it changes nothing",
    ),
    Idle(
        ("gradient_type", "join_seconds"),
        trains_alone,
        "is about several workers: one process trains alone, and it changes nothing",
    ),
    Idle(
        ("stop_metric",),
        lambda config: config.keep == "last" and config.patience is None,
        "decides which epoch is best: with --keep last, and without --patience, it changes nothing",
    ),
    Idle(
        ("patience",),
        lambda config: config.patience is not None and config.patience >= config.epochs,
        "stops no training that has no more epochs than that: it changes nothing",
    ),
    Idle(
        ("layer_decay",),
        lambda config: config.trainable == "head",
        "is about the layers below the head: with --trainable head it changes nothing",
    ),
)


def said_idle(config: TrainingConfig) -> Iterator[str]:
    """Yields a line about each option that changes nothing.

    Args:
        config: The options of the training.
    """
    return said_of_idle(config, IDLE)
