"""Downloads the files of a model from the Hugging Face Hub or from Kaggle, or finds them in the local cache."""

from pathlib import Path

import huggingface_hub
import kagglehub

from bert_keras.checkpoints.preset_names import HUGGING_FACE, KAGGLE
from bert_keras.checkpoints.unreadable import convert
from bert_keras.errors import PresetError

# The files that a model needs. Weights in other formats, above all pickled ones, are not downloaded.
_WEIGHTS = ["*.safetensors", "*.weights.h5", "*ckpt*.index"]
_WANTED = ["*.json", "vocab.txt", "assets/*", "params.yaml", "checkpoint", "*ckpt*.data-*", *_WEIGHTS]
# The modules of sentence-transformers, `2_Dense/model.safetensors`, begin with a digit; other folders are not read.
_UNWANTED = ["[!0-9]*/*.safetensors", "[!0-9]*/*ckpt*", "onnx/*", "openvino/*"]


def fetch(handle: str, revision: str | None = None) -> Path:
    """Downloads a model.

    Args:
        handle: The handle, `hf://USER/MODEL` or `kaggle://USER/MODEL/keras/VARIANT[/VERSION]`.
        revision: The branch, tag or commit of a model of the Hugging Face Hub. `None` means the newest.

    Returns:
        The local folder.

    Raises:
        PresetError: The hub has no such model, or cannot be reached.
    """
    try:
        if handle.startswith(HUGGING_FACE):
            name = handle.removeprefix(HUGGING_FACE)
            found = huggingface_hub.snapshot_download(
                name, revision=revision, allow_patterns=_WANTED, ignore_patterns=_UNWANTED
            )
            return _with_weights(Path(found), handle)
        return Path(kagglehub.model_download(handle.removeprefix(KAGGLE)))
    except PresetError:
        raise
    except Exception as error:  # both clients raise any error of their HTTP library
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise PresetError(
            f"{handle}: could not be fetched ({reason}). Check the handle and the network, or name a folder"
        ) from error


def _with_weights(folder: Path, handle: str) -> Path:
    if any(next(folder.rglob(pattern), None) for pattern in _WEIGHTS):
        return folder
    raise PresetError(
        f"{handle}: it holds no safetensors, and pickled and other weights are not downloaded. "
        + convert(handle.removeprefix(HUGGING_FACE), of=folder)
    )
