"""What a search varies: an option of a training, within a range or among choices."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bert_keras.errors import InputError

from ..command_line.options import Option
from ..command_line.suggestions import did_you_mean
from ..command_line.values import value_of
from ..training.config import PLACES, SPEED

# What does not change a score of dev while it is trained, and what the whole search shares.
_OF_NO_SCORE = (*PLACES, *SPEED, "probes", "embeddings", "calibrate", "wanted_precision", "learning_curve", "slices")
# What would make scores of different things.
_WHAT_IS_SCORED = (
    *("train", "dev", "test", "task", "stop_metric", "dialect", "separator", "annotators", "score_column"),
    *("label_column", "label_separator", "label_names", "missing_labels", "merge_labels", "word_column", "tag_column"),
)
_NOT_VARIED = (*_OF_NO_SCORE, *_WHAT_IS_SCORED)
_LOGARITHMIC = 10.0  # the ratio of the ends from which a range is searched by its logarithm


@dataclass(frozen=True)
class Varied:
    """An option with the values to try.

    Attributes:
        option: The option of the training.
        low: The low end of a range; `None` for choices.
        high: The high end of a range, inclusive; `None` for choices.
        choices: The choices, as they are typed; empty for a range.
    """

    option: Option
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def logarithmic(self) -> bool:
        """Whether a range is searched by its logarithm: one that spans a factor of ten."""
        return self.low is not None and self.high is not None and 0 < self.low * _LOGARITHMIC <= self.high

    def suggested(self, trial: Any) -> Any:
        """Returns the value of the option for a trial of Optuna."""
        name = self.option.name
        if self.choices:
            return self.value(trial.suggest_categorical(name, self.choices))
        suggest = trial.suggest_int if self.option.kind is int else trial.suggest_float
        return suggest(name, self.low, self.high, log=self.logarithmic)

    def value(self, kept: str | float) -> Any:
        """Returns the value of the option from what the study keeps."""
        if isinstance(kept, str):
            return value_of(self.option, kept, self.option.name)
        return int(kept) if self.option.kind is int else kept

    def typed(self, value: Any) -> Any:
        """Returns a value of the option as Optuna keeps it; `None` if it is not among the values to try."""
        if self.choices:
            found = [choice for choice in self.choices if value_of(self.option, choice, self.option.name) == value]
            return found[0] if found else None
        assert self.low is not None and self.high is not None
        return value if isinstance(value, int | float) and self.low <= value <= self.high else None


def varied_option(typed: str, options: Mapping[str, Option]) -> Varied:
    """Reads one `--vary`.

    Args:
        typed: NAME=LOW..HIGH, or NAME=A,B,C.
        options: The options of the training, by name.

    Returns:
        The option with the values to try.

    Raises:
        InputError: There is no such option, it is not one that decides a score, or its values are wrong.
    """
    name, _, values = typed.partition("=")
    if not values:
        raise InputError(f"--vary expects NAME=LOW..HIGH or NAME=A,B,C. Received: {typed!r}")
    if name not in options or name in _NOT_VARIED:
        known = [name for name in options if name not in _NOT_VARIED]
        hint = did_you_mean(name, known) or f"; there are {', '.join(known)}"
        raise InputError(f"--vary {name}: no option that decides a score{hint}")
    option = options[name]
    if ".." in values:
        return _range(option, values)
    choices = tuple(dict.fromkeys(choice.strip() for choice in values.split(",")))
    if len(choices) < 2:
        raise InputError(f"--vary {name} needs a range, LOW..HIGH, or several values, A,B. Received: {values!r}")
    for choice in choices:
        value_of(option, choice, f"--vary {name}")
    return Varied(option, choices=choices)


def _range(option: Option, values: str) -> Varied:
    if option.kind not in (int, float) or option.several:
        raise InputError(f"--vary {option.name} has no numbers between its values; list them, as in A,B,C")
    low, high = (value_of(option, end, f"--vary {option.name}") for end in values.split("..", 1))
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise InputError(f"--vary {option.name} needs a LOW below its HIGH. Received: {values!r}")
    return Varied(option, low, high)
