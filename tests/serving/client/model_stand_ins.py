"""Servers over real sockets that answer as TF Serving does: REST and gRPC in front of a Python function."""

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from google.protobuf import any_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

Outputs = Mapping[str, np.ndarray]
HTTP_STATUS = {3: 400, 4: 504, 5: 404, 8: 429, 13: 500, 14: 503}
SIGNATURES = {
    "serving_default": ({"text": ("DT_STRING", [-1])}, {"score": ("DT_FLOAT", [-1]), "tokens": ("DT_INT32", [-1])}),
    "embed": ({"text": ("DT_STRING", [-1])}, {"embedding": ("DT_FLOAT", [-1, 3])}),
}


class Refused(Exception):
    """A request that the stand-in answers with an error: a canonical code and a message."""


@dataclass
class Seen:
    """A request as it arrived: the path or method, the inputs, and the headers or metadata."""

    what: str
    inputs: dict[str, list[Any]]
    headers: dict[str, str]
    connection: str = ""


@dataclass
class ServedModel:
    """What a stand-in answers.

    Attributes:
        run: Runs a signature: name and inputs to outputs; may raise `Refused`, or over REST `ConnectionAbortedError`,
            which closes the connection without an answer.
        states: Versions with their states, error codes and messages.
        labels: The labels that lead somewhere.
        seen: The requests so far.
    """

    run: Callable[[str, dict[str, list[Any]]], Outputs] = lambda signature, inputs: {}
    states: list[tuple[int, str, int, str]] = field(default_factory=lambda: [(1, "AVAILABLE", 0, "")])
    labels: tuple[str, ...] = ("stable",)
    seen: list[Seen] = field(default_factory=list)

    def check_label(self, label: str) -> None:
        if label and label not in self.labels:
            raise Refused(3, f"Unrecognized servable version label: {label}")


@contextlib.contextmanager
def rest_stand_in(
    model: ServedModel,
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    fixed: tuple[int, bytes, dict[str, str]] | None = None,
) -> Iterator[str]:
    """Serves a model over REST, or answers everything with a fixed status, body and headers; yields the address."""
    server = _Server(("127.0.0.1", port), type("Handler", (_Handler,), {"model": model, "fixed": fixed}))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def grpc_stand_in(
    model: ServedModel, credentials: grpc.ServerCredentials | None = None, port: int = 0
) -> Iterator[str]:
    """Serves a model over gRPC on the official servicer classes; yields the address."""
    server = grpc.server(ThreadPoolExecutor(4))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(_Prediction(model), server)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(_Models(model), server)
    if credentials is None:
        port = server.add_insecure_port(f"127.0.0.1:{port}")
    else:
        port = server.add_secure_port(f"127.0.0.1:{port}", credentials)
    server.start()
    try:
        yield f"{'grpc' if credentials is None else 'grpcs'}://127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing about clients that went away."""


class _Handler(BaseHTTPRequestHandler):
    model: ServedModel
    fixed: tuple[int, bytes, dict[str, str]] | None
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer

    def do_GET(self) -> None:
        self._answer(self._described)

    def do_POST(self) -> None:
        self._answer(self._predicted)

    def log_message(self, *arguments: Any) -> None:
        pass

    def _answer(self, answered: Callable[[str, Any], Any]) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, _, method = self.path.partition(":")
        read = json.loads(body) if body else {}
        rows = read.get("instances", [])
        inputs = {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
        self.model.seen.append(Seen(self.path, inputs, dict(self.headers), str(self.client_address)))
        status, said, headers = 200, b"", {}
        try:
            self.model.check_label(path.partition("/labels/")[2].partition("/")[0])
            if self.fixed is not None:
                status, said, headers = self.fixed
            else:
                said = json.dumps(answered(path, (read, inputs))).encode()
        except Refused as refused:
            status, said = HTTP_STATUS[refused.args[0]], json.dumps({"error": refused.args[1]}).encode()
        except ConnectionAbortedError:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(said))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said)

    def _predicted(self, path: str, given: Any) -> Any:
        read, inputs = given
        outputs = self.model.run(read["signature_name"], inputs)
        columns = {name: _plain(values) for name, values in outputs.items()}
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        # As TF Serving has it: a single output has no name.
        return {"predictions": [row[name] for row in rows for name in row] if len(columns) == 1 else rows}

    def _described(self, path: str, given: Any) -> Any:
        if path.endswith("/metadata"):
            return {
                "model_spec": {"name": "m", "version": "1", "signature_name": ""},
                "metadata": {
                    "signature_def": {"signature_def": {n: _json_signature(s) for n, s in SIGNATURES.items()}}
                },
            }
        if not self.model.states:
            raise Refused(5, "Could not find any versions of model m")
        return {
            "model_version_status": [
                {"version": str(version), "state": state, "status": {"error_code": _name(code), "error_message": said}}
                for version, state, code, said in self.model.states
            ]
        }


class _Prediction(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, model: ServedModel) -> None:
        self._model = model

    def Predict(self, request: Any, context: grpc.ServicerContext) -> Any:
        inputs = {name: _plain(tf.make_ndarray(tensor)) for name, tensor in request.inputs.items()}
        self._model.seen.append(Seen("Predict", inputs, dict(context.invocation_metadata()), context.peer()))
        answer = predict_pb2.PredictResponse()
        with _aborted(context):
            self._model.check_label(request.model_spec.version_label)
            for name, values in self._model.run(request.model_spec.signature_name, inputs).items():
                answer.outputs[name].CopyFrom(tf.make_tensor_proto(values))
        return answer

    def GetModelMetadata(self, request: Any, context: grpc.ServicerContext) -> Any:
        answer = get_model_metadata_pb2.GetModelMetadataResponse()
        with _aborted(context):
            self._model.check_label(request.model_spec.version_label)
        answer.model_spec.name, answer.model_spec.version.value = "m", 1
        named = get_model_metadata_pb2.SignatureDefMap()
        for name, (inputs, outputs) in SIGNATURES.items():
            for infos, tensors in (
                (named.signature_def[name].inputs, inputs),
                (named.signature_def[name].outputs, outputs),
            ):
                for tensor, (dtype, shape) in tensors.items():
                    infos[tensor].dtype = _dtype(dtype)
                    infos[tensor].tensor_shape.CopyFrom(
                        tf.TensorShape([None if s < 0 else s for s in shape]).as_proto()
                    )
        packed = any_pb2.Any()
        packed.Pack(named)
        answer.metadata["signature_def"].CopyFrom(packed)
        return answer


class _Models(model_service_pb2_grpc.ModelServiceServicer):
    def __init__(self, model: ServedModel) -> None:
        self._model = model

    def GetModelStatus(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._model.seen.append(Seen("GetModelStatus", {}, dict(context.invocation_metadata()), context.peer()))
        answer = get_model_status_pb2.GetModelStatusResponse()
        if not self._model.states:
            context.abort(grpc.StatusCode.NOT_FOUND, "Could not find any versions of model m")
        for version, state, code, said in self._model.states:
            one = answer.model_version_status.add(version=version)
            one.state = get_model_status_pb2.ModelVersionStatus.State.Value(state)
            one.status.error_code, one.status.error_message = code, said
        return answer


@contextlib.contextmanager
def _aborted(context: grpc.ServicerContext) -> Iterator[None]:
    try:
        yield
    except Refused as refused:
        code = next(code for code in grpc.StatusCode if code.value[0] == refused.args[0])
        context.abort(code, refused.args[1])


def _plain(values: np.ndarray) -> list[Any]:
    if values.dtype != object or not values.size:
        return values.tolist()
    return np.vectorize(lambda text: text.decode() if isinstance(text, bytes) else text, otypes=[object])(
        values
    ).tolist()


def _json_signature(signature: Any) -> dict[str, Any]:
    return {
        part: {
            name: {
                "name": f"{name}:0",
                "dtype": dtype,
                "tensor_shape": {"dim": [{"size": str(size), "name": ""} for size in shape], "unknown_rank": False},
            }
            for name, (dtype, shape) in tensors.items()
        }
        for part, tensors in zip(("inputs", "outputs"), signature, strict=True)
    }


def _dtype(name: str) -> int:
    return getattr(tf, {"DT_STRING": "string", "DT_FLOAT": "float32", "DT_INT32": "int32"}[name]).as_datatype_enum


def _name(code: int) -> str:
    return next(one.name for one in grpc.StatusCode if one.value[0] == code)


def slow(seconds: float) -> Callable[[str, dict[str, list[Any]]], Outputs]:
    """A model that takes that long."""

    def run(signature: str, inputs: dict[str, list[Any]]) -> Outputs:
        time.sleep(seconds)
        return scored(signature, inputs)

    return run


def scored(signature: str, inputs: dict[str, list[Any]]) -> Outputs:
    """A regression model: the score of a text is its number of characters."""
    texts = inputs["text"]
    if signature == "embed":
        return {"embedding": np.array([[len(text), 0.5, -1] for text in texts], np.float32)}
    lengths = np.array([len(text) for text in texts])
    return {"score": lengths.astype(np.float32) / 4, "tokens": lengths.astype(np.int32)}
