"""The service of models: their states, and changes of the configuration."""

from collections.abc import Awaitable, Callable
from typing import Any

from bert_keras.errors import InputError
from bert_keras.serving.server.codes import INVALID_ARGUMENT
from bert_keras.serving.server.config.model_list import settings_of
from bert_keras.serving.server.grpc.calls import answered, check_spec
from bert_keras.serving.server.interface import Models, ModelSettings, ServingError
from bert_keras.serving.server.protos import get_model_status_pb2, model_management_pb2, model_service_pb2_grpc
from bert_keras.serving.server.records import OnAnswer

_STATES = get_model_status_pb2.ModelVersionStatus.State


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    """TensorFlow Serving's ModelService.

    Args:
        models: The models.
        reload: Replaces the list of models.
        on_answer: Is called with the record of each call.
    """

    def __init__(
        self, models: Models, reload: Callable[[list[ModelSettings]], Awaitable[None]], on_answer: OnAnswer
    ) -> None:
        self.models = models
        self.reload = reload
        self.on_answer = on_answer

    async def GetModelStatus(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Returns the states of a model's versions."""
        return await answered(lambda record: self._status(request), "GetModelStatus", context, self.on_answer)

    async def HandleReloadConfigRequest(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Replaces the list of models, and answers once it is in force."""
        return await answered(
            lambda record: self._reload(request), "HandleReloadConfigRequest", context, self.on_answer
        )

    async def _status(self, request: Any) -> Any:
        spec = check_spec(request)
        version = spec.version.value if spec.WhichOneof("version_choice") == "version" else None
        response = get_model_status_pb2.GetModelStatusResponse()
        for state in self.models.status(spec.name, version):
            added = response.model_version_status.add(version=state.version, state=_STATES.Value(state.state))
            added.status.error_code = state.code
            added.status.error_message = state.message
        return response

    async def _reload(self, request: Any) -> Any:
        if request.config.WhichOneof("config") != "model_config_list":
            message = (
                "ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is currently "
                "supported"
            )
            raise ServingError(INVALID_ARGUMENT, message)
        try:
            models = settings_of(request.config, "the request")
        except InputError as error:
            raise ServingError(INVALID_ARGUMENT, str(error)) from None
        await self.reload(models)
        response = model_management_pb2.ReloadConfigResponse()
        response.status.error_code = 0
        return response
