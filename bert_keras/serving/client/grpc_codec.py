"""Requests and answers as TF Serving's gRPC interface has them; the official messages import TensorFlow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.core.framework import types_pb2
from tensorflow_serving.apis import get_model_metadata_pb2, get_model_status_pb2, model_pb2, predict_pb2

from bert_keras.errors import InputError
from bert_keras.serving.client.answers import UnexpectedAnswer
from bert_keras.serving.client.metadata import ModelMetadata, SignatureInfo, TensorInfo
from bert_keras.serving.client.rows import Columns
from bert_keras.serving.client.settings import Settings
from bert_keras.serving.server.interface import VersionStatus

_STATES = get_model_status_pb2.ModelVersionStatus.State
_KINDS = {"i": np.int64, "u": np.int64, "f": np.float32, "b": np.bool_}


@dataclass(frozen=True)
class GrpcRequest:
    """A request over gRPC.

    Attributes:
        method: "Predict", "GetModelStatus" or "GetModelMetadata".
        message: The message.
    """

    method: str
    message: Any


class GrpcCodec:
    """The gRPC requests of a client.

    Args:
        settings: The client's settings.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def predict(self, inputs: Columns, signature: str) -> GrpcRequest:
        """Returns the request to run a signature on rows."""
        message = predict_pb2.PredictRequest(model_spec=self._spec())
        message.model_spec.signature_name = signature
        for name, values in inputs.items():
            message.inputs[name].CopyFrom(_tensor(name, values))
        return GrpcRequest("Predict", message)

    def outputs(self, answer: predict_pb2.PredictResponse) -> dict[str, np.ndarray]:
        """Returns the outputs by name."""
        return {name: _array(name, tensor) for name, tensor in answer.outputs.items()}

    def status(self) -> GrpcRequest:
        """Returns the request for the states of the model's versions."""
        # The status of a label is that of all versions, as over REST.
        spec = self._spec(labelled=False)
        return GrpcRequest("GetModelStatus", get_model_status_pb2.GetModelStatusRequest(model_spec=spec))

    def statuses(self, answer: get_model_status_pb2.GetModelStatusResponse) -> list[VersionStatus]:
        """Returns the states."""
        return [
            VersionStatus(one.version, _STATES.Name(one.state), one.status.error_code, one.status.error_message)
            for one in answer.model_version_status
        ]

    def describe(self) -> GrpcRequest:
        """Returns the request for the model's signatures."""
        message = get_model_metadata_pb2.GetModelMetadataRequest(
            model_spec=self._spec(), metadata_field=["signature_def"]
        )
        return GrpcRequest("GetModelMetadata", message)

    def metadata(self, answer: get_model_metadata_pb2.GetModelMetadataResponse) -> ModelMetadata:
        """Returns the description."""
        signatures = get_model_metadata_pb2.SignatureDefMap()
        try:
            unpacked = answer.metadata["signature_def"].Unpack(signatures)
        except DecodeError:
            unpacked = False
        if not unpacked:
            raise UnexpectedAnswer("answered with metadata that hold no signatures")
        named = {
            name: SignatureInfo(_tensors(signature.inputs), _tensors(signature.outputs))
            for name, signature in signatures.signature_def.items()
            # An export's own signature for its weights has no inputs and is none of ours.
            if signature.inputs and signature.outputs
        }
        return ModelMetadata(answer.model_spec.name, answer.model_spec.version.value, named)

    def _spec(self, labelled: bool = True) -> model_pb2.ModelSpec:
        spec = model_pb2.ModelSpec(name=self._settings.model)
        if self._settings.version is not None:
            spec.version.value = self._settings.version
        elif self._settings.label is not None and labelled:
            spec.version_label = self._settings.label
        return spec


def _tensor(name: str, values: Any) -> Any:
    values = list(values)
    flat = np.array(values, dtype=object).ravel()
    kinds = set(map(type, flat))
    # Whole numbers are int32, as the token ids of an export; a server refuses others by their type.
    kind = next((dtype for types, dtype in _SENT if kinds <= types), None)
    try:
        if kind is None:
            raise ValueError(f"of types {', '.join(sorted(kind.__name__ for kind in kinds))}")
        return tf.make_tensor_proto(values, dtype=kind)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"input {name}: rows of one shape are wanted, all texts or all numbers ({error}). "
            f"Received: {values[0]!r:.60}"
        ) from error


_SENT: tuple[tuple[set[type], Any], ...] = (
    ({str}, tf.string),
    ({bool}, tf.bool),
    ({int}, tf.int32),
    ({int, float}, tf.float32),
)


def _array(name: str, tensor: Any) -> np.ndarray:
    try:
        array = tf.make_ndarray(tensor)
        if array.dtype == object:
            texts = [value.decode() for value in array.ravel()]
            decoded = np.empty(array.shape, object)
            decoded.ravel()[:] = texts
            return decoded
        return array.astype(_KINDS[array.dtype.kind])
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise UnexpectedAnswer(f"answered in {name} with a tensor that cannot be read ({error})") from error


def _tensors(named: Mapping[str, Any]) -> dict[str, TensorInfo]:
    return {
        name: TensorInfo(types_pb2.DataType.Name(tensor.dtype), _shape(tensor.tensor_shape))
        for name, tensor in named.items()
    }


def _shape(shape: Any) -> tuple[int | None, ...] | None:
    if shape.unknown_rank:
        return None
    return tuple(None if dimension.size < 0 else dimension.size for dimension in shape.dim)
