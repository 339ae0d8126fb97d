"""The models of a server."""

import asyncio
from collections.abc import Iterable, Sequence

from bert_keras.serving.c_runtime import find_runtime
from bert_keras.serving.server.interface import ModelSettings, ServingError, VersionStatus
from bert_keras.serving.server.models.model_versions import ModelVersions
from bert_keras.serving.server.models.running_version import RunningVersion
from bert_keras.serving.server.models.settings import BatchingSettings, ModelsOptions, run_settings

_NOT_FOUND = 5


def open_models(models: Sequence[ModelSettings], options: ModelsOptions) -> "ServedModels":
    """Makes the models of a server; nothing is loaded before `start`.

    Args:
        models: The models.
        options: How they are loaded and run.

    Returns:
        The models.

    Raises:
        InputError: The batching file is wrong.
        ExportError: TensorFlow's libraries are missing.
    """
    return ServedModels(models, options, BatchingSettings() if options.batching else None)


class ServedModels:
    """The models of a server, each with its versions.

    Args:
        models: The models.
        options: How they are loaded and run.
        batching: The parameters of batching; `None` if it is off.
    """

    def __init__(
        self, models: Iterable[ModelSettings], options: ModelsOptions, batching: BatchingSettings | None
    ) -> None:
        self._configured = list(models)
        self._options, self._run, self._runtime = options, run_settings(options, batching), find_runtime()
        self._models: dict[str, ModelVersions] = {}
        self._labels: dict[str, dict[str, int]] = {}

    async def start(self) -> None:
        """Begins to load and to poll; returns when every model has been tried once.

        Raises:
            ServingError: The configuration is wrong.
        """
        for settings in self._configured:
            self._models[settings.name] = self._new(settings)
        await asyncio.gather(*(model.start() for model in self._models.values()))
        for settings in self._configured:
            self._labels[settings.name] = dict(settings.labels)

    async def stop(self) -> None:
        """Answers the requests that were taken, and ends."""
        await asyncio.gather(*(model.stop() for model in self._models.values()))
        self._models = {}

    def find(self, name: str, version: int | None = None, label: str | None = None) -> RunningVersion:
        """Returns the version that a request means, the highest one if it names none.

        Args:
            name: The model's name.
            version: The version.
            label: A label that stands for the version.

        Returns:
            The version.

        Raises:
            ServingError: There is none.
        """
        if label is not None:
            version = self._labels.get(name, {}).get(label)
            if version is None:
                raise ServingError(3, f"Unrecognized servable version label: {label}")
        model = self._models.get(name)
        found = None if model is None else model.find(version)
        if found is None:
            asked = f"Latest({name})" if version is None else f"Specific({name}, {version})"
            raise ServingError(_NOT_FOUND, f"Servable not found for request: {asked}")
        return found

    def status(self, name: str, version: int | None = None, label: str | None = None) -> list[VersionStatus]:
        """Returns the states of a model's versions, the highest first.

        Args:
            name: The model's name.
            version: The version; `None` means all.
            label: Is ignored, as TF Serving ignores it.

        Returns:
            The states.

        Raises:
            ServingError: There is no such version.
        """
        statuses = self._models[name].statuses() if name in self._models else []
        if version is not None:
            statuses = [status for status in statuses if status.version == version]
        if not statuses:
            what = "any versions" if version is None else f"version {version}"
            raise ServingError(_NOT_FOUND, f"Could not find {what} of model {name}")
        return statuses

    async def reload(self, models: Iterable[ModelSettings]) -> None:
        """Replaces the configuration, and returns once it is in force.

        Args:
            models: The models from now on.

        Raises:
            ServingError: The configuration is wrong.
        """
        raise NotImplementedError

    def _new(self, settings: ModelSettings) -> ModelVersions:
        return ModelVersions(settings, self._options, self._run, self._runtime)
