"""One end of a socket to a worker, on which a frame is sent and one is received in turn."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, TypeAlias

from bert_keras.serving.c_runtime.frames import SIZES, RawTensor, frame_size, packed, unpacked
from bert_keras.serving.server.interface import ServingError

Reply: TypeAlias = tuple[dict[str, Any], list[RawTensor]]


class WorkerLost(Exception):
    """The worker ended before it answered."""


class Channel(asyncio.Protocol):
    """Sends a frame at a time, and calls back with the answer.

    Attributes:
        unsent: Whether the other end had been closed before the last frame was sent.
    """

    def __init__(self) -> None:
        self.unsent = False
        self._received = bytearray()
        self._done: Callable[[bytearray | None], None] | None = None
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def connect(cls, end: socket.socket) -> "Channel":
        """Returns the channel of a connected socket."""
        _, channel = await asyncio.get_running_loop().create_connection(cls, sock=end)
        return channel

    @property
    def is_open(self) -> bool:
        """Whether the other end has not been closed."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, frame: bytes, done: Callable[[bytearray | None], None]) -> None:
        """Sends a frame.

        Args:
            frame: The frame.
            done: Is called with the frame that answers, or with `None` if the other end is closed before.
        """
        if self._transport is None or not self.is_open:
            self.unsent = True
            asyncio.get_running_loop().call_soon(done, None)
            return
        self._done = done
        self._transport.write(frame)

    async def ask(self, frame: bytes) -> Reply:
        """Sends a frame and returns the answer.

        Raises:
            WorkerLost: The other end is closed.
            ServingError: The answer is an error.
        """
        answer: asyncio.Future[bytearray | None] = asyncio.get_running_loop().create_future()
        self.send(frame, lambda received: None if answer.done() else answer.set_result(received))
        return read_reply(await answer)

    def close(self) -> None:
        """Closes this end."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Collects a frame."""
        self._received += data
        if len(self._received) < SIZES.size or len(self._received) < frame_size(self._received):
            return
        frame, self._received = self._received, bytearray()
        self._finish(frame)

    def connection_lost(self, error: Exception | None) -> None:
        """Answers what was sent with `None`."""
        self.unsent = isinstance(error, BrokenPipeError)
        self._finish(None)

    def _finish(self, frame: bytearray | None) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(frame)


def read_reply(frame: bytearray | None) -> Reply:
    """Returns what a frame answers; raises `WorkerLost` if there is none, `ServingError` if it says so."""
    if frame is None:
        raise WorkerLost
    head, tensors = unpacked(frame)
    if head["code"]:
        raise ServingError(head["code"], head["message"])
    return head, tensors


def request_frame(feeds: dict[str, RawTensor], fetches: list[str], wanted: list[int]) -> bytes:
    """Returns the frame of a run.

    Args:
        feeds: The tensors by the graph's names.
        fetches: The graph's names of the outputs to compute.
        wanted: The places in `fetches` of those to send back.

    Returns:
        The frame.
    """
    return packed({"feeds": list(feeds), "fetches": fetches, "wanted": wanted}, list(feeds.values()))
