"""What a text classifier answers: one label, any number of labels, or a number."""

from typing import Literal, TypeAlias, get_args

from bert_keras.errors import InputError

Task: TypeAlias = Literal["single_label", "multi_label", "regression"]
TASKS: tuple[Task, ...] = get_args(Task)


def check_task(task: str) -> None:
    """Makes sure that a task is one of the three.

    Args:
        task: Its name.

    Raises:
        InputError: It is not.
    """
    if task not in TASKS:
        raise InputError(f"task must be one of {', '.join(TASKS)}. Received: {task!r}")
