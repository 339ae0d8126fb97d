"""The models of a server."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence

from bert_keras.serving.c_runtime.runtime import find_runtime
from bert_keras.serving.server.interface import ModelSettings, ServingError, VersionStatus
from bert_keras.serving.server.models.batching_file import read_batching_file
from bert_keras.serving.server.models.model_versions import GRACE_SECONDS, ModelVersions
from bert_keras.serving.server.models.running_version import RunningVersion
from bert_keras.serving.server.models.settings import BatchingSettings, ModelsOptions, cores, run_settings

_UNKNOWN, _NOT_FOUND = 2, 5


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
    batching = BatchingSettings() if options.batching else None
    if options.batching and options.batching_parameters_file is not None:
        batching = read_batching_file(options.batching_parameters_file)
    return ServedModels(models, options, batching)


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
        self._changing = asyncio.Lock()
        # More than one, so that a version that takes long or never ends does not hold up the others.
        self._loads = asyncio.Semaphore(cores() + 1)
        self._leaving: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begins to load and to poll; returns when every model has been tried once.

        A model that does not load is no error here: its status says why.

        Raises:
            ServingError: A model is named twice, or a label stands for a version that is not loaded.
        """
        _check_names(self._configured)
        self._models = {settings.name: self._new(settings) for settings in self._configured}
        await asyncio.gather(*(model.start() for model in self._models.values()))
        try:
            self._labels = self._new_labels(self._configured)
        except ServingError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Answers the requests that were taken, and ends."""
        await asyncio.gather(*(model.stop() for model in self._models.values()), *self._leaving)
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

        A model with another base path is loaded from there before it leaves the old one. If a new or moved model has
        nothing to serve, everything stays as it is.

        Args:
            models: The models from now on.

        Raises:
            ServingError: A model is named twice or has nothing to serve, or a label stands for a version that is not
                loaded.
        """
        wanted = list(models)
        _check_names(wanted)
        async with self._changing:
            kept = {settings.name: settings for settings in wanted if self._stays(settings)}
            fresh = {settings.name: self._new(settings) for settings in wanted if settings.name not in kept}
            await self._start_all(fresh)
            self._leave(self._models[name] for name in self._models.keys() - kept.keys())
            self._models = {name: self._models[name] for name in kept} | fresh
            await asyncio.gather(*(self._models[name].change(settings) for name, settings in kept.items()))
            self._labels = self._new_labels(wanted)

    def _new(self, settings: ModelSettings) -> ModelVersions:
        return ModelVersions(settings, self._options, self._run, self._runtime, self._loads)

    def _stays(self, settings: ModelSettings) -> bool:
        """Returns whether a model is there, with the same base path."""
        model = self._models.get(settings.name)
        return model is not None and model.settings.base_path == settings.base_path

    async def _start_all(self, models: dict[str, ModelVersions]) -> None:
        """Starts new models; if one has nothing to serve, stops them all and raises `ServingError`."""
        await asyncio.gather(*(model.start() for model in models.values()))
        faults = [f"{name}: {model.fault()}" for name, model in models.items() if model.find(None) is None]
        if faults:
            await asyncio.gather(*(model.stop() for model in models.values()))
            raise ServingError(_UNKNOWN, f"{len(faults)} servable(s) did not become available: {'; '.join(faults)}")

    def _leave(self, models: Iterable[ModelVersions]) -> None:
        """Has models answer what they have taken, and end."""
        for model in models:
            task = asyncio.create_task(model.stop(GRACE_SECONDS))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    def _new_labels(self, models: Iterable[ModelSettings]) -> dict[str, dict[str, int]]:
        """Returns the labels of a configuration; raises `ServingError` if one stands for a version that may not be."""
        for settings in models:
            for label, version in settings.labels.items():
                if not self._may_stand_for(settings.name, label, version):
                    what = f"Request to assign label to version {version} of model {settings.name}"
                    raise ServingError(9, f"{what}, which is not currently available for inference")
        return {settings.name: dict(settings.labels) for settings in models}

    def _may_stand_for(self, name: str, label: str, version: int) -> bool:
        """Returns whether a label may stand for a version: a label that moves wants a version that is loaded."""
        if self._models[name].find(version) is not None:
            return True
        moves = self._labels.get(name, {}).get(label, version) != version
        return self._options.labels_for_unavailable and not moves


def _check_names(models: Iterable[ModelSettings]) -> None:
    counts = Counter(settings.name for settings in models)
    for name, count in counts.items():
        if count > 1:
            raise ServingError(3, f"Illegal to list model {name} multiple times in config list")
