"""How workers find each other: each connects with every other, within a time limit."""

import contextlib
import json
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

from bert_keras import __version__
from bert_keras.errors import InputError, WorkerError
from bert_keras.workers.cluster import Cluster
from bert_keras.workers.mesh import Mesh
from bert_keras.workers.workers import Workers

_LENGTH = struct.Struct("!I")
_LONGEST = 1 << 20
_TALK = 5.0  # seconds in which who connects has to say who it is
_TICK = 0.2
_BACKLOG = 128


def listener_of(cluster: Cluster) -> socket.socket:
    """Returns a socket that listens on the address of this process.

    Raises:
        InputError: The port is taken.
    """
    host, port = cluster.bound, cluster.port(cluster.rank)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise InputError(
            f"{cluster.name(cluster.rank)}: this process cannot listen on port {port} ({error.strerror}); name another "
            "one in TF_CONFIG, for all workers"
        ) from error


def join(
    cluster: Cluster,
    seconds: float,
    listener: socket.socket | None = None,
    ended: Callable[[int], str] = lambda rank: "",
) -> Workers:
    """Connects this process with all other workers.

    Args:
        cluster: The workers.
        seconds: The time limit.
        listener: A socket that listens on the address of this process already; `None` makes one.
        ended: A function that says how a worker's process ended, if it did and this process can know it, else "".

    Returns:
        The workers.

    Raises:
        WorkerError: A worker did not come in time; the message names all that are missing.
        InputError: The port is taken, or the workers do not belong together.
    """
    with listener or listener_of(cluster) as listening:
        meeting = _Meeting(cluster, listening, time.monotonic() + seconds, seconds, ended)
        try:
            connections = meeting.as_first() if cluster.rank == 0 else meeting.as_other()
        except BaseException:
            meeting.close()
            raise
    return Workers(Mesh(cluster, connections, ended))


class _Meeting:
    def __init__(
        self,
        cluster: Cluster,
        listener: socket.socket,
        end: float,
        seconds: float,
        ended: Callable[[int], str],
    ) -> None:
        self._cluster, self._listener, self._end, self._ended = cluster, listener, end, ended
        self._seconds = seconds
        self._connections: dict[int, socket.socket] = {}
        listener.settimeout(_TICK)

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()

    def as_first(self) -> dict[int, socket.socket]:
        """Waits for all others, and tells each the ports of all."""
        ports = {0: 0}
        try:
            while missing := self._missing(range(1, len(self._cluster))):
                self._in_time(missing)
                hello = self._accepted()
                if hello is not None:
                    ports[hello["rank"]] = hello["port"]
        except (InputError, WorkerError) as error:
            self._tell({"error": str(error)})
            raise
        self._tell({"ports": [ports[rank] for rank in sorted(ports)]})
        return self._connections

    def as_other(self) -> dict[int, socket.socket]:
        """Comes to worker 0, learns the ports of the others, and connects with them."""
        own = self._cluster.rank
        self._connect(0, self._cluster.port(0))
        ports = self._answer()
        for rank in range(1, own):
            self._connect(rank, ports[rank])
        while missing := self._missing(range(own + 1, len(self._cluster))):
            self._in_time(missing)
            self._accepted()
        return self._connections

    def _missing(self, ranks: range) -> list[int]:
        return [rank for rank in ranks if rank not in self._connections]

    def _in_time(self, missing: list[int]) -> None:
        for rank in missing:
            how = self._ended(rank)
            if how:
                raise WorkerError(f"{self._cluster.name(rank)} did not come: its process ended, {how}")
        if time.monotonic() > self._end:
            names = ", ".join(map(self._cluster.name, missing))
            raise WorkerError(
                f"after {self._seconds:.0f} s {len(missing)} of {len(self._cluster)} workers are missing: {names}; "
                "start the same command there, with the TF_CONFIG of each, or wait longer with --join_seconds"
            )

    def _accepted(self) -> dict[str, Any] | None:
        """Accepts a connection, if there is one; returns what it said if it is a worker's."""
        try:
            connection, _ = self._listener.accept()
        except TimeoutError:
            return None
        try:
            hello = _received(connection)
            rank = int(hello["rank"])
            self._check(hello, rank)
        except InputError as error:
            with contextlib.suppress(OSError):
                _send(connection, {"error": str(error)})
            connection.close()
            raise
        except (OSError, ValueError, TypeError, KeyError):
            connection.close()  # a stranger, such as a port scanner
            return None
        self._connections[rank] = connection
        return hello

    def _check(self, hello: dict[str, Any], rank: int) -> None:
        name = self._cluster.name(rank) if 0 <= rank < len(self._cluster) else f"worker {rank}"
        if hello["version"] != __version__:
            raise InputError(f"{name} has version {hello['version']} of bert_keras, this one {__version__}")
        if hello["cluster"] != list(self._cluster.addresses):
            raise InputError(f"{name} knows other workers, {', '.join(hello['cluster'])}; TF_CONFIG differs")
        if rank in self._connections or rank == self._cluster.rank:
            raise InputError(f"two processes say that they are {name}; look at the index in each TF_CONFIG")

    def _connect(self, rank: int, port: int) -> None:
        address = self._cluster.host(rank), port
        while rank not in self._connections:
            try:
                connection = socket.create_connection(address, _TALK)
                self._connections[rank] = connection
                _send(connection, self._hello())
                return
            except OSError as error:
                why = error.strerror or error
            self._connections.pop(rank, None)
            if time.monotonic() > self._end:
                raise WorkerError(f"{self._cluster.name(rank)} did not answer for {self._seconds:.0f} s ({why})")
            time.sleep(_TICK)

    def _hello(self) -> dict[str, Any]:
        return {
            "version": __version__,
            "cluster": list(self._cluster.addresses),
            "rank": self._cluster.rank,
            "port": self._listener.getsockname()[1],
        }

    def _answer(self) -> list[int]:
        connection = self._connections[0]
        connection.settimeout(max(_TALK, self._end - time.monotonic() + _TALK))  # worker 0 names who is missing
        try:
            answer = _received(connection)
        except (OSError, ValueError) as error:
            raise WorkerError(f"{self._cluster.name(0)} ended before all workers had come") from error
        if "error" in answer:
            raise WorkerError(f"{self._cluster.name(0)}: {answer['error']}")
        return list(answer["ports"])

    def _tell(self, answer: dict[str, Any]) -> None:
        for connection in self._connections.values():
            with contextlib.suppress(OSError):
                _send(connection, answer)


def _send(connection: socket.socket, content: dict[str, Any]) -> None:
    body = json.dumps(content).encode()
    connection.sendall(_LENGTH.pack(len(body)) + body)


def _received(connection: socket.socket) -> dict[str, Any]:
    if connection.gettimeout() is None:
        connection.settimeout(_TALK)
    length = _LENGTH.unpack(_exactly(connection, _LENGTH.size))[0]
    if length > _LONGEST:
        raise ValueError("no worker's message")
    content = json.loads(_exactly(connection, length))
    if not isinstance(content, dict):
        raise ValueError("no worker's message")
    return content


def _exactly(connection: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        part = connection.recv(length - len(found))
        if not part:
            raise ConnectionResetError("the connection was closed")
        found += part
    return found
