"""Writes a run's hyperparameters and scores for TensorBoard's HParams tab, which compares runs."""

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
    """Writes the hyperparameters of a run and its final scores.

    Args:
        folder: The folder of the run's event files, with the subfolders `train/`, `dev/` and so on.
        values: The hyperparameters, and any other setting in which runs differ.
        scores: The results of `evaluation.scores`, or for spans of `answer_metrics`, by split.
        task: The task: `single_label`, `multi_label`, `regression` or `spans`.
        step: The number of optimizer steps of the whole training.
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
