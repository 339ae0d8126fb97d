"""Finds the folder of a preset by its name, handle or path, and tells its file format."""

import contextlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal, NamedTuple

import keras_hub

from bert_keras.checkpoints import bundled
from bert_keras.checkpoints.adapters.own import ADAPTER_CONFIG_FILE, read_adapter
from bert_keras.checkpoints.adapters.peft import read_peft
from bert_keras.checkpoints.adapters.peft_config import PEFT_CONFIG_FILE, read_peft_config
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
from bert_keras.errors import CheckpointError, InputError, PresetError

Kind = Literal["bert_keras", "keras_hub", "hugging_face", "google", "adapter", "peft"]
"""The formats of presets: this project's own, KerasHub's, Hugging Face's, Google's, or an adapter of this project or of
PEFT."""
_HUB_NAME: Final = re.compile(r"[\w-][\w.-]*(/[\w.-]+)?")  # USER/MODEL, or an old model without a user

# What SetFit writes beside a folder of sentence-transformers.
_SETFIT_HEAD = "model_head.pkl"
_SETFIT = (
    f"a SetFit model, whose head is pickled ({_SETFIT_HEAD}) over the vectors that TextEncoder computes, and "
    "unpickling runs whatever code the file holds"
)


def locate(preset: str | Path) -> Path:
    """Returns the folder of a preset, after downloading it if it is on a hub.

    Args:
        preset: One of
            - `minilm_l6_en_uncased`, the default weights, from the installed package;
            - `minilm_l6_en_squad2`, a question answering adapter for them;
            - a folder: written by `save_to_preset`, by KerasHub, or by Hugging Face (safetensors), of Google's release
              (`bert_model.ckpt`), an adapter of PEFT, or of a run (`runs/NAME`);
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
        configs = (folder / "model" / file for file in ("config.json", ADAPTER_CONFIG_FILE, PEFT_CONFIG_FILE))
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
    if (folder / PEFT_CONFIG_FILE).exists():
        return "peft"
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


class Base(NamedTuple):
    """What an adapter of this project stands over.

    Attributes:
        folder: The folder of the base, which may be an adapter too.
        base: The model below that, if it is an adapter of PEFT that was loaded over another one than it names.
    """

    folder: Path
    base: str | None


def check_base(folder: Path, base: str | None) -> None:
    """Checks that a base is only given for an adapter.

    Args:
        folder: The folder of the preset, as `locate` returns it.
        base: The given base, or `None`.

    Raises:
        InputError: A base is given for a preset that is no adapter.
        PresetError: The folder has no configuration file.
        CheckpointError: The configuration file cannot be read.
    """
    if base is not None and kind(folder) not in ("adapter", "peft"):
        raise InputError(f"{folder}: no adapter, and so without a base; leave --base (base=) out. Received: {base}")


def base_of(folder: Path, base: str | None = None) -> Base:
    """Returns what an adapter of this project was trained on.

    Args:
        folder: The folder of the adapter.
        base: The name of the base, or of the model below it if the base is an adapter of PEFT. `None` means what the
            adapter names.

    Returns:
        The base.

    Raises:
        PresetError: The base cannot be found.
        CheckpointError: The files are broken, or adapters name each other in a circle.
    """
    named, adapter = folder / ADAPTER_CONFIG_FILE, read_adapter(folder)
    try:
        if base is not None and not _is_below(adapter.base, base):
            return Base(locate(base), None)
        first = below = locate(adapter.base)
        above = {folder.resolve()}
        while kind(below) == "adapter":
            if below.resolve() in above:
                raise CheckpointError(f"{named}: base leads back to {below}; name the preset that it was trained over")
            above.add(below.resolve())
            below = locate(read_adapter(below).base)
    except PresetError as error:
        raise PresetError(f"{named}: base cannot be loaded. {error}") from error
    return Base(first, adapter.base_of_base if base is None else base)


def _is_below(named: str, base: str) -> bool:
    """Returns whether a given base belongs below the named one, which is an adapter of PEFT."""
    return Path(named).is_dir() and kind(locate(named)) == "peft" and kind(locate(base)) == "hugging_face"


def read(folder: Path, base: str | None = None) -> Checkpoint:
    """Reads a preset of KerasHub, Hugging Face or Google, or an adapter of PEFT with its base.

    Args:
        folder: The folder, as `locate` returns it; not an adapter of this project, and not a preset of this project,
            which Keras loads.
        base: The model that an adapter of PEFT is loaded over. `None` means the one beside it in its folder, or else
            the one that it names.

    Returns:
        The checkpoint.

    Raises:
        PresetError: A file is missing, or the base of an adapter is not found.
        CheckpointError: The files are broken, hold no BERT, or are inconsistent.
        VocabularyError: The vocabulary cannot be read.
        InputError: A base is given, and this is no adapter.
    """
    check_base(folder, base)
    if kind(folder) == "peft":
        return read_peft(folder, _base_of_peft(folder, base))
    if kind(folder) == "hugging_face":
        checkpoint = as_cross_encoder(read_hugging_face(folder))
        return replace(checkpoint, other_head=_SETFIT) if (folder / _SETFIT_HEAD).exists() else checkpoint
    return {"keras_hub": read_keras_hub, "google": read_google}[kind(folder)](folder)


def _base_of_peft(folder: Path, base: str | None) -> Path:
    if base is None and (folder / "config.json").exists():
        return folder
    found = _named_base(folder) if base is None else locate(base)
    if kind(found) != "hugging_face":
        what = {"peft": "an adapter itself", "adapter": "an adapter itself"}.get(kind(found), "in another format")
        raise CheckpointError(
            f"{folder}: the base of a PEFT adapter must be a whole model in a Hugging Face folder. Received: {found}, "
            f"{what}; save it as one with bert_keras.checkpoints.save_hugging_face, and name that with --base (base=)"
        )
    return found


def _named_base(folder: Path) -> Path:
    """Finds the model that an adapter of PEFT names, as PEFT does: a folder, seen from here, or else on the hub."""
    config = read_peft_config(folder)
    if config.base is None:
        raise PresetError(
            f"{config.path}: base_model_name_or_path is empty; name the model that the adapter was trained over with "
            "--base FOLDER (base=)"
        )
    for place in (Path(config.base), folder / config.base):
        if place.is_dir():
            return locate(place)
    if config.base == bundled.HUB_NAME and config.revision is None:
        with contextlib.suppress(PresetError):
            return bundled.bundled_folder()
    reason = f"no folder, seen from {Path.cwd()}"
    if _HUB_NAME.fullmatch(config.base):
        try:
            return fetch(HUGGING_FACE + config.base, config.revision)
        except PresetError as error:
            reason = f"neither a folder, seen from {Path.cwd()}, nor to be had from the hub: {error.__cause__}"
    raise PresetError(
        f"{config.path}: base_model_name_or_path is {' '.join(reason.split())}. Received: {config.base}; name the "
        "folder of that model with --base FOLDER (base=)"
    )
