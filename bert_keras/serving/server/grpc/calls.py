"""What all calls share: their errors, their record, and the model that they ask."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import grpc

from bert_keras.serving.server.codes import CANCELLED, INTERNAL, INVALID_ARGUMENT
from bert_keras.serving.server.interface import Models, ServedVersion, ServingError
from bert_keras.serving.server.protos import ModelSpec
from bert_keras.serving.server.records import OnAnswer, RequestRecord

_log = logging.getLogger(__name__)
_STATUSES = {code.value[0]: code for code in grpc.StatusCode}
_Response = TypeVar("_Response")


async def answered(
    call: Callable[[RequestRecord], Awaitable[_Response]], name: str, context: Any, on_answer: OnAnswer
) -> _Response:
    """Answers a call; an error ends it with its code and message.

    Args:
        call: Returns the response.
        name: The name of the call.
        context: The call's context.
        on_answer: Is called with its record.
    """
    record = RequestRecord("GRPC", name, "")
    start = time.perf_counter()
    try:
        return await call(record)
    except ServingError as error:
        record.code = error.code
        failure = error
    except asyncio.CancelledError:
        record.code = CANCELLED
        raise
    except Exception:  # a fault of the server must not end it, and must not show its insides
        _log.exception("a call failed")
        record.code = INTERNAL
        failure = ServingError(INTERNAL, "The server failed on this request; its log has more")
    finally:
        record.status = record.code
        record.seconds = time.perf_counter() - start
        on_answer(record)
    status = _STATUSES.get(failure.code, grpc.StatusCode.UNKNOWN)
    # The details of a call are UTF-8.
    await context.abort(status, failure.message.encode(errors="replace").decode())
    raise failure


def check_spec(request: Any) -> ModelSpec:
    """Returns the specification of the model in a request."""
    if not request.HasField("model_spec"):
        raise ServingError(INVALID_ARGUMENT, "Missing ModelSpec")
    return request.model_spec


def find_version(models: Models, spec: ModelSpec) -> ServedVersion:
    """Returns the version that a request asks.

    Args:
        models: The models.
        spec: Its specification.

    Raises:
        ServingError: There is none, or the specification has no name.
    """
    if not spec.name:
        raise ServingError(INVALID_ARGUMENT, "ModelSpec has no name specified.")
    version = spec.version.value if spec.WhichOneof("version_choice") == "version" else None
    label = spec.version_label if spec.WhichOneof("version_choice") == "version_label" else None
    return models.find(spec.name, version, label)
