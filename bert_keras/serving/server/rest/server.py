"""The HTTP server under the REST API: bodies, deadlines, connections, and the record of each request."""

import asyncio
import logging
import ssl
import time
from collections.abc import Callable
from typing import Any

from aiohttp import HttpVersion11, web

from bert_keras.serving.server.codes import CANCELLED, INVALID_ARGUMENT, RESOURCE_EXHAUSTED
from bert_keras.serving.server.limits import Limits
from bert_keras.serving.server.records import OnAnswer, RequestRecord
from bert_keras.serving.server.rest.api import Answer, RestApi, error_answer, internal_answer
from bert_keras.serving.server.rest.gzip_body import TooLargeError, inflated
from bert_keras.serving.server.rest.outputs import error_text
from bert_keras.serving.server.rest.paths import whole_path

_LARGE_ANSWER = 32 * 1024  # bytes, from which on a client that does not read would hold the answer up
_LAST_REQUESTS_SECONDS = 0.5
_FULL = error_text("The server has as many connections as it takes (--max_connections); try later")
_FULL_ANSWER = (
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nConnection: close\r\n"
    f"Content-Length: {len(_FULL)}\r\n\r\n{_FULL}"
).encode()
_log = logging.getLogger(__name__)


class RestServer:
    """Serves the REST API over HTTP.

    Args:
        api: The API.
        limits: The limits.
        on_answer: Is called with each request that was answered.
    """

    def __init__(self, api: RestApi, limits: Limits, on_answer: OnAnswer) -> None:
        self.api = api
        self.limits = limits
        self.on_answer = on_answer
        self.draining = False
        # aiohttp logs broken requests with a traceback; they are the client's.
        quiet = logging.getLogger("bert_keras.serving.server.http")
        quiet.setLevel(logging.CRITICAL + 1)
        self._connections = _Connections(
            self._handle,
            limits.connections,
            auto_decompress=False,
            access_log=None,
            logger=quiet,
            keepalive_timeout=limits.client_seconds,
            lingering_time=min(limits.client_seconds, 5.0),
        )
        self._listener: asyncio.Server | None = None
        self._busy: set[web.RequestHandler] = set()

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Begins to listen.

        Args:
            host: The address.
            port: The port; 0 for any free one.
            tls: The certificates; `None` for plain HTTP.

        Returns:
            The port.

        Raises:
            OSError: The port is in use, or the address is not of this machine.
        """
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._connections, host, port, ssl=tls, backlog=512)
        return int(self._listener.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Takes no more connections, and returns when the running requests are answered or their time is up."""
        self.draining = True
        if self._listener is not None:
            self._listener.close()
        # Each connection closes behind its next answer: a request may be on its way on one that is idle.
        await self._wait_for_connections(min(_LAST_REQUESTS_SECONDS, self.limits.drain_seconds))
        for connection in self._connections.connections:
            if connection not in self._busy:
                connection.force_close()
        await self._wait_for_connections(self.limits.drain_seconds)
        await self._connections.shutdown(0.1)

    async def _wait_for_connections(self, seconds: float) -> None:
        """Waits until no connection is open, or the time is up."""
        end = time.monotonic() + seconds
        while self._connections.connections and time.monotonic() < end:
            await asyncio.sleep(0.02)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self._busy.add(request.protocol)
        try:
            return await self._respond(request)
        finally:
            self._busy.discard(request.protocol)

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        path = whole_path(request.raw_path)
        record = RequestRecord("REST", request.method, path.partition("?")[0])
        start = time.perf_counter()
        try:
            answer, keep = await self._answer(request, record, path)
        except asyncio.CancelledError:
            record.status, record.code = 499, CANCELLED
            self._note(record, start)
            raise
        except Exception:  # a fault of the server must not end it, and must not show its insides
            _log.exception("a request failed")
            answer, keep = internal_answer(record), True
        record.status = answer.status
        self._note(record, start)
        response = web.Response(
            body=answer.body.encode(errors="surrogateescape"),
            status=answer.status,
            headers={"Content-Type": answer.content_type, **answer.headers},
        )
        if not keep or self.draining:
            response.force_close()
        unread = request.transport.get_write_buffer_size() if request.transport is not None else 0
        if unread or len(answer.body) >= _LARGE_ANSWER:
            await self._write(request, response)
        return response

    def _note(self, record: RequestRecord, start: float) -> None:
        record.seconds = time.perf_counter() - start
        self.on_answer(record)

    async def _answer(self, request: web.BaseRequest, record: RequestRecord, path: str) -> tuple[Answer, bool]:
        """Returns the answer, and whether the connection can be kept."""
        try:
            body = await self._body(request)
        except TooLargeError:
            message = f"The body is larger than the {self.limits.body_bytes} bytes that are taken (--max_body_bytes)"
            return error_answer(RESOURCE_EXHAUSTED, message, record, status=413), False
        except TimeoutError:
            message = f"The body did not arrive within {self.limits.client_seconds:g} s (--client_timeout_seconds)"
            return error_answer(INVALID_ARGUMENT, message, record, status=408), False
        except web.RequestPayloadError:
            return error_answer(INVALID_ARGUMENT, "The body is broken: its chunks do not fit together", record), False
        return await self.api.answer(record, path, body, "://" in request.headers.get("Origin", "")), True

    async def _body(self, request: web.BaseRequest) -> bytes:
        """Returns the body of a request, inflated."""
        limit = self.limits.body_bytes
        if (request.content_length or 0) > limit:
            raise TooLargeError
        if not request.body_exists:
            return b""
        body = await self._read(request, limit)
        if body and "gzip" in request.headers.get("Content-Encoding", ""):
            return inflated(body, limit)
        return body

    async def _read(self, request: web.BaseRequest, limit: int) -> bytes:
        content = request.content
        if content.is_eof():  # a small body that came with its headers
            body = content.read_nowait(-1)
        else:
            if request.version == HttpVersion11 and request.headers.get("Expect", "").lower() == "100-continue":
                await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                request.writer.output_size = 0  # the answer has not begun
            parts, size = [], 0
            async with asyncio.timeout(self.limits.client_seconds):
                async for part in content.iter_any():
                    parts.append(part)
                    size += len(part)
                    if size > limit:
                        raise TooLargeError
            body = b"".join(parts)
        if len(body) > limit:
            raise TooLargeError
        return body

    async def _write(self, request: web.BaseRequest, response: web.Response) -> None:
        """Writes an answer here instead of leaving it to aiohttp, which waits for a slow client without end."""
        try:
            async with asyncio.timeout(self.limits.client_seconds):
                await response.prepare(request)
                await response.write_eof()
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError from None


class _Connections(web.Server):
    """aiohttp's server with a limit of open connections, which ends a request when its client is gone."""

    def __init__(self, handler: Callable[..., Any], limit: int, **settings: Any) -> None:
        super().__init__(handler, handler_cancellation=True, **settings)
        self.limit = limit

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if len(self.connections) > self.limit:
            transport.write(_FULL_ANSWER)
            transport.close()
