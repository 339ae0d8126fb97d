"""The pictures of a model's outputs on a split, as TensorBoard and the run folder show them."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from matplotlib.figure import Figure

from bert_keras import evaluation
from bert_keras.reporting.confusion_picture import confusion_figure
from bert_keras.reporting.probability_pictures import reliability_figure
from bert_keras.reporting.regression_pictures import scatter_figure


def output_figures(
    task: str, labels: Sequence[str], targets: np.ndarray, outputs: np.ndarray
) -> dict[str, Callable[[], Figure]]:
    """Returns the pictures of a task, not yet drawn, so that one that fails does not keep the others from being made.

    Args:
        task: The task: `single_label`, `multi_label` or `regression`.
        labels: The names of the labels.
        targets: The targets, as `evaluation.scores` takes them.
        outputs: The outputs, as `evaluation.scores` takes them.

    Returns:
        A function for each figure, by name: `predicted_against_true`, or `calibration` and, for one label a text,
        `confusion`.
    """
    if task == "regression":
        return {"predicted_against_true": partial(scatter_figure, targets, outputs)}
    figures: dict[str, Callable[[], Figure]] = {
        "calibration": lambda: reliability_figure(evaluation.reliability(targets, outputs))
    }
    if task == "single_label":
        figures["confusion"] = lambda: confusion_figure(
            evaluation.Confusion.of(targets, outputs.argmax(axis=1), len(labels)), labels
        )
    return figures
