"""The addresses of all workers, and the place of this process among them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bert_keras.errors import InputError

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_TASKS = ("chief", "worker")  # in the order of their ranks


@dataclass(frozen=True)
class Cluster:
    """The addresses of all workers, and the place of this process among them.

    Attributes:
        addresses: The host and port of each worker, `HOST:PORT`, in the order of their ranks. Port 0 lets the worker
            choose one, which it tells worker 0.
        rank: The rank of this process, the index of its address.
    """

    addresses: tuple[str, ...]
    rank: int

    def __len__(self) -> int:
        return len(self.addresses)

    def name(self, rank: int) -> str:
        """Returns a worker's name in messages, such as `worker 1 (gpu-2:4711)`."""
        return f"worker {rank} ({self.addresses[rank]})" if self.port(rank) else f"worker {rank}"

    def host(self, rank: int) -> str:
        """Returns the host of a worker."""
        return self.addresses[rank].rpartition(":")[0].strip("[]")

    def port(self, rank: int) -> int:
        """Returns the port of a worker."""
        return int(self.addresses[rank].rpartition(":")[2])

    @property
    def bound(self) -> str:
        """The address that this process listens on: all of the machine's, unless its own is of the loopback."""
        own = self.host(self.rank)
        return own if own in _LOOPBACK else ""


def cluster_of(described: str) -> Cluster:
    """Reads the value of the environment variable `TF_CONFIG`, as TensorFlow's strategies do.

    Args:
        described: JSON such as `{"cluster": {"worker": ["a:4711", "b:4711"]}, "task": {"type": "worker", "index": 0}}`.
            A "chief", if there is one, is worker 0.

    Returns:
        The cluster.

    Raises:
        InputError: It is not such JSON.
    """
    try:
        content = json.loads(described)
        jobs = {str(job): [str(address) for address in _listed(of)] for job, of in content["cluster"].items()}
        task = str(content["task"]["type"]), _index(content["task"]["index"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _wrong("it names no cluster and task", described) from error
    others = sorted(set(jobs) - {*_TASKS})
    if others:
        raise _wrong(f"only chief and worker take part, not {', '.join(others)}", described)
    ranks = {(job, place): address for job in _TASKS for place, address in enumerate(jobs.get(job, []))}
    if task not in ranks:
        raise _wrong(f"the cluster has no {task[0]} {task[1]}", described)
    bad = next((address for address in ranks.values() if not _plausible(address)), None)
    if bad is not None:
        raise _wrong(f"{bad!r} is not HOST:PORT", described)
    known = [address for address in ranks.values() if not address.endswith(":0")]
    if len(set(known)) < len(known) or len(known) == 0 or next(iter(ranks.values())) not in known:
        raise _wrong("the address of each worker has to be known, and another than those of the others", described)
    return Cluster(tuple(ranks.values()), list(ranks).index(task))


def _index(given: Any) -> int:
    if type(given) not in (int, str):  # of 0.7 Python makes 0, which another worker is
        raise TypeError
    return int(given)


def _listed(addresses: Any) -> list[Any]:
    if isinstance(addresses, Mapping):  # as TensorFlow allows: by index
        return [addresses[place] for place in sorted(addresses, key=int)]
    if not isinstance(addresses, list):
        raise TypeError
    return addresses


def _plausible(address: str) -> bool:
    host, _, port = address.rpartition(":")
    return bool(host) and port.isdecimal() and int(port) < 2**16


def _wrong(why: str, described: str) -> InputError:
    return InputError(
        f'TF_CONFIG: {why}; it must be such as {{"cluster": {{"worker": ["HOST:PORT", "HOST:PORT"]}}, '
        f'"task": {{"type": "worker", "index": 0}}}}. Received: {described:.300}'
    )
