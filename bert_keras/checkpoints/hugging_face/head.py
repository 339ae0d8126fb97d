"""The head of a folder, found by its tensors: its task, its labels, or what other model it is of."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.checkpoints.hugging_face.families import FAMILIES
from bert_keras.checkpoints.hugging_face.tensor_names import original
from bert_keras.classification.task import TASKS, Task
from bert_keras.errors import CheckpointError

CLASSIFIER, SPANS, MASKED_LM = "ForSequenceClassification", "ForQuestionAnswering", "ForMaskedLM"
TOKENS = "ForTokenClassification"
PRE_TRAINING = "ForPreTraining"
ENCODER = "Model"
"""The ends of the class names of transformers for the tasks."""
SPAN_HEAD = "qa_outputs.weight"
"""The name of the kernel of a span extractor's head."""
POOLER = "pooler.dense.weight"
"""The name of the kernel of the dense layer before a classifier's last layer."""
PROBLEM_TYPES: dict[Task, str] = {task: task if task == "regression" else f"{task}_classification" for task in TASKS}
"""The `problem_type` of each task in config.json."""
_CLASSIFIER_HEAD = "classifier.weight"
# The tensors without which a named head cannot be, by the end of its class name.
_NEEDED = {CLASSIFIER: (_CLASSIFIER_HEAD, POOLER), SPANS: (SPAN_HEAD,), TOKENS: (_CLASSIFIER_HEAD,)}
# A head that is no classifier of texts, though its tensors have the names of one.
_CHOICES = "ForMultipleChoice"
# The tensor that tells another head, and what that head is of.
_OTHERS = {
    "sequence_summary.summary.weight": "a model for multiple choice",
    "cls.predictions.transform.dense.weight": "a masked language model, which MaskedLM loads",
    "cls.seq_relationship.weight": "a next-sentence model, which TextClassifier.from_next_sentence_head loads",
    "discriminator_predictions.dense.weight": "an ELECTRA discriminator before fine-tuning",
}


@dataclass(frozen=True)
class Head:
    """What config.json and the tensors say about the head.

    Attributes:
        task: The task of a text classifier.
        labels: The names of its outputs; empty for regression. `None` if the folder holds no text classifier.
        task_said: Whether the files say the task, or it is what transformers takes it for.
        other: What the folder holds if it is neither a text classifier nor a span extractor; may be empty.
        tags: The names of the outputs of a token classifier. `None` if the folder holds none.
    """

    task: Task = "single_label"
    labels: tuple[str, ...] | None = None
    task_said: bool = True
    other: str = ""
    tags: tuple[str, ...] | None = None


def read_head(raw: dict[str, Any], tensors: Mapping[str, np.ndarray], folder: Path) -> Head:
    """Reads which head a folder holds.

    The tensors decide: `architectures` may be missing or name another class. It counts where two heads have tensors,
    and where a head of tokens or of choices has the tensor of a text classifier. Without it, a head of tokens is known
    by labels of spans, or because there is no pooler.

    Args:
        raw: The parsed config.json.
        tensors: The tensors, by BERT's names.
        folder: The folder, for error messages.

    Returns:
        The head.

    Raises:
        CheckpointError: The head that is named has no tensors, nothing tells which of two heads is meant, or the
            settings do not fit the head.
    """
    classes = raw.get("architectures")
    named = [str(name) for name in classes] if isinstance(classes, list) else []
    _check_named(named, tensors, folder, str(raw.get("model_type", "bert")))
    of_tokens = _of_tokens(named, raw.get("id2label"), tensors)
    if of_tokens:
        return Head(other=of_tokens, tags=_labels(raw, len(tensors[_CLASSIFIER_HEAD]), folder))
    other = _other(named, tensors)
    if other or _CLASSIFIER_HEAD not in tensors or _only_spans(named, tensors, folder):
        return Head(other=other)
    rows = len(tensors[_CLASSIFIER_HEAD])
    task, said = _task(raw, rows, folder)
    return Head(task, () if task == "regression" else _labels(raw, rows, folder), said)


def _check_named(named: list[str], tensors: Mapping[str, np.ndarray], folder: Path, model_type: str) -> None:
    for name in named:
        for end, needed in _NEEDED.items():
            absent = [original(tensor, model_type) for tensor in needed if tensor not in tensors]
            if name.endswith(end) and absent:
                raise CheckpointError(f"{folder}: config.json says {name}, but there is no tensor {absent[0]}")


def _of_tokens(named: list[str], labels: Any, tensors: Mapping[str, np.ndarray]) -> str:
    """Returns how a folder is known to hold a token classifier; empty if it holds none."""
    if _CLASSIFIER_HEAD not in tensors:
        return ""
    loads = "which labels each token and TokenClassifier loads"
    for name in named:
        if name.endswith(TOKENS):
            return f"a {name}, {loads}"
        if name.endswith((CLASSIFIER, _CHOICES)):
            return ""
    # Older versions of transformers saved a pooler with a token classifier.
    if isinstance(labels, dict) and any(str(name).startswith(("B-", "I-")) for name in labels.values()):
        return f"a classifier with labels of spans (B-, I-), {loads}"
    others = any(tensor in tensors for tensor in _OTHERS)
    return "" if POOLER in tensors or others else f"a classifier without a pooler, {loads}"


def _other(named: list[str], tensors: Mapping[str, np.ndarray]) -> str:
    """Returns what a folder holds that is no classifier and no span extractor; empty if it may be one."""
    for name in named:
        if name.endswith(_CHOICES):
            return f"a {name}, which chooses one of several texts"
    held = next((what for tensor, what in _OTHERS.items() if tensor in tensors), "")
    if _CLASSIFIER_HEAD in tensors:
        return held if POOLER not in tensors or "sequence_summary.summary.weight" in tensors else ""
    return "" if SPAN_HEAD in tensors else held


def _only_spans(named: list[str], tensors: Mapping[str, np.ndarray], folder: Path) -> bool:
    """Returns whether the head of spans is meant where both have tensors."""
    if SPAN_HEAD not in tensors:
        return False
    meant = {end for name in named for end in (CLASSIFIER, SPANS) if name.endswith(end)}
    if len(meant) != 1:
        raise CheckpointError(
            f"{folder}: it holds the tensors of a text classifier and of a reader (qa_outputs), and config.json does "
            f"not say which is meant. Received: architectures {named}; name one there, e.g. "
            f"{FAMILIES['bert'].title}{CLASSIFIER}"
        )
    return meant == {SPANS}


def _task(raw: dict[str, Any], rows: int, folder: Path) -> tuple[Task, bool]:
    """Returns the task and whether it is said."""
    # One output without a problem_type is trained as regression, but served through a sigmoid by the
    # text-classification pipeline of transformers: what the model's users see is a probability.
    said = raw.get("problem_type")
    problem = said or PROBLEM_TYPES["multi_label" if rows == 1 else "single_label"]
    task = next((task for task, name in PROBLEM_TYPES.items() if name == problem), None)
    fitting = {"single_label": rows > 1, "multi_label": rows > 0, "regression": rows == 1}
    if task is None or not fitting[task]:
        raise CheckpointError(
            f"{folder}: a head must choose one label among several, or any of its labels, or give a single number. "
            f"Received: problem_type {problem!r}, {rows} outputs"
        )
    return task, bool(said) or rows > 1


def _labels(raw: dict[str, Any], rows: int, folder: Path) -> tuple[str, ...]:
    names = raw.get("id2label") or {str(place): f"LABEL_{place}" for place in range(rows)}
    ids = [str(place) for place in range(rows)]
    # A number is a name, too: transformers prints 0, 1 and 2 for {"0": 0, "1": 1, "2": 2}.
    if not isinstance(names, dict) or sorted(names) != sorted(ids) or not all(map(_is_name, names.values())):
        raise CheckpointError(
            f"{folder}: id2label does not fit the head, it must name each output. Received: labels {names}, {rows} "
            "outputs"
        )
    labels = tuple(str(names[place]) for place in ids)
    if len(set(labels)) != rows:
        raise CheckpointError(
            f"{folder}: id2label names several outputs the same, and answers name them by label. Received: {names}; "
            "give each its own name in config.json"
        )
    return labels


def _is_name(value: Any) -> bool:
    return isinstance(value, str) or type(value) is int
