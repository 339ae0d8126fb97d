"""Requests over gRPC, in a thread or in an event loop, on the official stubs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

from bert_keras.errors import InputError
from bert_keras.serving.client.grpc_codec import GrpcRequest
from bert_keras.serving.client.settings import Settings
from bert_keras.serving.client.steps import Failure
from bert_keras.serving.server.protos import model_service_pb2_grpc, prediction_service_pb2_grpc

_OPTIONS = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # Tries are made in one place, and a channel that waits longer than the pause between them would make them vain.
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
)


class GrpcTransport:
    """Carries requests over gRPC.

    Args:
        settings: The client's settings.
    """

    def __init__(self, settings: Settings) -> None:
        target, credentials = settings.address.target, _credentials(settings)
        self._channel = (
            grpc.insecure_channel(target, _OPTIONS)
            if credentials is None
            else grpc.secure_channel(target, credentials, _OPTIONS)
        )
        self._methods, self._metadata = _methods(self._channel), _metadata(settings)

    def send(self, request: GrpcRequest, timeout: float) -> Any:
        """Sends a request, and returns the answer or a `Failure`."""
        try:
            return self._methods[request.method](request.message, timeout=timeout, metadata=self._metadata)
        except grpc.RpcError as error:
            return _failure(error)

    def close(self) -> None:
        """Closes the channel."""
        self._channel.close()


class AsyncGrpcTransport:
    """Carries requests over gRPC in an event loop.

    Args:
        settings: The client's settings.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings, self._metadata = settings, _metadata(settings)
        self._credentials = _credentials(settings)
        self._channel: grpc.aio.Channel | None = None
        self._methods: Mapping[str, Any] = {}

    async def send(self, request: GrpcRequest, timeout: float) -> Any:
        """Sends a request, and returns the answer or a `Failure`."""
        self._open()
        try:
            return await self._methods[request.method](request.message, timeout=timeout, metadata=self._metadata)
        except grpc.aio.AioRpcError as error:
            return _failure(error)

    async def close(self) -> None:
        """Closes the channel."""
        if self._channel is not None:
            await self._channel.close()

    def _open(self) -> None:
        # A channel belongs to the event loop in which it is made, and a client may be made before there is one.
        if self._channel is None:
            target = self._settings.address.target
            self._channel = (
                grpc.aio.insecure_channel(target, _OPTIONS)
                if self._credentials is None
                else grpc.aio.secure_channel(target, self._credentials, _OPTIONS)
            )
            self._methods = _methods(self._channel)


def _methods(channel: Any) -> dict[str, Any]:
    prediction = prediction_service_pb2_grpc.PredictionServiceStub(channel)
    model = model_service_pb2_grpc.ModelServiceStub(channel)
    return {
        "Predict": prediction.Predict,
        "GetModelMetadata": prediction.GetModelMetadata,
        "GetModelStatus": model.GetModelStatus,
    }


def _credentials(settings: Settings) -> grpc.ChannelCredentials | None:
    if not settings.address.secure:
        return None
    tls = settings.tls
    if tls is None:
        return grpc.ssl_channel_credentials()
    try:
        parts = [
            None if path is None else Path(path).read_bytes() for path in (tls.authorities, tls.key, tls.certificate)
        ]
    except OSError as error:
        raise InputError(f"the certificates cannot be read ({error}). Received: {tls}") from error
    return grpc.ssl_channel_credentials(*parts)


def _metadata(settings: Settings) -> tuple[tuple[str, str], ...]:
    return tuple((name.lower(), value) for name, value in settings.headers.items())


def _failure(error: Any) -> Failure:
    return Failure(error.code().name, error.details() or "no message")
