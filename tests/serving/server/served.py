"""A server in a thread of its own, with models that are fake, and the means to ask it."""

import asyncio
import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from fake_models import FakeModels

from bert_keras.serving.server import Limits, RequestRecord, Server, ServerSettings, VersionEvent


@dataclass
class Reply:
    """An answer over HTTP."""

    status: int
    text: str
    content_type: str | None

    @property
    def error(self) -> str:
        return str(json.loads(self.text)["error"])

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Served:
    """A server that runs."""

    server: Server
    models: FakeModels
    rest: int
    grpc: int
    loop: asyncio.AbstractEventLoop
    records: list[RequestRecord] = field(default_factory=list)
    events: list[VersionEvent] = field(default_factory=list)

    def ask(self, method: str, path: str, body: Any = b"", headers: dict[str, str] | None = None) -> Reply:
        """Sends a request; a body that is no text is sent as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.rest, timeout=20)
        with contextlib.closing(connection):
            given = body if isinstance(body, (str, bytes)) else json.dumps(body)
            connection.request(method, path, given.encode() if isinstance(given, str) else given, headers or {})
            answer = connection.getresponse()
            return Reply(answer.status, answer.read().decode("utf-8", "replace"), answer.getheader("Content-Type"))

    def headers(self, path: str) -> dict[str, str]:
        """The headers of the answer to a GET request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.rest, timeout=20)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return dict(connection.getresponse().getheaders())

    def predict(self, body: Any, **headers: str) -> Reply:
        """Asks for a prediction of the newest version."""
        return self.ask("POST", "/v1/models/fake:predict", body, headers)

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Runs a coroutine function in the server's loop, and returns its result."""
        return asyncio.run_coroutine_threadsafe(function(*arguments), self.loop).result(20)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving(models: FakeModels | None = None, limits: Limits | None = None, **settings: Any) -> Iterator[Served]:
    """Serves while the block runs."""
    served_models = models or FakeModels()
    ready, ended = threading.Event(), threading.Event()
    served: list[Served] = []
    faults: list[BaseException] = []

    async def run() -> None:
        records: list[RequestRecord] = []
        events: list[VersionEvent] = []
        chosen = ServerSettings(
            port=free_port(), rest_api_port=free_port(), limits=limits or Limits(drain_seconds=5), **settings
        )
        server = Server(served_models, ["fake"], chosen, records.append, events.append)
        await server.start()
        loop = asyncio.get_running_loop()
        served.append(Served(server, served_models, chosen.rest_api_port, chosen.port, loop, records, events))
        ready.set()
        await asyncio.to_thread(ended.wait)
        await server.stop()

    def target() -> None:
        try:
            asyncio.run(run())
        except BaseException as fault:
            faults.append(fault)
        finally:
            ready.set()

    thread = threading.Thread(target=target)
    thread.start()
    assert ready.wait(20)
    if faults:
        raise faults[0]
    try:
        yield served[0]
    finally:
        ended.set()
        thread.join(20)
    assert not faults, faults
