"""The loss of each row, and the rows that a model finds hardest."""

import numpy as np

_LEAST = 1e-12  # of a probability, so that a certain mistake has a finite loss


def row_losses(task: str, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Computes how far each row is from its target.

    Args:
        task: `single_label`, `multi_label` or `regression`.
        targets: As `evaluation.scores` takes them.
        outputs: As `evaluation.scores` takes them.

    Returns:
        `[rows]` float64: cross entropy in nats; the mean over labels of the binary one; or the squared error.
    """
    outputs = np.asarray(outputs, np.float64)
    if task == "regression":
        return np.square(outputs - targets)
    if task == "single_label":
        return -np.log(np.maximum(outputs[np.arange(len(targets)), targets], _LEAST))
    given = np.where(np.asarray(targets) > 0, outputs, 1 - outputs)
    return -np.log(np.maximum(given, _LEAST)).mean(axis=1)


def hardest_rows(losses: np.ndarray, count: int) -> np.ndarray:
    """Finds the rows of the highest losses.

    Args:
        losses: Of each row, `[rows]`.
        count: Most rows to give.

    Returns:
        Their indices, hardest first; of equal ones the earlier row first.
    """
    return np.argsort(-losses, kind="stable")[:count]
