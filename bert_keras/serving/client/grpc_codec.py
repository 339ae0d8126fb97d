"""Requests and answers as TF Serving's gRPC interface has them, on the official messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from bert_keras.serving.client.answers import UnexpectedAnswer
from bert_keras.serving.client.metadata import ModelMetadata, SignatureInfo, TensorInfo
from bert_keras.serving.client.rows import Columns
from bert_keras.serving.client.settings import Settings
from bert_keras.serving.client.tensor_protos import array_of_tensor, tensor_of
from bert_keras.serving.server.interface import VersionStatus
from bert_keras.serving.server.protos import (
    DataType,
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    ModelSpec,
    PredictRequest,
    PredictResponse,
    SignatureDefMap,
    get_model_status_pb2,
)

_STATES = get_model_status_pb2.ModelVersionStatus.State


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
        message = PredictRequest(model_spec=self._spec())
        message.model_spec.signature_name = signature
        for name, values in inputs.items():
            message.inputs[name].CopyFrom(tensor_of(name, values))
        return GrpcRequest("Predict", message)

    def outputs(self, answer: PredictResponse) -> dict[str, np.ndarray]:
        """Returns the outputs by name."""
        return {name: array_of_tensor(name, tensor) for name, tensor in answer.outputs.items()}

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
        message = GetModelMetadataRequest(model_spec=self._spec(), metadata_field=["signature_def"])
        return GrpcRequest("GetModelMetadata", message)

    def metadata(self, answer: GetModelMetadataResponse) -> ModelMetadata:
        """Returns the description."""
        signatures = SignatureDefMap()
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

    def _spec(self, labelled: bool = True) -> ModelSpec:
        spec = ModelSpec(name=self._settings.model)
        if self._settings.version is not None:
            spec.version.value = self._settings.version
        elif self._settings.label is not None and labelled:
            spec.version_label = self._settings.label
        return spec


def _tensors(named: Mapping[str, Any]) -> dict[str, TensorInfo]:
    return {
        name: TensorInfo(DataType.Name(tensor.dtype), _shape(tensor.tensor_shape)) for name, tensor in named.items()
    }


def _shape(shape: Any) -> tuple[int | None, ...] | None:
    if shape.unknown_rank:
        return None
    return tuple(None if dimension.size < 0 else dimension.size for dimension in shape.dim)
