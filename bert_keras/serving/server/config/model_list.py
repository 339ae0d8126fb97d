"""The list of models to serve: TensorFlow Serving's `ModelServerConfig`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bert_keras.errors import InputError
from bert_keras.serving.server.config.text_protos import read_text_proto
from bert_keras.serving.server.interface import ModelSettings
from bert_keras.serving.server.protos import ModelServerConfig


def read_model_list(path: str) -> list[ModelSettings]:
    """Reads a `--model_config_file`.

    Args:
        path: The file.

    Returns:
        The models.

    Raises:
        InputError: The file cannot be read, or has something that is not served.
    """
    return settings_of(read_text_proto(path, ModelServerConfig()), path)


def settings_of(config: ModelServerConfig, where: str) -> list[ModelSettings]:
    """Returns the models of a configuration.

    Args:
        config: The configuration.
        where: Where it comes from, for messages.

    Raises:
        InputError: It has something that is not served.
    """
    if config.WhichOneof("config") == "custom_model_config":
        raise InputError(f"{where}: custom_model_config is not served; list the models in model_config_list")
    models = [_model(entry, where) for entry in config.model_config_list.config]
    if not models:
        raise InputError(f"{where}: no models; name them in model_config_list {{ config {{ … }} }}")
    names = [model.name for model in models]
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled is not None:
        raise InputError(f"{where}: two models have one name. Received: {doubled!r}")
    return models


def single_model(name: str, base_path: str) -> ModelSettings:
    """Returns the settings of a model that flags name.

    Args:
        name: The model's name.
        base_path: The folder of its versions.

    Raises:
        InputError: The folder does not exist, or the name is none.
    """
    _check_name(name, "--model_name")
    return ModelSettings(name, _folder(base_path, "--model_base_path"))


def _model(entry: Any, where: str) -> ModelSettings:
    _check_name(entry.name, f"{where}: name")
    if entry.model_platform not in ("", "tensorflow"):
        message = 'model_platform must be "tensorflow"'
        raise InputError(f"{where}: model {entry.name}: {message}. Received: {entry.model_platform!r}")
    path = _folder(entry.base_path, f"{where}: model {entry.name}: base_path")
    labels = _labels(entry.version_labels, f"{where}: model {entry.name}")
    policy = entry.model_version_policy
    choice = policy.WhichOneof("policy_choice")
    if choice == "all":
        return ModelSettings(entry.name, path, latest=0, labels=labels)
    if choice == "specific":
        versions = tuple(sorted(set(policy.specific.versions)))
        if not versions:
            raise InputError(f"{where}: model {entry.name}: specific has no versions; list them: versions: 1")
        return ModelSettings(entry.name, path, specific=versions, labels=labels)
    return ModelSettings(entry.name, path, latest=policy.latest.num_versions or 1, labels=labels)


def _labels(labels: Mapping[str, int], where: str) -> dict[str, int]:
    for label in labels:
        if not label:
            raise InputError(f"{where}: a label of version_labels has no name")
    return dict(labels)


def _check_name(name: str, what: str) -> None:
    if not name or "/" in name or ":" in name:
        raise InputError(f"{what} must be a name without '/' and ':'. Received: {name!r}")


def _folder(path: str, what: str) -> str:
    """Returns the absolute path of a folder of versions."""
    if "://" in path:
        raise InputError(f"{what} must be a folder of this machine; only those are served. Received: {path!r}")
    folder = Path(path).expanduser().absolute()
    if not path or not folder.is_dir():
        raise InputError(f"{what} must be an existing folder with versions in it, as NAME/1. Received: {path!r}")
    return str(folder)
