"""The learning curve of a classifier: models that are trained like the whole one, on parts of its rows."""

import numpy as np

from bert_keras import evaluation, training
from bert_keras.data import subset

from ..console.consoles import console
from ..console.progress import TrainingProgress
from .data import ClassifyData

_PARTS = (8, 4, 2)
_FEWEST_ROWS = 32


def learn_from_parts(
    data: ClassifyData, recipe: training.Recipe, outputs: np.ndarray
) -> evaluation.LearningCurve | None:
    """Trains on an eighth, a quarter and a half of the rows, each part within the next, and fits the curve.

    Args:
        data: The data of the training.
        recipe: The recipe, which is that of all of them.
        outputs: The outputs on the development split of the model that was trained on all rows.

    Returns:
        The curve; `None` if even half of the rows are fewer than 32.
    """
    train = data.encoded["train"]
    count = len(train)
    sizes = [count // part for part in _PARTS if count // part >= _FEWEST_ROWS]
    if not sizes:
        console.print(f"no learning curve: half of {count:,} rows are fewer than {_FEWEST_ROWS}")
        return None
    order = np.random.default_rng(recipe.seed).permutation(count)
    found = {count: outputs}
    for size in sizes:
        console.print(f"learning curve: training on {size:,} of {count:,} rows")
        model, rows = data.fresh_model(), subset(train, np.sort(order[:size]))
        with TrainingProgress(console, size, recipe.batch_size, recipe.epochs) as bar:
            training.fine_tune(model, rows, data.dev, recipe, [bar])
        found[size] = training.predict_outputs(model, data.dev)
    return evaluation.learning_curve(data.model.task, data.dev.targets, found)
