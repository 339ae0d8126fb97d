"""Reads folders of Google's BERT release and of TF Model Garden: configuration, TensorFlow checkpoint, vocab.txt."""

import re
from pathlib import Path
from typing import Any

from bert_keras.checkpoints.checkpoint import Checkpoint
from bert_keras.checkpoints.files import missing, read_json
from bert_keras.checkpoints.google.model_garden import PARAMS_FILE, is_model_garden, model_garden_names, read_params
from bert_keras.checkpoints.google.release_names import release_names
from bert_keras.checkpoints.google.tensors import GoogleTensors
from bert_keras.checkpoints.hugging_face.config import settings
from bert_keras.checkpoints.hugging_face.head import read_head
from bert_keras.checkpoints.hugging_face.tokenizer import is_cased
from bert_keras.errors import PresetError
from bert_keras.text import read_vocabulary

CONFIG_FILE = "bert_config.json"
# The file in which TensorFlow notes the last of several checkpoints.
_LATEST = re.compile(r'^\s*model_checkpoint_path:\s*"(.*)"\s*$', re.MULTILINE)


def read_google(folder: Path) -> Checkpoint:
    """Reads a folder of Google's BERT release or of TF Model Garden, pre-trained or fine-tuned.

    Args:
        folder: The folder.

    Returns:
        The checkpoint. The activation "gelu" is read as the tanh approximation, with which Google trained. The labels
        of a classifier are the numbers of its outputs.

    Raises:
        PresetError: A file is missing.
        CheckpointError: The files are broken or inconsistent.
        VocabularyError: The vocabulary cannot be read.
    """
    prefix = _checkpoint_of(folder)
    if not (folder / "vocab.txt").exists():
        raise missing(folder, "vocab.txt")
    raw, path = _configuration(folder)
    tensors = GoogleTensors(prefix, _names)
    config = settings(raw, path)
    # Neither tool stores names for labels: they are the numbers of the outputs.
    rows = len(tensors["classifier.weight"]) if "classifier.weight" in tensors else 0
    head = read_head({"id2label": {str(row): str(row) for row in range(rows)}}, tensors, folder)
    vocabulary = read_vocabulary(folder / "vocab.txt")
    return Checkpoint(
        folder=folder,
        config=config | {"pooler": "pooler.dense.weight" in tensors},
        tokenizer={"vocabulary": vocabulary, "lowercase": not is_cased(vocabulary), "strip_accents": None},
        tensors=tensors,
        labels=head.labels,
        task=head.task,
        task_said=head.task_said,
        other_head=head.other,
        tags=head.tags,
        head_dropout=config["dropout"],
    )


def _names(stored: list[str]) -> dict[str, str]:
    return (model_garden_names if is_model_garden(stored) else release_names)(stored)


def _configuration(folder: Path) -> tuple[dict[str, Any], Path]:
    """Returns the settings by the names of bert_config.json, and the file they are from."""
    path = folder / CONFIG_FILE
    raw = read_json(path) if path.exists() else read_params(folder / PARAMS_FILE)
    if raw.get("hidden_act", "gelu") == "gelu":
        raw["hidden_act"] = "gelu_new"
    return raw, path if path.exists() else folder / PARAMS_FILE


def _checkpoint_of(folder: Path) -> Path:
    """Returns the path of the only checkpoint, or of the one that TensorFlow noted as the last, without `.index`."""
    indexes = sorted(path.with_suffix("") for path in folder.glob("*ckpt*.index"))
    latest = folder / "checkpoint"
    if len(indexes) > 1 and latest.is_file():
        found = _LATEST.search(latest.read_text(encoding="utf-8", errors="replace"))
        # The path may be that of the machine that trained it.
        name = re.split(r"[/\\]", found[1])[-1] if found else ""
        if folder / name in indexes:
            return folder / name
        raise PresetError(
            f"{latest}: it must name one of the checkpoints beside it. Received: {name or 'no model_checkpoint_path'}, "
            f"checkpoints {', '.join(path.name for path in indexes)}"
        )
    if len(indexes) != 1:
        names = ", ".join(f"{path.name}.index" for path in indexes)
        found_names = f" (found {len(indexes)}: {names}; a file `checkpoint` names the last)" if indexes else ""
        raise missing(folder, f"single bert_model.ckpt.index{found_names}")
    return indexes[0]
