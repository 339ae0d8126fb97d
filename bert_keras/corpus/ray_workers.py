"""Workers that predict blocks in processes of their own, on this machine or on a cluster of Ray."""

import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeAlias

import pyarrow as pa
import ray
from ray.exceptions import RayActorError, RayError, RayTaskError

from bert_keras.corpus.blocks import Block
from bert_keras.corpus.outcome import Outcome, Predict, predicted, schema_of
from bert_keras.corpus.reachable import check_reachable
from bert_keras.corpus.unfinished import Unfinished
from bert_keras.errors import BertKerasError, InputError, ServiceError
from bert_keras.runtime.going_on import cause_of

Make: TypeAlias = Callable[[str], Predict]
_AHEAD = 2  # blocks that a worker has at a time: one in work, one waiting
_TRIES = 3  # of a block whose worker dies each time, before it is halved
_LONGEST = 300  # characters of a message of Ray
# One core a worker: ops that are split over cores would only wait for each other.
_ENVIRONMENT = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}


@dataclass(frozen=True)
class _Model:
    """What a worker loads.

    Attributes:
        make: The function that loads it.
        name: Its name, or its folder on this machine.
        files: A reference to the files of that folder, by their names, for workers on other machines; else none. In a
            list, which leaves it to the worker to fetch them.
    """

    make: Make
    name: str
    files: list[Any]

    def load(self) -> Predict:
        """Loads the model, from its files if there are some."""
        if not self.files:
            return self.make(self.name)
        with tempfile.TemporaryDirectory(prefix="bert_keras-") as folder:
            for name, content in ray.get(self.files[0]).items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            return self.make(folder)


class _Worker:
    """A process with the model, an actor of Ray.

    The model is loaded by the first call, also once the process was started again: an exception of a call reaches the
    caller as it is, one of a constructor does not.
    """

    def __init__(self) -> None:
        self._predict: Predict | None = None

    def schema(self, model: _Model) -> pa.Schema:
        return schema_of(self._loaded(model))

    def outcome(self, model: _Model, block: Block) -> Outcome:
        return predicted(self._loaded(model), block)

    def _loaded(self, model: _Model) -> Predict:
        if self._predict is None:
            self._predict = model.load()
        return self._predict


class RayWorkers:
    """Processes that predict blocks; a context manager that starts and ends them.

    A worker that dies is started again by Ray, and does its blocks again. A block whose worker dies each time is halved
    until the row is found that it dies of.

    Args:
        make: A function of a module, from a model's name or folder to the function that predicts rows; called in each
            worker.
        model: The name or folder of the model. A folder is sent to the workers of a cluster.
        count: The number of workers. `None` means one for each GPU, or for each core where there is no GPU.
        address: The address of a cluster, `auto`, `HOST:PORT` or `ray://HOST:PORT`; `None` means this machine.

    Raises:
        InputError: There are fewer cores or GPUs than workers.
        ServiceError: Ray cannot be started, or the cluster does not answer.
    """

    def __init__(self, make: Make, model: str, count: int | None = None, address: str | None = None) -> None:
        self._make, self._model, self._count, self._address = make, model, count, address

    def __enter__(self) -> Self:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else Ray warns of a coming change
        check_reachable(self._address)
        here: dict[str, Any] = {} if self._address else {"num_cpus": self._count, "include_dashboard": False}
        try:
            ray.init(self._address or "local", logging_level=logging.ERROR, log_to_driver=False, **here)
        except (ConnectionError, RayError, RuntimeError, ValueError) as error:
            what = "this machine: Ray cannot be started"
            if self._address:
                # By an address Ray never looks for a token by itself, as it does for auto.
                what = f"{self._address}: the cluster refuses; if it wants a token, set RAY_AUTH_MODE=token"
            raise ServiceError(f"{what} ({_one_line(error)})", "UNAVAILABLE") from error
        return self

    def __exit__(self, *error: object) -> None:
        ray.shutdown()

    def outcomes(self, blocks: Iterable[Block]) -> Iterator[tuple[int, Outcome]]:
        """Predicts blocks.

        Args:
            blocks: The blocks, which are taken only as fast as they are predicted.

        Yields:
            The number of a block and its outcome, as they are done, in any order.

        Raises:
            BertKerasError: The model cannot be loaded, or refuses the rows.
            ServiceError: No worker is left, or workers die of row after row.
        """
        unfinished = Unfinished(blocks)
        has = {worker: 0 for worker in self._started()}  # numbers of blocks
        model = self._sent_model()
        running: dict[Any, tuple[Any, Block]] = {}
        schema = _schema(model, [*has])
        while True:
            for worker in [worker for _ in range(_AHEAD) for worker in has]:
                if has[worker] < _AHEAD and (block := unfinished.next(idle=not has[worker])) is not None:
                    running[worker.outcome.remote(model, block)] = worker, block
                    has[worker] += _AHEAD if block.suspect else 1
            if not running:
                return
            call = ray.wait([*running], num_returns=1)[0][0]
            worker, block = running.pop(call)
            has[worker] -= _AHEAD if block.suspect else 1
            outcome = _outcome(call)
            if outcome is not None:
                yield from unfinished.done(block, outcome)
            elif len(block.rows) > 1 or not block.suspect:
                unfinished.halve(block)
            else:
                yield from unfinished.died(block, schema)

    def _started(self) -> list[Any]:
        """Starts the processes."""
        there = ray.cluster_resources()
        gpus = int(there.get("GPU", 0))
        most, unit = (gpus, "GPUs") if gpus else (int(there.get("CPU", 0)), "cores")
        count = most if self._count is None else self._count
        if not 0 < count <= most:
            raise InputError(f"--workers: there are {most} {unit}, and a worker takes one. Received: {count}")
        actors = ray.remote(_Worker).options(
            num_cpus=0 if gpus else 1,
            num_gpus=1 if gpus else 0,
            max_restarts=-1,
            max_task_retries=_TRIES - 1,
            runtime_env={"env_vars": _ENVIRONMENT},
        )
        return [actors.remote() for _ in range(count)]

    def _sent_model(self) -> _Model:
        folder = Path(self._model)
        sent = self._address is not None and folder.is_dir()
        return _Model(self._make, self._model, [ray.put(_files_of(folder))] if sent else [])


def _schema(model: _Model, workers: list[Any]) -> pa.Schema:
    """Returns the columns of answers, as soon as one worker has loaded the model."""
    first = ray.wait([worker.schema.remote(model) for worker in workers], num_returns=1)[0][0]
    try:
        return ray.get(first)
    except RayTaskError as error:
        raise _cause(error) from None
    except RayError as error:
        raise ServiceError(f"the worker's process cannot be started ({_one_line(error)})") from error


def _outcome(call: Any) -> Outcome | None:
    """Returns what a call found; `None` if its worker died of it each time."""
    try:
        found: Outcome = ray.get(call)
        return found
    except RayTaskError as error:
        raise _cause(error) from None
    except RayActorError:
        return None
    except RayError as error:
        raise ServiceError(f"Ray has lost the answers of a block ({_one_line(error)})") from error


def _cause(error: RayTaskError) -> Exception:
    """Returns what a call raised: a mistake as it is, and whatever else with where it happened."""
    cause: Exception = error.cause
    return cause if isinstance(cause, BertKerasError) else ServiceError(f"a worker has failed: {cause_of(cause)}")


def _files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _one_line(error: Exception) -> str:
    """Returns the end of a message, where Ray puts the cause, in one line."""
    line = " ".join(str(error).split())
    return line if len(line) <= _LONGEST else f"…{line[-_LONGEST:]}"
