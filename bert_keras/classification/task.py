"""The tasks of a text classifier: single-label, multi-label and regression."""

from typing import Literal, TypeAlias, get_args

from bert_keras.errors import InputError

Task: TypeAlias = Literal["single_label", "multi_label", "regression"]
"""What a classifier predicts: one label, any number of labels, or a number."""
TASKS: tuple[Task, ...] = get_args(Task)
"""All tasks."""


def check_task(task: str) -> None:
    """Checks that a task name is valid.

    Args:
        task: The task name.

    Raises:
        InputError: The name is not one of `TASKS`.
    """
    if task not in TASKS:
        raise InputError(f"task must be one of {', '.join(TASKS)}. Received: {task!r}")
