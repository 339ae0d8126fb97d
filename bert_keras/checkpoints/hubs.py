"""Downloads the files of a model from the Hugging Face Hub or from Kaggle, or finds them in the local cache."""

from pathlib import Path

import huggingface_hub
import kagglehub

from bert_keras.checkpoints.preset_names import HUGGING_FACE, KAGGLE
from bert_keras.errors import PresetError

# The files that a model needs. Weights in other formats, above all pickled ones, are not downloaded.
_WANTED = ["*.json", "vocab.txt", "*.safetensors", "*.weights.h5", "assets/*"]
_UNWANTED = ["*/*.safetensors", "onnx/*", "openvino/*"]


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
            return Path(
                huggingface_hub.snapshot_download(
                    name, revision=revision, allow_patterns=_WANTED, ignore_patterns=_UNWANTED
                )
            )
        return Path(kagglehub.model_download(handle.removeprefix(KAGGLE)))
    except Exception as error:  # both clients raise any error of their HTTP library
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise PresetError(
            f"{handle}: could not be fetched ({reason}). Check the handle and the network, or name a folder"
        ) from error
