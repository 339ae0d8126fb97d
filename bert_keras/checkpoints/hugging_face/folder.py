"""Reads Hugging Face folders: config.json, safetensors, and vocab.txt or tokenizer.json."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.checkpoints.checkpoint import Checkpoint
from bert_keras.checkpoints.files import read_json
from bert_keras.checkpoints.hugging_face.config import check_setting, settings
from bert_keras.checkpoints.hugging_face.head import read_head
from bert_keras.checkpoints.hugging_face.tokenizer import read_tokenizer
from bert_keras.checkpoints.safetensors_files import SafetensorsFiles

Changed = Callable[[dict[str, Any], Mapping[str, np.ndarray]], tuple[dict[str, Any], Mapping[str, np.ndarray]]]
"""A function that makes other settings and tensors of those of a folder, such as those with an adapter."""


def read_hugging_face(folder: Path, changed: Changed | None = None, tokenizer: Path | None = None) -> Checkpoint:
    """Reads a folder that the `save_pretrained` of transformers wrote.

    Args:
        folder: The folder.
        changed: A function that changes config.json and the tensors before they are interpreted.
        tokenizer: The folder of the tokenizer. `None` means the same.

    Returns:
        The checkpoint, with labels if the model is a `BertForSequenceClassification`.

    Raises:
        PresetError: A file is missing.
        CheckpointError: The files are broken, hold no BERT, or are inconsistent.
        VocabularyError: The vocabulary cannot be read.
    """
    raw = read_json(folder / "config.json")
    tensors: Mapping[str, np.ndarray] = SafetensorsFiles(folder)
    if changed is not None:
        raw, tensors = changed(raw, tensors)
    config = settings(raw, folder / "config.json") | {"pooler": "pooler.dense.weight" in tensors}
    dropout = raw.get("classifier_dropout")
    if dropout is not None:
        check_setting("classifier_dropout", dropout, 0.1, folder / "config.json")
    task, labels = read_head(raw, tensors, folder)
    return Checkpoint(
        folder=folder,
        config=config,
        tokenizer=read_tokenizer(tokenizer or folder),
        tensors=tensors,
        labels=labels,
        task=task,
        head_dropout=config["dropout"] if dropout is None else dropout,
    )
