"""The workers of a training: started on this machine or named by TF_CONFIG, and what each of them does."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from bert_keras import training
from bert_keras.errors import WorkerError
from bert_keras.workers import Cluster, Workers, join

from ..command_line.processes import cluster_here, worker_range
from ..console.consoles import console
from .config import TrainingConfig
from .data import TrainingData
from .local_workers import LocalWorkers

Config = TypeVar("Config", bound=TrainingConfig)


@contextlib.contextmanager
def working_together(config: TrainingConfig) -> Iterator[Workers | None]:
    """Joins the workers of a training until the block ends; an error of one ends all.

    Args:
        config: The options of the training.

    Yields:
        The workers; `None` for a process that trains alone.

    Raises:
        InputError: The workers do not belong together.
        WorkerError: A worker did not come in time.
    """
    cluster = cluster_here(config)
    count = len(cluster) if cluster is not None else worker_range(config.workers)[1]
    if count == 1:
        yield None
        return
    if cluster is not None:
        yield from _joined(config, cluster)
        return
    with LocalWorkers(config, count) as local:
        yield from _joined(config, local.cluster, local.listener, local.ended)


def _joined(config: TrainingConfig, cluster: Cluster, *more: Any) -> Iterator[Workers]:
    if cluster.rank:
        console.print(f"worker {cluster.rank} of {len(cluster)}: {cluster.name(0)} reports")
        console.quiet = True
    with console.status(f"waiting for {len(cluster)} workers"):
        workers = join(cluster, config.join_seconds, *more)
    try:
        yield workers
    except WorkerError as error:
        workers.mesh.fail(str(error))
        raise
    except BaseException as error:
        workers.mesh.fail(f"{cluster.name(cluster.rank)}: {str(error) or type(error).__name__}")
        raise


def lead(data: TrainingData, workers: Workers) -> None:
    """Tells the others, in worker 0, that its data are read, and in which precision to train."""
    workers.told(data.precision.name)
    console.print(f"{workers.count} workers train together")


def train_along(
    config: Config, data_of: Callable[[Config], TrainingData], recipe: training.Recipe, workers: Workers
) -> None:
    """Trains with worker 0, in another worker, which writes nothing.

    Args:
        config: The options of the training.
        data_of: A function that reads the data and loads the model.
        recipe: The recipe that the options describe.
        workers: The workers.
    """
    # Once worker 0 has tokenized the rows, they are in the cache, of which this process reads its share alone.
    data = data_of(dataclasses.replace(config, precision=workers.told()))
    data.fit(data.recipe(recipe), [], None, lambda outputs: None, workers)
    workers.mesh.leave()
