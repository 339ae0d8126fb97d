"""Reads Hugging Face folders: config.json, safetensors, and vocab.txt or tokenizer.json."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.checkpoints.checkpoint import Checkpoint
from bert_keras.checkpoints.files import read_json
from bert_keras.checkpoints.hugging_face.config import family_named, head_dropout, settings
from bert_keras.checkpoints.hugging_face.head import POOLER, read_head
from bert_keras.checkpoints.hugging_face.tokenizer import read_tokenizer
from bert_keras.checkpoints.hugging_face.tokenizer_files.segments import OneSegment
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
        The checkpoint, with labels or tags if it holds the head of a text or token classifier.

    Raises:
        PresetError: A file is missing.
        CheckpointError: The files are broken, hold no BERT, or are inconsistent.
        VocabularyError: The vocabulary cannot be read.
    """
    path = folder / "config.json"
    raw = read_json(path)
    model_type = family_named(raw, path).model_type
    tensors: Mapping[str, np.ndarray] = SafetensorsFiles(folder)
    if changed is not None:
        raw, tensors = changed(raw, tensors)
    config, dropout = settings(raw, path) | {"pooler": POOLER in tensors}, head_dropout(raw, path)
    head, words = read_head(raw, tensors, folder), read_tokenizer(tokenizer or folder)
    return Checkpoint(
        folder=folder,
        config=config,
        tokenizer=words.arguments,
        tensors=tensors if words.feeds_segments else OneSegment(tensors),
        labels=head.labels,
        task=head.task,
        head_dropout=config["dropout"] if head.tags is not None and model_type == "distilbert" else dropout,
        max_length=words.max_length,
        task_said=head.task_said,
        other_head=head.other,
        tags=head.tags,
        model_type=model_type,
        tied_embeddings=raw.get("tie_word_embeddings", True) is not False,
    )
