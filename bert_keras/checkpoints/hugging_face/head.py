"""The task and the labels of the head that a folder holds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.classification.task import TASKS, Task
from bert_keras.errors import CheckpointError

CLASSIFIER_ARCHITECTURE, SPAN_ARCHITECTURE = "BertForSequenceClassification", "BertForQuestionAnswering"
"""The class names of transformers for the two tasks."""
SPAN_HEAD = "qa_outputs.weight"
"""The name of the kernel of a span extractor's head."""
PROBLEM_TYPES: dict[Task, str] = {task: task if task == "regression" else f"{task}_classification" for task in TASKS}
"""The `problem_type` of each task in config.json."""


def read_head(
    raw: dict[str, Any], tensors: Mapping[str, np.ndarray], folder: Path
) -> tuple[Task, tuple[str, ...] | None]:
    """Returns the task and the labels of the head: no labels for regression, `None` if there is no classifier head."""
    named = str(raw.get("architectures"))
    for architecture, tensor in ((CLASSIFIER_ARCHITECTURE, "classifier.weight"), (SPAN_ARCHITECTURE, SPAN_HEAD)):
        if architecture in named and tensor not in tensors:
            raise CheckpointError(f"{folder}: config.json says {architecture}, but there is no tensor {tensor}")
    if CLASSIFIER_ARCHITECTURE not in named:
        return "single_label", None
    rows = len(tensors["classifier.weight"])
    task = _task(raw, rows, folder)
    return task, () if task == "regression" else _labels(raw, rows, folder)


def _task(raw: dict[str, Any], rows: int, folder: Path) -> Task:
    # Without a problem_type, transformers takes one output for regression, and several for a single label.
    problem = raw.get("problem_type") or ("regression" if rows == 1 else PROBLEM_TYPES["single_label"])
    task = next((task for task, name in PROBLEM_TYPES.items() if name == problem), None)
    fitting = {"single_label": rows > 1, "multi_label": rows > 0, "regression": rows == 1}
    if task is None or not fitting[task]:
        raise CheckpointError(
            f"{folder}: a head must choose one label among several, or any of its labels, or give a single number. "
            f"Received: problem_type {problem!r}, {rows} outputs"
        )
    return task


def _labels(raw: dict[str, Any], rows: int, folder: Path) -> tuple[str, ...]:
    names = raw.get("id2label") or {str(place): f"LABEL_{place}" for place in range(rows)}
    ids = sorted(str(place) for place in range(rows))
    if (
        not isinstance(names, dict)
        or sorted(names) != ids
        or len({name for name in names.values() if isinstance(name, str)}) != rows
    ):
        raise CheckpointError(
            f"{folder}: id2label does not fit the head, it must name each output. Received: labels {names}, {rows} "
            "outputs"
        )
    return tuple(names[str(place)] for place in range(rows))
