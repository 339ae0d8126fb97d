"""Reads Hugging Face folders: config.json, safetensors, and vocab.txt or tokenizer.json."""

from pathlib import Path

from bert_keras.checkpoints.checkpoint import Checkpoint
from bert_keras.checkpoints.files import read_json
from bert_keras.checkpoints.hugging_face.config import family_named, head_dropout, settings
from bert_keras.checkpoints.hugging_face.head import POOLER, read_head
from bert_keras.checkpoints.hugging_face.tokenizer import read_tokenizer
from bert_keras.checkpoints.hugging_face.tokenizer_files.segments import OneSegment
from bert_keras.checkpoints.safetensors_files import SafetensorsFiles


def read_hugging_face(folder: Path) -> Checkpoint:
    """Reads a folder that the `save_pretrained` of transformers wrote.

    Args:
        folder: The folder.

    Returns:
        The checkpoint, with labels if it holds the head of a text classifier.

    Raises:
        PresetError: A file is missing.
        CheckpointError: The files are broken, hold no BERT, or are inconsistent.
        VocabularyError: The vocabulary cannot be read.
    """
    path = folder / "config.json"
    raw = read_json(path)
    model_type = family_named(raw, path).model_type
    tensors = SafetensorsFiles(folder)
    config, dropout = settings(raw, path) | {"pooler": POOLER in tensors}, head_dropout(raw, path)
    head, tokenizer = read_head(raw, tensors, folder), read_tokenizer(folder)
    return Checkpoint(
        folder=folder,
        config=config,
        tokenizer=tokenizer.arguments,
        tensors=tensors if tokenizer.feeds_segments else OneSegment(tensors),
        labels=head.labels,
        task=head.task,
        head_dropout=dropout,
        max_length=tokenizer.max_length,
        task_said=head.task_said,
        other_head=head.other,
        model_type=model_type,
        tied_embeddings=raw.get("tie_word_embeddings", True) is not False,
    )
