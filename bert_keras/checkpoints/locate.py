"""Finds the folder of a preset by its name, handle or path, and tells its file format."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import keras_hub

from bert_keras.checkpoints import bundled
from bert_keras.checkpoints.adapters.own import ADAPTER_CONFIG_FILE, read_adapter
from bert_keras.checkpoints.checkpoint import Checkpoint
from bert_keras.checkpoints.files import missing, read_json
from bert_keras.checkpoints.google.model_garden import PARAMS_FILE
from bert_keras.checkpoints.google.release import CONFIG_FILE as GOOGLE_CONFIG_FILE, read_google
from bert_keras.checkpoints.hubs import fetch
from bert_keras.checkpoints.hugging_face.folder import read_hugging_face
from bert_keras.checkpoints.keras_hub.presets import read_keras_hub
from bert_keras.checkpoints.preset_names import HUGGING_FACE, KAGGLE, check_named
from bert_keras.checkpoints.sentence_transformers.cross_encoder import as_cross_encoder
from bert_keras.checkpoints.unreadable import unreadable_folder
from bert_keras.errors import CheckpointError, PresetError

Kind = Literal["bert_keras", "keras_hub", "hugging_face", "google", "adapter"]
"""The formats of presets: this project's own, KerasHub's, Hugging Face's, Google's, or an adapter of this project."""

# What SetFit writes beside a folder of sentence-transformers.
_SETFIT_HEAD = "model_head.pkl"
_SETFIT = (
    f"a SetFit model, whose head is pickled ({_SETFIT_HEAD}) over the vectors that SentenceEncoder computes, and "
    "unpickling runs whatever code the file holds"
)


def locate(preset: str | Path) -> Path:
    """Returns the folder of a preset, after downloading it if it is on a hub.

    Args:
        preset: One of
            - `minilm_l6_en_uncased`, the default weights, from the installed package;
            - `minilm_l6_en_squad2`, a question answering adapter for them;
            - a folder: written by `save_to_preset`, by KerasHub, or by Hugging Face (safetensors), of Google's release
              (`bert_model.ckpt`), or of a run (`runs/NAME`);
            - a handle `hf://USER/MODEL` or `kaggle://USER/MODEL/keras/VARIANT`;
            - the name of a KerasHub preset, e.g. `bert_base_en_uncased`.

    Returns:
        The folder.

    Raises:
        PresetError: It is none of these, or cannot be downloaded.
        CheckpointError: The default weights are not the published ones.
    """
    name = str(preset)
    if name == bundled.DEFAULT_PRESET:
        return bundled.bundled_folder()
    if name == bundled.READER:
        return bundled.reader_folder()
    if name.startswith((HUGGING_FACE, KAGGLE)):
        return fetch(name)
    if Path(name).is_dir():
        folder = Path(name)
        configs = (folder / "model" / file for file in ("config.json", ADAPTER_CONFIG_FILE))
        return folder / "model" if any(config.exists() for config in configs) else folder
    check_named(name)
    return fetch(keras_hub.models.BertBackbone.presets[name]["kaggle_handle"])


def kind(folder: Path) -> Kind:
    """Returns the file format of a preset.

    Args:
        folder: The folder of the preset, as `locate` returns it.

    Returns:
        The format.

    Raises:
        PresetError: The folder has no configuration file.
        CheckpointError: The configuration file cannot be read.
    """
    if (folder / ADAPTER_CONFIG_FILE).exists():
        return "adapter"
    if (folder / "config.json").exists():
        registered = str(read_json(folder / "config.json").get("registered_name", ""))
        if registered.startswith("bert_keras>"):
            return "bert_keras"
        return "keras_hub" if registered else "hugging_face"
    if any((folder / name).exists() for name in (GOOGLE_CONFIG_FILE, PARAMS_FILE)):
        return "google"
    said = unreadable_folder(folder)
    if said:
        raise PresetError(f"{folder}: {said}")
    raise missing(folder, f"config.json or {GOOGLE_CONFIG_FILE}")


def base_of(folder: Path) -> Path:
    """Returns the folder of the preset that an adapter was trained on.

    Args:
        folder: The folder of the adapter.

    Returns:
        The folder of its base, which may be an adapter too.

    Raises:
        PresetError: The base cannot be found.
        CheckpointError: The files are broken, or adapters name each other in a circle.
    """
    named = folder / ADAPTER_CONFIG_FILE
    try:
        base = below = locate(read_adapter(folder).base)
        above = {folder.resolve()}
        while kind(below) == "adapter":
            if below.resolve() in above:
                raise CheckpointError(f"{named}: base leads back to {below}; name the preset that it was trained over")
            above.add(below.resolve())
            below = locate(read_adapter(below).base)
    except PresetError as error:
        raise PresetError(f"{named}: base cannot be loaded. {error}") from error
    return base


def read(folder: Path) -> Checkpoint:
    """Reads a preset of KerasHub, Hugging Face or Google.

    Args:
        folder: The folder, as `locate` returns it; not an adapter, and not a preset of this project, which Keras loads.

    Returns:
        The checkpoint.

    Raises:
        PresetError: A file is missing.
        CheckpointError: The files are broken, hold no BERT, or are inconsistent.
        VocabularyError: The vocabulary cannot be read.
    """
    if kind(folder) == "hugging_face":
        checkpoint = as_cross_encoder(read_hugging_face(folder))
        return replace(checkpoint, other_head=_SETFIT) if (folder / _SETFIT_HEAD).exists() else checkpoint
    return {"keras_hub": read_keras_hub, "google": read_google}[kind(folder)](folder)
