"""Requests over HTTP, in a thread or in an event loop; connections are kept and used again."""

import asyncio
import http
import json
import ssl
import time
from typing import Any

import httpx2

from bert_keras.errors import InputError
from bert_keras.serving.client.rest_codec import HttpRequest
from bert_keras.serving.client.settings import Settings
from bert_keras.serving.client.status_codes import code_of_http
from bert_keras.serving.client.steps import Failure

_CONNECT_SECONDS = 5.0
_SHOWN = 200


class RestTransport:
    """Carries requests over HTTP.

    Args:
        settings: The client's settings.
    """

    def __init__(self, settings: Settings) -> None:
        self._client = httpx2.Client(**_options(settings))

    def send(self, request: HttpRequest, timeout: float) -> bytes | Failure:
        """Sends a request, and returns the body of the answer or a `Failure`."""
        last = time.monotonic() + timeout
        try:
            with self._client.stream(**_arguments(request, timeout)) as answer:
                body = bytearray()
                for part in answer.iter_bytes():
                    body += part
                    if time.monotonic() > last:
                        return _late(timeout)
                return _outcome(answer, bytes(body))
        except httpx2.RequestError as error:
            return _failure(error, timeout)

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()


class AsyncRestTransport:
    """Carries requests over HTTP in an event loop.

    Args:
        settings: The client's settings.
    """

    def __init__(self, settings: Settings) -> None:
        self._client = httpx2.AsyncClient(**_options(settings))

    async def send(self, request: HttpRequest, timeout: float) -> bytes | Failure:
        """Sends a request, and returns the body of the answer or a `Failure`."""
        try:
            async with asyncio.timeout(timeout):
                answer = await self._client.request(**_arguments(request, timeout))
                return _outcome(answer, answer.content)
        except TimeoutError:
            return _late(timeout)
        except httpx2.RequestError as error:
            return _failure(error, timeout)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()


def _options(settings: Settings) -> dict[str, Any]:
    options: dict[str, Any] = {"base_url": f"{settings.address.scheme}://{settings.address.target}"}
    options["headers"] = dict(settings.headers)
    options["follow_redirects"] = False
    # As many connections as calls at once; the operations wait for answers, not for connections.
    options["limits"] = httpx2.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=30.0)
    if settings.tls is not None:
        options["verify"] = _certificates(settings)
    return options


def _certificates(settings: Settings) -> ssl.SSLContext:
    tls = settings.tls
    assert tls is not None
    try:
        context = ssl.create_default_context(cafile=tls.authorities)
        if tls.certificate is not None:
            context.load_cert_chain(tls.certificate, tls.key)
    except OSError as error:
        raise InputError(f"the certificates cannot be read ({error}). Received: {tls}") from error
    return context


def _arguments(request: HttpRequest, timeout: float) -> dict[str, Any]:
    return {
        "method": request.method,
        "url": request.path,
        "content": request.body,
        "headers": {"Content-Type": "application/json"} if request.body is not None else {},
        "timeout": httpx2.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS)),
    }


def _outcome(answer: httpx2.Response, body: bytes) -> bytes | Failure:
    if answer.status_code == http.HTTPStatus.OK:
        return body
    return Failure(
        code_of_http(answer.status_code), _said(answer, body), _seconds(answer.headers.get("Retry-After", ""))
    )


def _said(answer: httpx2.Response, body: bytes) -> str:
    """Returns what the server said: the message of TF Serving's JSON, or the beginning of another body."""
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        text = " ".join(body[:_SHOWN].decode("utf-8", "replace").split())
        return f"HTTP {answer.status_code} {answer.reason_phrase}, not TF Serving's JSON: {text or 'nothing'}"


def _seconds(retry_after: str) -> float:
    """Returns the seconds of a header, 0 if it is missing or a date."""
    return float(retry_after) if retry_after.isascii() and retry_after.isdecimal() else 0.0


def _failure(error: httpx2.RequestError, timeout: float) -> Failure:
    if isinstance(error, httpx2.ConnectTimeout) and timeout > _CONNECT_SECONDS:
        return Failure("UNAVAILABLE", f"no connection within {_CONNECT_SECONDS:g} s")
    if isinstance(error, httpx2.TimeoutException):
        return _late(timeout)
    if isinstance(error, httpx2.ConnectError) and _certificate_refused(error):
        return Failure("UNAUTHENTICATED", f"the encrypted connection was refused: {error}")
    if isinstance(error, httpx2.TransportError):
        return Failure("UNAVAILABLE", f"no connection, or one that broke: {error or type(error).__name__}")
    return Failure("UNKNOWN", f"an answer that is not HTTP: {error or type(error).__name__}")


def _certificate_refused(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return "CERTIFICATE" in str(error)


def _late(timeout: float) -> Failure:
    return Failure("DEADLINE_EXCEEDED", f"no answer within {timeout:.3g} s")
