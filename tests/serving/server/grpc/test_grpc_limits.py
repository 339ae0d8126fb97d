"""What a gRPC client may take of the server: connections, and time to send its message."""

import contextlib
import socket
import struct
import time
from collections.abc import Iterator

import grpc
import pytest
from served import Served, serving
from tensorflow_serving.apis import get_model_status_pb2

from bert_keras.serving.server import Limits

STATUS = "/tensorflow.serving.ModelService/GetModelStatus"
HEADERS, DATA, SETTINGS = 1, 0, 4
END_OF_HEADERS, END_OF_STREAM = 4, 1


@pytest.fixture(scope="module")
def small() -> Iterator[Served]:
    """A server that takes two connections, and waits half a second for a message."""
    with serving(limits=Limits(connections=2, client_seconds=0.5, drain_seconds=2)) as running:
        yield running


def status(served: Served) -> grpc.StatusCode:
    """Asks for a status over a connection of its own."""
    asked = get_model_status_pb2.GetModelStatusRequest()
    asked.model_spec.name = "fake"
    with grpc.insecure_channel(f"127.0.0.1:{served.grpc}", [("grpc.use_local_subchannel_pool", 1)]) as channel:
        try:
            channel.unary_unary(STATUS)(asked.SerializeToString(), timeout=10)
        except grpc.RpcError as error:
            return error.code()
    return grpc.StatusCode.OK


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def begun_call(stream: int) -> bytes:
    """The headers of a call, after which its message is awaited."""
    fields = {":method": "POST", ":scheme": "http", ":path": STATUS, ":authority": "x", "te": "trailers"}
    fields["content-type"] = "application/grpc"
    lines = ((name.encode(), value.encode()) for name, value in fields.items())
    packed = (b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value for name, value in lines)
    return frame(HEADERS, END_OF_HEADERS, stream, b"".join(packed))


@contextlib.contextmanager
def opened(served: Served) -> Iterator[socket.socket]:
    """A connection of HTTP/2."""
    with socket.create_connection(("127.0.0.1", served.grpc), timeout=10) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0))
        yield connection


def end_of(connection: socket.socket, stream: int) -> bytes:
    """Reads until a stream has its last headers, and returns them."""
    received = connection.makefile("rb")
    while head := received.read(9):
        payload = received.read(int.from_bytes(head[:3], "big"))
        if head[3] == HEADERS and int.from_bytes(head[5:], "big") == stream and head[4] & END_OF_STREAM:
            return payload
    return b""


def test_a_message_that_does_not_come_ends_its_call_and_no_other(small: Served) -> None:
    with opened(small) as connection:
        start = time.monotonic()
        connection.sendall(begun_call(1) + frame(DATA, 0, 1, b"\x00\x00\x00\x00\x64abc"))
        assert status(small) is grpc.StatusCode.OK
        ended = end_of(connection, 1)
        assert 0.3 < time.monotonic() - start < 5
        assert b"The message did not arrive within 0.5 s (--client_timeout_seconds)" in ended
        connection.sendall(begun_call(3) + frame(DATA, END_OF_STREAM, 3))
        assert b"The call has no message" in end_of(connection, 3)


def taken(served: Served, until: contextlib.ExitStack) -> None:
    """Holds a connection that the server answers, which it does as soon as it has noticed that earlier ones ended."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with contextlib.suppress(OSError), contextlib.ExitStack() as attempt:
            connection = attempt.enter_context(opened(served))
            connection.sendall(begun_call(1) + frame(DATA, END_OF_STREAM, 1, b"\x00\x00\x00\x00\x00"))
            if b"Missing ModelSpec" in end_of(connection, 1):
                until.enter_context(attempt.pop_all())
                return
    raise AssertionError("no connection was taken")


def test_more_connections_than_the_limit_are_refused_until_one_is_closed(small: Served) -> None:
    with contextlib.ExitStack() as until_closed:
        taken(small, until_closed)
        taken(small, until_closed)
        assert status(small) is grpc.StatusCode.UNAVAILABLE
    end = time.monotonic() + 10
    while status(small) is not grpc.StatusCode.OK:
        assert time.monotonic() < end
