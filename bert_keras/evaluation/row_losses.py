"""The loss of each row, and the rows with the highest losses."""

import numpy as np

from bert_keras.evaluation.row_blocks import row_blocks

_LEAST = 1e-12  # the lower bound of probabilities, so that every loss is finite


def row_losses(task: str, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Computes the loss of each row.

    Args:
        task: The task: `single_label`, `multi_label` or `regression`.
        targets: The targets; see `evaluation.scores`.
        outputs: The model outputs; see `evaluation.scores`.

    Returns:
        The losses, `[rows]` float64: the cross entropy in nats, the mean binary cross entropy over the labels in nats,
        or the squared error.
    """
    if task == "regression":
        return np.square(np.asarray(outputs, np.float64) - targets)
    if task == "single_label":
        given = np.asarray(outputs[np.arange(len(targets)), targets], np.float64)
        return -np.log(np.maximum(given, _LEAST))
    losses = np.empty(len(outputs))
    for rows in row_blocks(*outputs.shape):
        some = np.asarray(outputs[rows], np.float64)
        given = np.where(np.asarray(targets[rows]) > 0, some, 1 - some)
        losses[rows] = -np.log(np.maximum(given, _LEAST)).mean(axis=1)
    return losses


def hardest_rows(losses: np.ndarray, count: int) -> np.ndarray:
    """Finds the rows with the highest losses.

    Args:
        losses: The loss of each row, `[rows]`.
        count: The maximum number of rows to return.

    Returns:
        The row indices in descending order of loss; rows of equal loss keep their order.
    """
    return np.argsort(-losses, kind="stable")[:count]
