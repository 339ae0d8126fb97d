"""Weights in and out: Hugging Face's folders, Google's checkpoints, KerasHub's presets, the bundled default."""

from bert_keras.checkpoints.bundled import NAME as DEFAULT_PRESET
from bert_keras.checkpoints.checkpoint import BACKBONE_SETTINGS, Checkpoint, check_vocabulary_size
from bert_keras.checkpoints.keras_hub_presets import reading
from bert_keras.checkpoints.locate import Kind, kind, locate, read
from bert_keras.checkpoints.own_presets import check_task_files, own_positions
from bert_keras.checkpoints.save_hugging_face import save_hugging_face
from bert_keras.checkpoints.weights import Place, assign, assign_places, dense, places

__all__ = [
    "BACKBONE_SETTINGS",
    "DEFAULT_PRESET",
    "Checkpoint",
    "Kind",
    "Place",
    "assign",
    "assign_places",
    "check_task_files",
    "check_vocabulary_size",
    "dense",
    "kind",
    "locate",
    "own_positions",
    "places",
    "read",
    "reading",
    "save_hugging_face",
]
