"""Answers the requests of the REST API; knows nothing of connections."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bert_keras.serving.server.codes import (
    DEADLINE_EXCEEDED,
    INTERNAL,
    INVALID_ARGUMENT,
    code_name,
    http_status,
)
from bert_keras.serving.server.examples import DEFAULT_SIGNATURE, refuse_examples
from bert_keras.serving.server.interface import Models, ServedVersion, ServingError
from bert_keras.serving.server.limits import Gate
from bert_keras.serving.server.records import RequestRecord
from bert_keras.serving.server.rest.body import read_body
from bert_keras.serving.server.rest.examples import check_examples
from bert_keras.serving.server.rest.inputs import Inputs, read_inputs
from bert_keras.serving.server.rest.metadata import metadata_text
from bert_keras.serving.server.rest.outputs import columns_text, error_text, rows_text, status_text
from bert_keras.serving.server.rest.paths import BadVersionError, Route, is_api, route
from bert_keras.serving.server.rest.quoting import quoted
from bert_keras.serving.server.rest.wrong_ranks import with_first_only, wrong_ranks

JSON = "application/json"
_NOT_FOUND = "<HTML><HEAD>\n<TITLE>404 Not Found</TITLE>\n</HEAD><BODY>\n<H1>Not Found</H1>\n</BODY></HTML>\n"
_LARGE_BODY = 2**18  # bytes
_LARGE_OUTPUTS = 2**17  # numbers and strings
_APIS = {"predict": "Predict", "classify": "Classify", "regress": "Regress"}


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request.

    Attributes:
        status: The HTTP status.
        body: The body.
        content_type: Its type.
        headers: Further headers.
    """

    status: int
    body: str
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def error_answer(code: int, message: str, record: RequestRecord | None = None, status: int | None = None) -> Answer:
    """Returns an error as an answer.

    Args:
        code: The canonical code.
        message: The message.
        record: The request's record, where the code is noted.
        status: The HTTP status. Default: that of the code.
    """
    if record is not None:
        record.code = code
    return Answer(http_status(code) if status is None else status, error_text(message))


class RestApi:
    """The REST API of a server.

    Args:
        models: The models.
        gate: Counts the requests that wait.
        pages: Pages beside the API, by path: the metrics, and the page to try models.
    """

    def __init__(self, models: Models, gate: Gate, pages: Mapping[str, Callable[[], Answer]] | None = None) -> None:
        self.models = models
        self.gate = gate
        self.pages = pages or {}

    async def answer(self, record: RequestRecord, path: str, body: bytes, has_origin: bool = False) -> Answer:
        """Answers a request.

        Args:
            record: The request's record, whose method is known; what is learnt of it is noted.
            path: The path as it was sent, with its query.
            body: The body, inflated.
            has_origin: Whether a browser sends the request for a page of another site.

        Returns:
            The answer; errors are answers too.
        """
        if path in self.pages:
            return self.pages[path]()
        if not is_api(path):
            return Answer(404, _NOT_FOUND, "text/html")
        if record.method == "OPTIONS":
            return Answer(200 if has_origin else 400, "", "text/html; charset=ISO-8859-1")
        try:
            asked = route(record.method, path)
        except BadVersionError:
            record.code = INVALID_ARGUMENT
            return Answer(400, "")
        if asked is None:
            return error_answer(INVALID_ARGUMENT, f"Malformed request: {record.method} {path}", record)
        try:
            return Answer(200, await self._text(asked, record, body))
        except ServingError as error:
            return error_answer(error.code, error.message, record)

    async def _text(self, asked: Route, record: RequestRecord, body: bytes) -> str:
        """Returns the body of the answer to a request that has a route."""
        if asked.verb == "predict":
            return await self._predict(asked, record, body)
        if not asked.name:
            raise ServingError(INVALID_ARGUMENT, "Missing model name in request.")
        if asked.verb == "status":
            return self._status(asked)
        if asked.verb == "metadata":
            return metadata_text(self.models.find(asked.name, asked.version, asked.label))
        return await self._refuse_examples(asked, record, body)

    def _status(self, asked: Route) -> str:
        states = self.models.status(asked.name, asked.version, asked.label)
        return status_text(
            [
                {
                    "version": str(state.version),
                    "state": state.state,
                    "code": code_name(state.code),
                    "message": state.message,
                }
                for state in states
            ]
        )

    async def _refuse_examples(self, asked: Route, record: RequestRecord, body: bytes) -> str:
        record.api = _APIS[asked.verb]
        request = await _read(body)
        signature = _signature_name(request)
        record.rows = check_examples(request)
        version = self.models.find(asked.name, asked.version, asked.label)
        record.model = asked.name
        refuse_examples(version, signature, asked.verb)

    async def _predict(self, asked: Route, record: RequestRecord, body: bytes) -> str:
        record.api = _APIS[asked.verb]
        request = await _read(body)
        name = _signature_name(request) or DEFAULT_SIGNATURE
        version = self.models.find(asked.name, asked.version, asked.label)
        record.model = asked.name
        signature = version.signatures.get(name)
        if signature is None:
            raise ServingError(INVALID_ARGUMENT, f'Serving signature name: "{name}" not found in signature def')
        if not signature.inputs:
            raise ServingError(INVALID_ARGUMENT, f"Failed to get input map for signature: {name}")
        dtypes = {key: signature.inputs[key].dtype for key in sorted(signature.inputs)}
        inputs = read_inputs(request, dtypes)
        record.rows = inputs.rows
        self.gate.check_rows(inputs.rows)
        wrong = wrong_ranks(inputs.tensors, signature)
        if len(wrong) > 1:
            inputs = replace(inputs, tensors=with_first_only(inputs.tensors, wrong, signature))
        outputs = await self._run(version, name, inputs, sorted(signature.outputs), record)
        if len(wrong) > 1 or inputs.folded:
            raise ServingError(INVALID_ARGUMENT, f"Tensors have a wrong number of dimensions: {', '.join(wrong)}")
        if not outputs:
            raise ServingError(INVALID_ARGUMENT, "Cannot convert empty tensor map to JSON")
        return await _written(rows_text if inputs.in_rows else columns_text, outputs)

    async def _run(
        self, version: ServedVersion, signature: str, inputs: Inputs, outputs: list[str], record: RequestRecord
    ) -> dict[str, Any]:
        seconds = self.gate.limits.rest_seconds
        start = time.perf_counter()
        try:
            with self.gate:
                async with asyncio.timeout(seconds or None):
                    return await version.run(signature, inputs.tensors, outputs)
        except TimeoutError:
            raise ServingError(DEADLINE_EXCEEDED, "Timed out waiting for notification") from None
        except ServingError as error:
            message = error.message
            for folded, whole in inputs.folded.items():
                message = message.replace(folded, whole)
            raise ServingError(error.code, message) from None
        finally:
            record.model_seconds = time.perf_counter() - start


async def _read(body: bytes) -> dict[str, Any]:
    """Parses a body; a large one beside other requests, since one that is broken takes a while."""
    return read_body(body) if len(body) < _LARGE_BODY else await asyncio.to_thread(read_body, body)


async def _written(write: Callable[[dict[str, Any]], str], outputs: dict[str, Any]) -> str:
    """Writes outputs; large ones, such as the attention of `explain`, beside other requests."""
    large = sum(output.size for output in outputs.values()) > _LARGE_OUTPUTS
    return await asyncio.to_thread(write, outputs) if large else write(outputs)


def _signature_name(request: dict[str, Any]) -> str:
    name = request.get("signature_name", "")
    if isinstance(name, bytes):
        return name.decode(errors="surrogateescape")
    if not isinstance(name, str):
        message = "not formatted correctly. 'signature_name' key must be a string value."
        raise ServingError(INVALID_ARGUMENT, f"JSON Value: {quoted(request)} {message}")
    return name


def internal_answer(record: RequestRecord) -> Answer:
    """Returns the answer to a request that the server itself failed on."""
    return error_answer(INTERNAL, "The server failed on this request; its log has more", record)
