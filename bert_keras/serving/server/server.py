"""The server: its models, REST and gRPC, from start to end."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import grpc

from bert_keras.errors import InputError
from bert_keras.serving.server.grpc.server import GrpcServer
from bert_keras.serving.server.interface import Models
from bert_keras.serving.server.limits import Gate, Limits
from bert_keras.serving.server.metrics import Metrics
from bert_keras.serving.server.records import OnAnswer, RequestRecord
from bert_keras.serving.server.rest.api import Answer, RestApi
from bert_keras.serving.server.rest.server import RestServer
from bert_keras.serving.server.watch import VersionEvent, watch_versions


@dataclass(frozen=True)
class ServerSettings:
    """The settings of a server.

    Attributes:
        host: The address on which it listens.
        port: The port of gRPC.
        rest_api_port: The port of REST; 0 for none.
        limits: What it takes on.
        metrics_path: The path of the page of metrics; `None` for none.
        credentials: The certificates of gRPC; `None` for plain connections.
    """

    host: str = "127.0.0.1"
    port: int = 8500
    rest_api_port: int = 8501
    limits: Limits = field(default_factory=Limits)
    metrics_path: str | None = None
    credentials: grpc.ServerCredentials | None = None


class Server:
    """Serves models over REST and gRPC. It must be made while the event loop runs.

    Args:
        models: The models.
        names: The names of the models.
        settings: The settings.
        on_answer: Is called with each request that was answered.
        on_version: Is called when a version comes, goes or fails.
    """

    def __init__(
        self,
        models: Models,
        names: Sequence[str],
        settings: ServerSettings,
        on_answer: OnAnswer,
        on_version: Callable[[VersionEvent], None],
    ) -> None:
        self.models = models
        self.settings = settings
        self._names = names
        self._on_version = on_version
        gate = Gate(settings.limits)
        metrics = Metrics(lambda: gate.inside)

        def answered(record: RequestRecord) -> None:
            metrics.add(record)
            on_answer(record)

        pages = {}
        if settings.metrics_path is not None:
            pages[settings.metrics_path] = lambda: Answer(200, metrics.page(), "text/plain")
        self.rest = RestServer(RestApi(models, gate, pages), settings.limits, answered)
        self.grpc = GrpcServer(models, gate, answered)
        self._watcher: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Loads the models, then listens.

        Raises:
            InputError: A port is in use.
        """
        settings = self.settings
        # Found out before the models take their time.
        for port in filter(None, (settings.port, settings.rest_api_port)):
            check_port(settings.host, port)
        self._watcher = asyncio.create_task(watch_versions(self.models, lambda: self._names, self._on_version))
        await self.models.start()
        try:
            await self.grpc.start(settings.host, settings.port, settings.credentials)
            if settings.rest_api_port:
                await self.rest.start(settings.host, settings.rest_api_port)
        except OSError as error:
            raise InputError(str(error)) from error

    async def stop(self) -> None:
        """Takes no more requests, answers those that run, and ends."""
        await asyncio.gather(self.rest.stop(), self.grpc.stop())
        await self.models.stop()
        if self._watcher is not None:
            await asyncio.sleep(0)
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher


def check_port(host: str, port: int) -> None:
    """Raises an error if a port cannot be listened on.

    Args:
        host: The address.
        port: The port.

    Raises:
        InputError: The port is in use, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{host}:{port} cannot be listened on ({reason}); end the program that holds it, or choose other ports "
            "with --port and --rest_api_port"
        ) from None
