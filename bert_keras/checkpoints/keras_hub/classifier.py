"""The text classifier of a KerasHub preset: task.json, task.weights.h5, preprocessor.json."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras_hub

from bert_keras.checkpoints.files import missing, read_json
from bert_keras.checkpoints.keras_hub.backbones import Encoder
from bert_keras.checkpoints.weights import Place, dense
from bert_keras.classification.task import Task
from bert_keras.errors import CheckpointError

TASK_FILE, TASK_WEIGHTS = "task.json", "task.weights.h5"
_PREPROCESSOR_FILE = "preprocessor.json"


@dataclass(frozen=True)
class KerasHubHead:
    """The head of a text classifier of KerasHub.

    Attributes:
        outputs: The number of outputs.
        task: The task that its activation makes of them.
        dropout: The dropout rate before the last layer.
        encoder: The class of its encoder.
    """

    outputs: int
    task: Task
    dropout: float
    encoder: Encoder

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the outputs: their numbers, since KerasHub has no names; none for regression."""
        return () if self.task == "regression" else tuple(map(str, range(self.outputs)))

    def load(self, folder: Path, backbone: Any) -> Iterator[Place]:
        """Loads the head with KerasHub and lists its weights.

        Args:
            folder: The folder of the preset.
            backbone: The encoder that KerasHub loaded.

        Returns:
            The weights, by Hugging Face's names.
        """
        # Built from three numbers: task.json as a whole is a program of Keras, which is not run.
        build = getattr(keras_hub.models, f"{self.encoder.title}TextClassifier")
        classifier = build(backbone, num_classes=self.outputs)
        classifier.load_task_weights(str(folder / TASK_WEIGHTS))
        if not self.encoder.pooled:
            yield from dense("pooler.dense", classifier.pooled_dense, backbone.hidden_dim)
        yield from dense("classifier", classifier.output_dense, backbone.hidden_dim)


def task_named(folder: Path) -> str:
    """Returns the class name of a preset's task, without KerasHub's prefix; empty if it holds an encoder alone."""
    path = folder / TASK_FILE
    return str(read_json(path).get("registered_name", "")).rpartition(">")[2] if path.exists() else ""


def read_classifier(folder: Path, encoder: Encoder) -> KerasHubHead | None:
    """Reads the settings of a preset's classifier.

    Args:
        folder: The folder of the preset.
        encoder: The class of its encoder.

    Returns:
        The head; `None` if the preset is no text classifier.

    Raises:
        PresetError: The weights of the head are missing.
        CheckpointError: A setting is invalid or not supported.
    """
    path = folder / TASK_FILE
    if task_named(folder) != f"{encoder.title}TextClassifier":
        return None
    if not (folder / TASK_WEIGHTS).exists():
        raise missing(folder, TASK_WEIGHTS)
    config = read_json(path).get("config")
    config = config if isinstance(config, dict) else {}
    outputs, dropout = config.get("num_classes"), config.get("dropout", 0.1)
    if type(outputs) is not int or outputs < 1 or type(dropout) not in (int, float):
        raise CheckpointError(f"{path}: num_classes and dropout must be numbers. Received: {outputs!r} and {dropout!r}")
    hidden = config.get("hidden_dim")  # of DistilBERT's classifier alone
    size = read_json(folder / "config.json")["config"].get("hidden_dim")
    if hidden not in (None, size):
        raise CheckpointError(
            f"{path}: the head's hidden_dim must be that of the encoder, {size}, as transformers has it. "
            f"Received: {hidden!r}"
        )
    return KerasHubHead(outputs, _task(config.get("activation"), outputs, path), float(dropout), encoder)


def _task(activation: Any, outputs: int, path: Path) -> Task:
    """Returns the task whose answers are the outputs of KerasHub, or for logits those that a softmax makes of them."""
    if activation == "sigmoid":
        return "multi_label"
    if activation in (None, "linear"):
        return "regression" if outputs == 1 else "single_label"
    if activation == "softmax" and outputs > 1:
        return "single_label"
    raise CheckpointError(
        f"{path}: activation must be none, softmax (over several outputs) or sigmoid. Received: {activation!r}, "
        f"{outputs} outputs"
    )


def read_sequence_length(folder: Path) -> int | None:
    """Returns the maximum number of tokens per row of a classifier's preprocessor; `None` if there is none.

    Args:
        folder: The folder of the preset.

    Raises:
        CheckpointError: The preprocessor truncates pairs in another way than the longer text first.
    """
    path = folder / _PREPROCESSOR_FILE
    config = read_json(path).get("config") if path.exists() else None
    if not isinstance(config, dict):
        return None
    if config.get("truncate", "round_robin") != "round_robin":
        raise CheckpointError(
            f"{path}: truncate must be round_robin: pairs are cut at their longer text here. "
            f"Received: {config['truncate']!r}"
        )
    length = config.get("sequence_length")
    return length if type(length) is int else None
