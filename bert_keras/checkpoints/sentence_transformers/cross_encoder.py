"""The activation with which a cross-encoder of sentence-transformers serves its head."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from bert_keras.checkpoints.checkpoint import Checkpoint
from bert_keras.checkpoints.files import read_json
from bert_keras.checkpoints.sentence_transformers.modules import SETTINGS_FILE
from bert_keras.classification.task import Task
from bert_keras.errors import CheckpointError

_SIGMOID, _IDENTITY, _SOFTMAX = "Sigmoid", "Identity", "Softmax"


def as_cross_encoder(checkpoint: Checkpoint) -> Checkpoint:
    """Returns a checkpoint whose head is served as `CrossEncoder.predict` serves it, if it is a cross-encoder.

    Args:
        checkpoint: The checkpoint of a Hugging Face folder.

    Returns:
        The same checkpoint if it holds no classifier, or the folder is of no cross-encoder. One output with a sigmoid
        is the probability of a label, one without a number; several outputs are logits, those of
        a choice between labels, or with a sigmoid of a label each.

    Raises:
        CheckpointError: The activation is another.
    """
    named = _activation(checkpoint.folder)
    if named is None or checkpoint.labels is None:
        return checkpoint
    # A regression has no names for its output: transformers' own stands for it.
    labels = checkpoint.labels or ("LABEL_0",)
    tasks: dict[str, Task] = {_SIGMOID: "multi_label", _IDENTITY: "regression" if len(labels) == 1 else "single_label"}
    if len(labels) > 1:
        tasks[_SOFTMAX] = "single_label"
    # Without a name, one output has a sigmoid, and several have none.
    name = named.rpartition(".")[2] or (_SIGMOID if len(labels) == 1 else _IDENTITY)
    if name not in tasks or (named and not named.startswith("torch.nn.")):
        raise CheckpointError(
            f"{checkpoint.folder}: the activation_fn of a cross-encoder with {len(labels)} outputs must be one of "
            f"{', '.join(tasks)} of torch.nn. Received: {named}"
        )
    task = tasks[name]
    return replace(checkpoint, task=task, labels=() if task == "regression" else labels, task_said=True, pairs=True)


def _activation(folder: Path) -> str | None:
    """Returns the class name of the activation, empty if the folder does not say; `None` for no cross-encoder."""
    path = folder / SETTINGS_FILE
    said = read_json(path) if path.exists() else {}
    if said.get("model_type") == "CrossEncoder":
        return str(said.get("activation_fn") or "")
    # Before version 6 it stood in config.json.
    config: dict[str, Any] = read_json(folder / "config.json")
    older = config.get("sentence_transformers")
    if isinstance(older, dict):
        return str(older.get("activation_fn") or "")
    oldest = config.get("sbert_ce_default_activation_function")
    return None if oldest is None else str(oldest)
