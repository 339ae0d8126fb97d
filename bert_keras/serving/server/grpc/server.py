"""The gRPC server: services, health, reflection, limits."""

from collections.abc import Awaitable, Callable

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from bert_keras.serving.server.grpc.call_messages import CallMessages
from bert_keras.serving.server.grpc.model_service import ModelService
from bert_keras.serving.server.grpc.prediction_service import PredictionService
from bert_keras.serving.server.interface import Models, ModelSettings
from bert_keras.serving.server.limits import Gate
from bert_keras.serving.server.protos import (
    model_service_pb2,
    model_service_pb2_grpc,
    prediction_service_pb2,
    prediction_service_pb2_grpc,
)
from bert_keras.serving.server.records import OnAnswer

_PREDICTION = prediction_service_pb2.DESCRIPTOR.services_by_name["PredictionService"].full_name
_MODELS = model_service_pb2.DESCRIPTOR.services_by_name["ModelService"].full_name
_STREAMS_A_WAITING_REQUEST = 4


class GrpcServer:
    """Serves the gRPC API.

    Args:
        models: The models.
        reload: Replaces the list of models.
        gate: Counts the requests that wait.
        on_answer: Is called with the record of each call.
    """

    def __init__(
        self,
        models: Models,
        reload: Callable[[list[ModelSettings]], Awaitable[None]],
        gate: Gate,
        on_answer: OnAnswer,
    ) -> None:
        limits = gate.limits
        self._drain_seconds = limits.drain_seconds
        self._server = grpc.aio.server(
            interceptors=(CallMessages(limits.client_seconds),),
            options=(
                ("grpc.so_reuseport", 0),  # a second server on the port is an error, not half of the requests
                ("grpc.max_receive_message_length", limits.body_bytes),
                ("grpc.max_send_message_length", -1),
                # Above the gate's limit, which says why it refuses: gRPC's own refusal is a reset stream.
                ("grpc.max_concurrent_streams", _STREAMS_A_WAITING_REQUEST * limits.waiting_requests),
                ("grpc.max_allowed_incoming_connections", limits.connections),
                ("grpc.server_handshake_timeout_ms", int(limits.client_seconds * 1000)),
                ("grpc.keepalive_time_ms", int(limits.client_seconds * 1000)),
            ),
        )
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
            PredictionService(models, gate, on_answer), self._server
        )
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(ModelService(models, reload, on_answer), self._server)
        self._health = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = (_PREDICTION, _MODELS, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server)

    async def start(self, host: str, port: int, tls: grpc.ServerCredentials | None = None) -> int:
        """Begins to listen.

        Args:
            host: The address.
            port: The port; 0 for any free one.
            tls: The certificates; `None` for plain connections.

        Returns:
            The port.

        Raises:
            OSError: The port is in use, or the address is not of this machine.
        """
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        if tls is None:
            bound = _bound(lambda: self._server.add_insecure_port(address), address)
        else:
            bound = _bound(lambda: self._server.add_secure_port(address, tls), address)
        await self._server.start()
        for service in ("", _PREDICTION, _MODELS):
            await self._health.set(service, health_pb2.HealthCheckResponse.SERVING)
        return bound

    async def stop(self) -> None:
        """Takes no more calls, and returns when the running ones are answered or their time is up."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(self._drain_seconds)


def _bound(add: Callable[[], int], address: str) -> int:
    try:
        port = add()
    except RuntimeError as error:
        raise OSError(f"{address} cannot be listened on: {error}") from None
    if not port:
        raise OSError(f"{address} cannot be listened on")
    return port
