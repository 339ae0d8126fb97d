"""The hyperparameters of training a model by the outputs of another."""

import math
from dataclasses import dataclass

from bert_keras.training.recipe import Recipe


@dataclass(frozen=True)
class DistillationRecipe(Recipe):
    """The hyperparameters of training by a teacher; see `Recipe`, and `distillation_loss` for what they do.

    Attributes:
        temperature: What the logits of both models are divided by before they are compared.
        teacher_weight: The weight of the teacher's outputs in the loss; that of the labels is the rest to 1.
        states_weight: The weight of the difference of hidden states, which is added to the loss.

    Raises:
        InputError: A value is out of range.
    """

    temperature: float = 2.0
    teacher_weight: float = 0.5
    states_weight: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("temperature", 0 < self.temperature < math.inf, "a number above 0")
        self._check("teacher_weight", 0 < self.teacher_weight <= 1, "above 0 and up to 1")
        self._check("states_weight", 0 <= self.states_weight < math.inf, "0 or above")
