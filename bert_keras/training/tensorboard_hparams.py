"""A run's recipe beside its scores, for TensorBoard's HParams tab, where runs are compared."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bert_keras import evaluation
from bert_keras.event_files.writer import EventWriter

_SPAN_METRICS = ("f1", "exact", "exact_match", "best_span_f1", "best_span_exact", "best_f1", "loss")
_METRICS = evaluation.METRICS | {"spans": _SPAN_METRICS}


def write_hparams(
    folder: str | Path, values: Mapping[str, Any], scores: Mapping[str, Mapping[str, Any]], task: str, step: int
) -> None:
    """Writes with which values a run was made, and what it reached.

    Args:
        folder: The run's folder of event files; those of `train/`, `dev/`, ... below it belong to it.
        values: The recipe, and whatever else runs differ in.
        scores: What `evaluation.scores`, or of spans `answer_metrics`, returned, by split.
        task: `single_label`, `multi_label`, `regression` or `spans`.
        step: The optimizer steps of the whole training.
    """
    plain = {
        name: value if isinstance(value, bool | int | float | str) else str(value) for name, value in values.items()
    }
    reached = {
        f"final/{split}_{name}": of[name] for split, of in scores.items() for name in _METRICS[task] if name in of
    }
    writer = EventWriter(folder)
    writer.hyperparameters(plain)
    writer.scalars(step, reached)
