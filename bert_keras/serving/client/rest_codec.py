"""Requests and answers as TF Serving's REST interface has them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

import numpy as np

from bert_keras.errors import InputError
from bert_keras.serving.client.answers import UnexpectedAnswer
from bert_keras.serving.client.codec import UNNAMED
from bert_keras.serving.client.json_arrays import array_of
from bert_keras.serving.client.metadata import ModelMetadata, SignatureInfo, TensorInfo
from bert_keras.serving.client.rows import Columns
from bert_keras.serving.client.settings import Settings
from bert_keras.serving.server.codes import code_number
from bert_keras.serving.server.interface import VersionStatus

_Read = TypeVar("_Read")


@dataclass(frozen=True)
class HttpRequest:
    """A request over HTTP.

    Attributes:
        method: GET or POST.
        path: The path.
        body: The body; `None` for GET.
    """

    method: str
    path: str
    body: bytes | None = None


class RestCodec:
    """The REST requests of a client.

    Args:
        settings: The client's settings.
    """

    def __init__(self, settings: Settings) -> None:
        self._model = f"{settings.address.path}/v1/models/{quote(settings.model, safe='')}"
        self._chosen = self._status = self._model
        if settings.version is not None:
            self._chosen = self._status = f"{self._model}/versions/{settings.version}"
        elif settings.label is not None:
            # The status of a label is that of all versions, whatever the label is.
            self._chosen = f"{self._model}/labels/{quote(settings.label, safe='')}"

    def predict(self, inputs: Columns, signature: str) -> HttpRequest:
        """Returns the request to run a signature on rows.

        Rows are sent as `instances`: an input that the model does not have is refused there, and ignored in columns.
        """
        rows = [dict(zip(inputs, row, strict=True)) for row in zip(*inputs.values(), strict=True)]
        try:
            body = json.dumps({"signature_name": signature, "instances": rows}, ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"the inputs {', '.join(inputs)} cannot be sent as JSON ({error}): texts, finite numbers and lists of "
                f"them can. Received: {rows[0]!r:.60}"
            ) from error
        return HttpRequest("POST", f"{self._chosen}:predict", body.encode())

    def outputs(self, answer: bytes) -> dict[str, np.ndarray]:
        """Returns the outputs by name."""
        rows = _read(answer, lambda read: read["predictions"])
        if not isinstance(rows, list) or not rows:
            raise UnexpectedAnswer(f"answered with predictions that are no list of rows: {rows!r:.60}")
        if not isinstance(rows[0], dict):
            return {UNNAMED: array_of("the output", rows)}
        if any(not isinstance(row, dict) or row.keys() != rows[0].keys() for row in rows):
            raise UnexpectedAnswer("answered with rows of different outputs")
        return {name: array_of(name, [row[name] for row in rows]) for name in rows[0]}

    def status(self) -> HttpRequest:
        """Returns the request for the states of the model's versions."""
        return HttpRequest("GET", self._status)

    def statuses(self, answer: bytes) -> list[VersionStatus]:
        """Returns the states."""
        return _read(answer, lambda read: [_version_status(one) for one in read["model_version_status"]])

    def describe(self) -> HttpRequest:
        """Returns the request for the model's signatures."""
        return HttpRequest("GET", f"{self._chosen}/metadata")

    def metadata(self, answer: bytes) -> ModelMetadata:
        """Returns the description."""
        return _read(answer, _metadata)


def _read(answer: bytes, take: Callable[[Any], _Read]) -> _Read:
    try:
        return take(json.loads(answer))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        shown = answer[:100].decode("utf-8", "replace")
        raise UnexpectedAnswer(f"answered with another JSON than TF Serving does: {shown!r}") from error


def _version_status(read: Mapping[str, Any]) -> VersionStatus:
    said = read["status"]
    return VersionStatus(
        int(read["version"]), str(read["state"]), code_number(said["error_code"]), str(said["error_message"])
    )


def _metadata(read: Mapping[str, Any]) -> ModelMetadata:
    spec, signatures = read["model_spec"], read["metadata"]["signature_def"]["signature_def"]
    named = {
        name: SignatureInfo(_tensors(signature["inputs"]), _tensors(signature["outputs"]))
        for name, signature in signatures.items()
        # An export's own signature for its weights has no inputs and is none of ours.
        if signature.get("inputs") and signature.get("outputs")
    }
    return ModelMetadata(str(spec["name"]), int(spec["version"]), named)


def _tensors(read: Mapping[str, Any]) -> dict[str, TensorInfo]:
    return {name: TensorInfo(str(tensor["dtype"]), _shape(tensor["tensor_shape"])) for name, tensor in read.items()}


def _shape(read: Mapping[str, Any]) -> tuple[int | None, ...] | None:
    if read["unknown_rank"]:
        return None
    sizes = (int(dimension["size"]) for dimension in read["dim"])
    return tuple(None if size < 0 else size for size in sizes)
