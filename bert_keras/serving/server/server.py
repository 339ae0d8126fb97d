"""The server: its models, REST and gRPC, from start to end."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import grpc

from bert_keras.errors import InputError
from bert_keras.serving.server.grpc.server import GrpcServer
from bert_keras.serving.server.interface import Models, ModelSettings, ServingError
from bert_keras.serving.server.limits import Gate, Limits
from bert_keras.serving.server.metrics import Metrics
from bert_keras.serving.server.page_files import page_answers
from bert_keras.serving.server.records import OnAnswer, RequestRecord
from bert_keras.serving.server.rest.api import Answer, RestApi
from bert_keras.serving.server.rest.server import RestServer
from bert_keras.serving.server.watch import VersionEvent, VersionWatch


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
        ui: Whether REST serves the page to try models at `/`.
    """

    host: str = "127.0.0.1"
    port: int = 8500
    rest_api_port: int = 8501
    limits: Limits = field(default_factory=Limits)
    metrics_path: str | None = None
    credentials: grpc.ServerCredentials | None = None
    ui: bool = False


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
        self._names = list(names)
        gate = Gate(settings.limits)
        metrics = Metrics(lambda: gate.inside)

        def answered(record: RequestRecord) -> None:
            metrics.add(record)
            on_answer(record)

        pages = page_answers(lambda: self._names) if settings.ui else {}
        if settings.metrics_path is not None:
            pages[settings.metrics_path] = lambda: Answer(200, metrics.page(), "text/plain")
        self.rest = RestServer(RestApi(models, gate, pages), settings.limits, answered)
        self.grpc = GrpcServer(models, self.reload, gate, answered)
        self._watch = VersionWatch(models, lambda: self._names, on_version)
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Loads the models, then listens.

        Raises:
            InputError: A port is in use, or the models cannot be served as they are configured.
        """
        settings = self.settings
        # Found out before the models take their time.
        for port in filter(None, (settings.port, settings.rest_api_port)):
            check_port(settings.host, port)
        self._watching = asyncio.create_task(self._watch.run())
        try:
            await self.models.start()
        except ServingError as error:
            raise InputError(error.message) from error
        self._watch.look()
        try:
            await self.grpc.start(settings.host, settings.port, settings.credentials)
            if settings.rest_api_port:
                await self.rest.start(settings.host, settings.rest_api_port)
        except OSError as error:
            raise InputError(str(error)) from error

    async def reload(self, models: Sequence[ModelSettings]) -> None:
        """Replaces the list of models, and returns once it is in force.

        Args:
            models: The models from now on.
        """
        await self.models.reload(models)
        self._names = [*dict.fromkeys([*self._names, *(model.name for model in models)])]

    async def stop(self) -> None:
        """Takes no more requests, answers those that run, and ends."""
        await asyncio.gather(self.rest.stop(), self.grpc.stop())
        await self.models.stop()
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching


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
