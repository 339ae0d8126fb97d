"""The connection to another worker, on which whole messages and signs of life are exchanged."""

import contextlib
import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Any, Final

_ALIVE: Final = b"\x00"  # a whole frame, so that it is never sent in half
_DATA: Final = 1
_FAILURE: Final = 2
_HEADER = struct.Struct("!BIQ")  # what it is, the number of the exchange, the bytes that follow
_LONGEST_NEWS = 2000  # characters
_BUFFER = 4 << 20


class Peer:
    """The connection to another worker.

    Its thread of signs of life and the thread that exchanges messages send on it, never within each other's frames.

    Args:
        name: The name of the worker, for messages.
        connection: The connection.

    Attributes:
        name: The name of the worker.
        socket: The connection.
        heard: The time at which bytes last came or went, in seconds of `time.monotonic`.
        gone: Whether the connection has ended.
        failure: What the worker said that it ends for; `None` if it has said nothing.
        sent: The number of bytes of all messages so far.
        received: The message of the last exchange; `None` as long as it has not come whole.
    """

    def __init__(self, name: str, connection: socket.socket) -> None:
        self.name, self.socket = name, connection
        self.heard, self.gone, self.sent = 0.0, False, 0
        self.failure: str | None = None
        self._lock = threading.Lock()
        self._to_send: deque[memoryview] = deque()
        self._wanted: int | None = None
        self._header, self._have = bytearray(_HEADER.size), 0
        self._body: memoryview | None = None
        self._filled, self._kind = 0, 0
        self._room: memoryview | None = None
        self.received: memoryview | None = None
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for which in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            connection.setsockopt(socket.SOL_SOCKET, which, _BUFFER)

    @property
    def sending(self) -> bool:
        """Whether a part of a message is still to be sent."""
        return bool(self._to_send)

    @property
    def receiving(self) -> bool:
        """Whether the message of the exchange has not come whole."""
        return self._wanted is not None

    def begin(self, number: int, parts: Iterable[Any], room: memoryview | None) -> None:
        """Begins an exchange.

        Args:
            number: The number of the exchange, the same at both ends.
            parts: The message, as buffers that are sent one after the other.
            room: The buffer that the other's message fills exactly; `None` makes one.
        """
        views = [memoryview(part).cast("B") for part in parts if memoryview(part).nbytes]
        length = sum(map(len, views))
        with self._lock:
            self._to_send.extend([memoryview(_HEADER.pack(_DATA, number, length)), *views])
        self.sent += length
        self._wanted, self._room, self.received = number, room, None

    def send_some(self) -> None:
        """Sends as much as the connection takes at once."""
        with self._lock:
            try:
                while self._to_send:
                    count = self.socket.send(self._to_send[0])
                    self.heard = time.monotonic()
                    if count < len(self._to_send[0]):
                        self._to_send[0] = self._to_send[0][count:]
                    else:
                        self._to_send.popleft()
            except BlockingIOError:
                return
            except OSError:
                self._to_send.clear()  # what the other said last can still be read

    def send_life(self) -> None:
        """Sends a sign of life, unless a message is on its way or the connection is full."""
        with self._lock:
            if not self._to_send and not self.gone:
                with contextlib.suppress(OSError):
                    self.socket.send(_ALIVE)

    def send_failure(self, message: str) -> None:
        """Says what this process ends for, unless a message is on its way, and that nothing more will come."""
        body = json.dumps(message[:_LONGEST_NEWS]).encode()
        with self._lock, contextlib.suppress(OSError):
            if not self._to_send and not self.gone:
                self.socket.send(_HEADER.pack(_FAILURE, 0, len(body)) + body)
            self.socket.shutdown(socket.SHUT_WR)

    def receive_some(self) -> None:
        """Takes what has come, up to the end of the message of the exchange.

        Raises:
            ValueError: The message is of another exchange, or of another length than the room for it.
        """
        try:
            while self.receiving and not self.gone and self.failure is None:
                self._receive_part()
        except BlockingIOError:
            return
        except OSError:
            self.gone = True

    def _receive_part(self) -> None:
        if self._body is None:
            # A sign of life is one byte, so the first byte is looked at before the rest of a header is awaited.
            wanted = 1 if self._have == 0 else _HEADER.size - self._have
            count = self.socket.recv_into(memoryview(self._header)[self._have :], wanted)
        else:
            count = self.socket.recv_into(self._body[self._filled :])
        if count == 0:
            self.gone = True
            return
        self.heard = time.monotonic()
        if self._body is None:
            self._take_header(count)
        else:
            self._filled += count
        if self._body is not None and self._filled == len(self._body):
            self._take_body()

    def _take_header(self, count: int) -> None:
        self._have += count
        if self._have == 1 and self._header[:1] == _ALIVE:
            self._have = 0
        if self._have < _HEADER.size:
            return
        self._kind, number, length = _HEADER.unpack(self._header)
        self._have, self._filled = 0, 0
        if self._kind == _FAILURE and length <= 12 * _LONGEST_NEWS:
            self._body = memoryview(bytearray(length))
            return
        if self._kind != _DATA or number != self._wanted or self._room is not None and length != len(self._room):
            raise ValueError(f"{self.name} sent {length} bytes of exchange {number}, not of {self._wanted}")
        self._body = self._room if self._room is not None else memoryview(bytearray(length))

    def _take_body(self) -> None:
        body, self._body = self._body, None
        assert body is not None
        if self._kind == _FAILURE:
            self.failure = str(json.loads(bytes(body)))
        else:
            self.received, self._wanted = body, None

    def drain(self) -> bool:
        """Reads and forgets what comes; returns whether the connection has ended."""
        try:
            while True:
                if not self.socket.recv(_BUFFER):
                    return True
        except BlockingIOError:
            return False
        except OSError:
            return True
