"""What to say where the memory of the device does not hold a pass of a training step."""

from collections.abc import Sequence

from bert_keras.data import Batch
from bert_keras.training.recipe import Recipe


def told_too_large(batches: Sequence[Batch], recipe: Recipe, together: bool) -> str:
    """Returns what does not fit, and the option that makes it smaller without changing the step.

    Args:
        batches: The passes of the step.
        recipe: The hyperparameters.
        together: Whether the loss compares all rows of a step, which is never cut then.
    """
    shapes = [inputs["padding_mask"].shape for inputs, _ in batches]
    rows, width = max(shapes, key=lambda shape: shape[0] * shape[1])
    remedy = f"give --token_budget {max(1, rows * width // 2)}"
    if together:
        remedy = f"give --batch_size {max(2, recipe.batch_size // 2)}"
    elif rows == 1:
        remedy = "give a shorter --max_length"
    return f"the memory of the device does not hold a pass of {rows} rows of {width} tokens; {remedy}"
