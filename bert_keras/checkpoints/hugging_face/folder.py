"""Reads Hugging Face folders: config.json, safetensors, and vocab.txt or tokenizer.json."""

from pathlib import Path

from bert_keras.checkpoints.checkpoint import Checkpoint
from bert_keras.checkpoints.files import read_json
from bert_keras.checkpoints.hugging_face.config import check_setting, settings
from bert_keras.checkpoints.hugging_face.head import read_head
from bert_keras.checkpoints.hugging_face.tokenizer import read_tokenizer
from bert_keras.checkpoints.hugging_face.tokenizer_files.segments import OneSegment
from bert_keras.checkpoints.safetensors_files import SafetensorsFiles


def read_hugging_face(folder: Path) -> Checkpoint:
    """Reads a folder that the `save_pretrained` of transformers wrote.

    Args:
        folder: The folder.

    Returns:
        The checkpoint, with labels if the model is a `BertForSequenceClassification`.

    Raises:
        PresetError: A file is missing.
        CheckpointError: The files are broken, hold no BERT, or are inconsistent.
        VocabularyError: The vocabulary cannot be read.
    """
    raw = read_json(folder / "config.json")
    tensors = SafetensorsFiles(folder)
    config = settings(raw, folder / "config.json") | {"pooler": "pooler.dense.weight" in tensors}
    dropout = raw.get("classifier_dropout")
    if dropout is not None:
        check_setting("classifier_dropout", dropout, 0.1, folder / "config.json")
    task, labels = read_head(raw, tensors, folder)
    tokenizer = read_tokenizer(folder)
    return Checkpoint(
        folder=folder,
        config=config,
        tokenizer=tokenizer.arguments,
        tensors=tensors if tokenizer.feeds_segments else OneSegment(tensors),
        labels=labels,
        task=task,
        head_dropout=config["dropout"] if dropout is None else dropout,
        max_length=tokenizer.max_length,
    )
