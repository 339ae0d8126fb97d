"""Requests of a load, made beforehand and sent over kept connections: raw HTTP, or gRPC on the official stubs."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit


class Sender(Protocol):
    """A connection to a server."""

    async def send(self, number: int) -> str:
        """Sends the request of that number; returns what is wrong with the answer, nothing if it is fine."""

    async def close(self) -> None:
        """Closes the connection."""


class RestSender:
    """A connection that sends one request at a time, as HTTP/1.1 does.

    The bytes are made beforehand, and of an answer only what is needed is read: a client that takes as long as the
    server would measure itself.

    Args:
        address: The server, `http://HOST:PORT`.
        model: The model's name.
        texts: The texts, a request of one row for each.
    """

    def __init__(self, address: str, model: str, texts: Sequence[str]) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._requests = [self._request(model, text) for text in texts]
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    def _request(self, model: str, text: str) -> bytes:
        body = json.dumps({"instances": [{"text": text}]}).encode()
        head = (
            f"POST /v1/models/{model}:predict HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    async def send(self, number: int) -> str:
        """Sends the request of that number; returns what is wrong with the answer, nothing if it is fine."""
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection(self._host, self._port)
            reader, writer = self._streams
            writer.write(self._requests[number % len(self._requests)])
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").lower().split("\r\n")
            length = next(int(line.partition(":")[2]) for line in lines if line.startswith("content-length:"))
            body = await reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError, StopIteration) as error:
            await self.close()
            return f"{type(error).__name__}: {error}"
        if "connection: close" in lines:
            await self.close()
        return "" if lines[0].split()[1] == "200" and b'"label"' in body else f"{lines[0]}: {body[:200]!r}"

    async def close(self) -> None:
        """Closes the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


class GrpcSender:
    """A channel of its own, on the official stubs.

    Args:
        address: The server, `grpc://HOST:PORT`.
        model: The model's name.
        texts: The texts, a request of one row for each.
    """

    def __init__(self, address: str, model: str, texts: Sequence[str]) -> None:
        from bert_keras.serving.server.protos import DataType, PredictRequest

        self._target = address.partition("://")[2]
        self._requests = []
        for text in texts:
            request = PredictRequest()
            request.model_spec.name = model
            request.inputs["text"].dtype = DataType.Value("DT_STRING")
            request.inputs["text"].tensor_shape.dim.add(size=1)
            request.inputs["text"].string_val.append(text.encode())
            self._requests.append(request)
        self._channel: Any = None

    async def send(self, number: int) -> str:
        """Sends the request of that number; returns what is wrong with the answer, nothing if it is fine."""
        import grpc.aio

        from bert_keras.serving.server.protos import prediction_service_pb2_grpc

        if self._channel is None:
            # Channels with the same options share a connection, and a thread of the server with it.
            self._channel = grpc.aio.insecure_channel(self._target, [("grpc.use_local_subchannel_pool", 1)])
            self._predict = prediction_service_pb2_grpc.PredictionServiceStub(self._channel).Predict
        try:
            answer = await self._predict(self._requests[number % len(self._requests)], timeout=60)
        except grpc.aio.AioRpcError as error:
            return f"{error.code().name}: {error.details()}"
        return "" if "label" in answer.outputs else "an answer without a label"

    async def close(self) -> None:
        """Closes the channel."""
        if self._channel is not None:
            await self._channel.close()
            self._channel = None


def sender_of(address: str, model: str, texts: Sequence[str]) -> Sender:
    """Returns a connection by the scheme of the address."""
    kind = GrpcSender if address.startswith("grpc://") else RestSender
    return kind(address, model, texts)
