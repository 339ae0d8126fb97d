"""Weights in and out: Hugging Face's folders, Google's checkpoints, KerasHub's presets, the bundled default."""

from bert_keras.checkpoints.adapters import CONFIG_FILE as ADAPTER_CONFIG_FILE
from bert_keras.checkpoints.adapters import WEIGHTS_FILE as ADAPTER_WEIGHTS_FILE
from bert_keras.checkpoints.adapters import Adapter, assign_adapted, encoder_fingerprint, read_adapter, write_adapter
from bert_keras.checkpoints.bundled import NAME as DEFAULT_PRESET
from bert_keras.checkpoints.bundled import READER
from bert_keras.checkpoints.checkpoint import BACKBONE_SETTINGS, Checkpoint, check_vocabulary_size
from bert_keras.checkpoints.hugging_face import SPAN_HEAD
from bert_keras.checkpoints.keras_hub_presets import reading
from bert_keras.checkpoints.locate import Kind, base_of, kind, locate, read
from bert_keras.checkpoints.own_presets import check_task_files, own_positions, preprocessor_class, task_of
from bert_keras.checkpoints.save_hugging_face import save_hugging_face
from bert_keras.checkpoints.weights import Place, assign, assign_places, dense, places

__all__ = [
    "ADAPTER_CONFIG_FILE",
    "ADAPTER_WEIGHTS_FILE",
    "BACKBONE_SETTINGS",
    "DEFAULT_PRESET",
    "SPAN_HEAD",
    "Adapter",
    "Checkpoint",
    "Kind",
    "READER",
    "Place",
    "assign",
    "assign_adapted",
    "assign_places",
    "base_of",
    "check_task_files",
    "check_vocabulary_size",
    "dense",
    "encoder_fingerprint",
    "kind",
    "locate",
    "own_positions",
    "places",
    "preprocessor_class",
    "read",
    "read_adapter",
    "reading",
    "save_hugging_face",
    "task_of",
    "write_adapter",
]
