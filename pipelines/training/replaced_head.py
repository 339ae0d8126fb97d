"""What becomes of the trained head of the model that a training starts from."""

from collections.abc import Sequence

from bert_keras import models
from bert_keras.files import listed

from .config import TrainingConfig


def replaced_head(config: TrainingConfig, task: str, labels: Sequence[str]) -> str:
    """Returns a line about a trained head that gives way to one for other labels or another task.

    Args:
        config: The options of the training.
        task: The task of the model to train, or "tags".
        labels: Its labels, or types of entities.

    Returns:
        The line; empty if there is no head of such a model, or if it is kept.
    """
    head = models.trained_head(config.model, config.base)
    if head is None or (head.task == "tags") != (task == "tags"):
        return ""
    if head.task != task:
        kept = task == "regression" and not head.task_said  # a single output, whose meaning nothing says
        return "" if kept else f"a fresh head takes the place of the trained one, which is for --task {head.task}"
    before, now = set(head.labels), set(labels)
    gone = [label for label in head.labels if label not in now]
    new = [label for label in labels if label not in before]
    if not gone and not new:
        return ""
    if len(gone) == len(head.labels):
        return f"a fresh head takes the place of the trained one, of whose labels none is here: {listed(gone)}"
    changes = [f"{what} {listed(names)}" for what, names in (("without", gone), ("with the new", new)) if names]
    return f"the trained head goes on {' and '.join(changes)}; it keeps what it has learned of the other labels"
