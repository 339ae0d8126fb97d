"""Writes a run's hyperparameters and scores for TensorBoard's HParams tab, which compares runs."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bert_keras import evaluation
from bert_keras.event_files.writer import EventWriter

_SPAN_METRICS = ("f1", "exact", "exact_match", "best_span_f1", "best_span_exact", "best_f1", "loss")
_METRICS = evaluation.METRICS | {"spans": _SPAN_METRICS}


_SUFFIX = ".hparams"


def write_hparams(
    folder: str | Path,
    values: Mapping[str, Any],
    scores: Mapping[str, Mapping[str, Any]],
    task: str,
    step: int,
    name: str = "run",
) -> None:
    """Writes the hyperparameters of a run and its final scores, in place of those that were written before.

    Other logs may lie in the same folder, and stay as they are.

    Args:
        folder: The folder of the run's event files, with the subfolders `train/`, `dev/` and so on.
        values: The hyperparameters, and any other setting in which runs differ.
        scores: The results of `evaluation.scores`, or for spans of `answer_metrics`, by split.
        task: The task: `single_label`, `multi_label`, `regression` or `spans`.
        step: The number of optimizer steps of the whole training.
        name: The name of the run. Four digits after it keep apart runs of one name and other values, which TensorBoard
            would otherwise show as one row, with means.
    """
    plain = {
        name: value if isinstance(value, bool | int | float | str) else str(value) for name, value in values.items()
    }
    reached = {
        f"final/{split}_{name}": of[name] for split, of in scores.items() for name in _METRICS[task] if name in of
    }
    for before in Path(folder).glob(f"events.*{_SUFFIX}"):
        before.unlink()
    writer = EventWriter(folder, _SUFFIX, goes_on=False)
    digest = hashlib.blake2b(json.dumps(plain, sort_keys=True).encode(), digest_size=2).hexdigest()
    writer.hyperparameters(plain, f"{name} {digest}")
    writer.scalars(step, reached)
