"""The service of predictions."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from bert_keras.serving.server import dtypes
from bert_keras.serving.server.codes import DEADLINE_EXCEEDED, FAILED_PRECONDITION, INVALID_ARGUMENT
from bert_keras.serving.server.examples import DEFAULT_SIGNATURE, refuse_examples
from bert_keras.serving.server.grpc.calls import answered, check_spec, find_version
from bert_keras.serving.server.interface import Models, ServedVersion, ServingError, Tensors
from bert_keras.serving.server.limits import Gate
from bert_keras.serving.server.protos import (
    GetModelMetadataResponse,
    PredictRequest,
    PredictResponse,
    SignatureDef,
    SignatureDefMap,
    prediction_service_pb2_grpc,
)
from bert_keras.serving.server.records import OnAnswer, RequestRecord
from bert_keras.serving.server.tensors import TensorError, array_of, fill_tensor
from bert_keras.serving.server.wrong_count import wrong_count

_SIGNATURES = "signature_def"


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    """TensorFlow Serving's PredictionService.

    Args:
        models: The models.
        gate: Counts the requests that wait.
        on_answer: Is called with the record of each call.
    """

    def __init__(self, models: Models, gate: Gate, on_answer: OnAnswer) -> None:
        self.models = models
        self.gate = gate
        self.on_answer = on_answer

    async def Predict(self, request: PredictRequest, context: Any) -> PredictResponse:  # noqa: N802
        """Runs a signature."""
        return await answered(
            lambda record: self._predict(request, context, record), "Predict", context, self.on_answer
        )

    async def GetModelMetadata(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Returns the signatures of a version."""
        return await answered(lambda record: self._metadata(request), "GetModelMetadata", context, self.on_answer)

    async def Classify(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Refuses classification, which takes `tf.Example`s."""
        return await answered(
            lambda record: self._refuse(request, record, "Classify"), "Classify", context, self.on_answer
        )

    async def Regress(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Refuses regression, which takes `tf.Example`s."""
        return await answered(
            lambda record: self._refuse(request, record, "Regress"), "Regress", context, self.on_answer
        )

    async def MultiInference(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Refuses classification and regression at once, which take `tf.Example`s."""
        return await answered(
            lambda record: self._refuse_several(request, record), "MultiInference", context, self.on_answer
        )

    async def _predict(self, request: PredictRequest, context: Any, record: RequestRecord) -> PredictResponse:
        record.api, record.path = "Predict", request.model_spec.name
        version = find_version(self.models, check_spec(request))
        record.model = version.name
        name = request.model_spec.signature_name or DEFAULT_SIGNATURE
        signature = version.signatures.get(name)
        if signature is None:
            raise ServingError(FAILED_PRECONDITION, f'Serving signature key "{name}" not found.')
        if not signature.inputs:
            raise ServingError(INVALID_ARGUMENT, f"Failed to get input map for signature: {name}")
        tensors = self._tensors(request, signature)
        record.rows = max((len(tensor) if tensor.ndim else 1 for tensor in tensors.values()), default=0)
        self.gate.check_rows(record.rows)
        wanted = _outputs(request.output_filter, signature)
        outputs = await self._run(version, name, tensors, wanted, context, record)
        response = PredictResponse()
        response.model_spec.name = version.name
        response.model_spec.signature_name = name
        response.model_spec.version.value = version.version
        for output in wanted:
            fill_tensor(response.outputs[output], outputs[output])
        return response

    def _tensors(self, request: PredictRequest, signature: SignatureDef) -> Tensors:
        """Returns the inputs of a request as arrays."""
        given, wanted = sorted(request.inputs), sorted(signature.inputs)
        if len(given) != len(wanted):
            raise ServingError(INVALID_ARGUMENT, wrong_count(given, wanted))
        tensors = {}
        for name in wanted:
            if name not in request.inputs:
                raise ServingError(INVALID_ARGUMENT, _not_found(name, signature.inputs[name].name, given))
            try:
                tensors[name] = array_of(request.inputs[name], self.gate.limits.body_bytes // 8)
            except TensorError as error:
                raise ServingError(INVALID_ARGUMENT, f"tensor parsing error: {name}: {error}") from None
        for place, name in enumerate(sorted(wanted, key=lambda name: signature.inputs[name].name)):
            _check_dtype(tensors[name], signature.inputs[name].dtype, place)
        return tensors

    async def _run(
        self,
        version: ServedVersion,
        signature: str,
        tensors: Tensors,
        outputs: Sequence[str],
        context: Any,
        record: RequestRecord,
    ) -> dict[str, np.ndarray]:
        start = time.perf_counter()
        try:
            with self.gate:
                async with asyncio.timeout(context.time_remaining()):
                    return await version.run(signature, tensors, outputs)
        except TimeoutError:
            raise ServingError(DEADLINE_EXCEEDED, "Timed out waiting for notification") from None
        finally:
            record.model_seconds = time.perf_counter() - start

    async def _metadata(self, request: Any) -> GetModelMetadataResponse:
        spec = check_spec(request)
        if not request.metadata_field:
            message = "GetModelMetadataRequest must specify at least one metadata_field"
            raise ServingError(INVALID_ARGUMENT, message)
        for field in request.metadata_field:
            if field != _SIGNATURES:
                raise ServingError(INVALID_ARGUMENT, f"Metadata field {field} is not supported")
        version = find_version(self.models, spec)
        response = GetModelMetadataResponse()
        response.model_spec.name = version.name
        response.model_spec.version.value = version.version
        response.metadata[_SIGNATURES].Pack(SignatureDefMap(signature_def=dict(version.signatures)))
        return response

    async def _refuse(self, request: Any, record: RequestRecord, api: str) -> Any:
        record.api, record.path = api, request.model_spec.name
        version = find_version(self.models, check_spec(request))
        record.model = version.name
        refuse_examples(version, request.model_spec.signature_name, api.lower())

    async def _refuse_several(self, request: Any, record: RequestRecord) -> Any:
        if not request.tasks:
            raise ServingError(INVALID_ARGUMENT, "Inference request is empty.")
        for task in request.tasks:
            spec = task.model_spec
            if not spec.name:
                raise ServingError(INVALID_ARGUMENT, "Found ModelSpec with an empty model name.")
            record.path = spec.name
            version = find_version(self.models, spec)
            signature = spec.signature_name or DEFAULT_SIGNATURE
            if signature not in version.signatures:
                message = f"Requested signature not found in model graph: {signature}"
                raise ServingError(INVALID_ARGUMENT, message)
            verb = "regress" if task.method_name.endswith("regress") else "classify"
            refuse_examples(version, signature, verb)


def _outputs(names: Sequence[str], signature: SignatureDef) -> list[str]:
    """Returns the names of the outputs that a request wants: all if it names none."""
    seen = set()
    for name in names:
        if name not in signature.outputs:
            known = ",".join(sorted(signature.outputs))
            message = f"{name} Outputs expected to be in the set {{{known}}}."
            raise ServingError(INVALID_ARGUMENT, f"output tensor alias not found in signature: {message}")
        if name in seen:
            raise ServingError(INVALID_ARGUMENT, f"duplicate output tensor alias: {name}")
        seen.add(name)
    return list(names) or sorted(signature.outputs)


def _check_dtype(tensor: np.ndarray, dtype: int, place: int) -> None:
    given = dtypes.NUMBERS[tensor.dtype]
    if given != dtype:
        wanted, got = dtypes.dtype_name(dtype), dtypes.dtype_name(given)
        raise ServingError(INVALID_ARGUMENT, f"Expects arg[{place}] to be {wanted} but {got} is provided")


def _not_found(name: str, feed: str, given: Sequence[str]) -> str:
    return (
        f"Signature input alias: {name}(feed name: {feed}) not found in request and no default value provided. Inputs "
        f"expected to be in the request {{{','.join(given)}}}, or default input alias set: "
    )
