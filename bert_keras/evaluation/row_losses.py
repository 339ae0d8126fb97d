"""The loss of each row, and the rows with the highest losses."""

import numpy as np

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
    outputs = np.asarray(outputs, np.float64)
    if task == "regression":
        return np.square(outputs - targets)
    if task == "single_label":
        return -np.log(np.maximum(outputs[np.arange(len(targets)), targets], _LEAST))
    given = np.where(np.asarray(targets) > 0, outputs, 1 - outputs)
    return -np.log(np.maximum(given, _LEAST)).mean(axis=1)


def hardest_rows(losses: np.ndarray, count: int) -> np.ndarray:
    """Finds the rows with the highest losses.

    Args:
        losses: The loss of each row, `[rows]`.
        count: The maximum number of rows to return.

    Returns:
        The row indices in descending order of loss; rows of equal loss keep their order.
    """
    return np.argsort(-losses, kind="stable")[:count]
