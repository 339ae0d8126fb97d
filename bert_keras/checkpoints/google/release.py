"""Reads the checkpoints of Google's BERT release: bert_config.json, bert_model.ckpt.*, vocab.txt."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from bert_keras.checkpoints.checkpoint import Checkpoint
from bert_keras.checkpoints.files import missing, read_json
from bert_keras.checkpoints.hugging_face.config import settings
from bert_keras.checkpoints.hugging_face.tokenizer import is_cased
from bert_keras.checkpoints.lazy_tensors import LazyTensors
from bert_keras.errors import CheckpointError
from bert_keras.text import read_vocabulary

CONFIG_FILE = "bert_config.json"
# The errors of TensorFlow's reader for broken files; a truncated file raises an IndexError.
_READ_ERRORS = (tf.errors.OpError, ValueError, IndexError)


class GoogleTensors(LazyTensors):
    """The tensors of a TensorFlow checkpoint of BERT by Hugging Face's names, without the optimizer's variables.

    Args:
        prefix: The path of the checkpoint without `.index`.

    Raises:
        CheckpointError: The checkpoint cannot be read.
    """

    _stored: dict[str, str]

    def __init__(self, prefix: Path) -> None:
        self._prefix = prefix
        try:
            self._reader = tf.train.load_checkpoint(str(prefix))
            stored = list(self._reader.get_variable_to_shape_map())
        except _READ_ERRORS as error:
            raise CheckpointError(
                f"{prefix}: no TensorFlow checkpoint that can be read ({_first_line(error)})"
            ) from error
        self._stored = {_canonical(name): name for name in stored if name.startswith("bert/") and "adam_" not in name}

    def __getitem__(self, name: str) -> np.ndarray:
        stored = self._stored[name]
        try:
            tensor = self._reader.get_tensor(stored)
        except _READ_ERRORS as error:
            raise CheckpointError(f"{self._prefix}: tensor {stored} cannot be read ({_first_line(error)})") from error
        return tensor.T if stored.endswith("/kernel") else tensor


def read_google(folder: Path) -> Checkpoint:
    """Reads a folder of Google's BERT release.

    Args:
        folder: The folder.

    Returns:
        The checkpoint. The activation "gelu" is read as the tanh approximation, with which Google trained.

    Raises:
        PresetError: A file is missing.
        CheckpointError: The files are broken or inconsistent.
        VocabularyError: The vocabulary cannot be read.
    """
    indexes = sorted(folder.glob("*.ckpt*.index"))
    if len(indexes) != 1:
        found = f" (found {len(indexes)}: {', '.join(path.name for path in indexes)})" if indexes else ""
        raise missing(folder, f"single bert_model.ckpt.index{found}")
    if not (folder / "vocab.txt").exists():
        raise missing(folder, "vocab.txt")
    raw = read_json(folder / CONFIG_FILE)
    if raw.get("hidden_act", "gelu") == "gelu":
        raw["hidden_act"] = "gelu_new"
    tensors = GoogleTensors(indexes[0].with_suffix(""))
    config = settings(raw, folder / CONFIG_FILE)
    vocabulary = read_vocabulary(folder / "vocab.txt")
    return Checkpoint(
        folder=folder,
        config=config | {"pooler": "pooler.dense.weight" in tensors},
        tokenizer={"vocabulary": vocabulary, "lowercase": not is_cased(vocabulary), "strip_accents": None},
        tensors=tensors,
        head_dropout=config["dropout"],
    )


def _canonical(name: str) -> str:
    """Translates names: `bert/encoder/layer_0/output/LayerNorm/gamma` to `encoder.layer.0.output.LayerNorm.weight`."""
    name = name.removeprefix("bert/").replace("layer_", "layer/").replace("/", ".")
    for theirs, ours in (
        (".kernel", ".weight"),
        (".gamma", ".weight"),
        (".beta", ".bias"),
        ("_embeddings", "_embeddings.weight"),
    ):
        if name.endswith(theirs):
            return name.removesuffix(theirs) + ours
    return name


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
