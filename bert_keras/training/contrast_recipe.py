"""The hyperparameters of training a text encoder."""

import math
from dataclasses import dataclass

from bert_keras.training.recipe import Recipe


@dataclass(frozen=True)
class ContrastRecipe(Recipe):
    """The hyperparameters of training a text encoder; see `Recipe`.

    A step compares its rows with one another, and so is never split: `token_budget` only limits the passes over the
    development split.

    Attributes:
        scale: The factor of cosines in the loss, the inverse of a temperature.
        symmetric: Whether a pair is learned in both directions, each text from among the others of its side.
        dimensions: The sizes of the beginnings of vectors that are trained to serve alone (Kusupati et al. 2022); empty
            trains whole vectors.

    Raises:
        InputError: A value is out of range.
    """

    scale: float = 20.0
    symmetric: bool = False
    dimensions: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("scale", 0 < self.scale < math.inf, "a number above 0")
        distinct = len(set(self.dimensions)) == len(self.dimensions)
        self._check("dimensions", distinct and min(self.dimensions, default=1) > 0, "different numbers above 0")
