"""The options of `bert-keras search`."""

import importlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bert_keras.errors import InputError

from ..command_line.folder_names import plain_name
from ..command_line.options import Option, option, options_of
from ..command_line.parser import parse
from ..command_line.program import Program
from ..command_line.suggestions import did_you_mean
from ..training.config import WORKERS, TrainingConfig, run_name
from .varied import Varied, varied_option

TRAININGS = {"classify": "ClassifyData", "answer": "AnswerData", "contrast": "ContrastData", "tag": "TagData"}
"""The programs that train, each with the class of its data."""


@dataclass(frozen=True)
class SearchConfig:
    """Options of a search for the options of a training.

    Args:
        training: The training after --, its program and options, as in -- classify --train train.tsv --dev dev.tsv.
            The options that are not varied hold for all trainings of the search.
        vary: What is varied, and among which values: NAME=LOW..HIGH (by its logarithm if HIGH is ten times LOW) or
            NAME=A,B,C, as in learning_rate=2e-5..5e-4 batch_size=16,32.
        trials: Number of trainings that are finished or stopped early, those of all processes together.
        prune: Whether a training is stopped after an epoch in which it scores below the median of the earlier ones.
        seed: Seed of the choice of values.
        name: Name of the search. Default: the name of the training file's folder, and -search.
        overwrite: Begin anew if there is a search of the same name.
    """

    training: list[str] = option("PROGRAM", positional=True)
    vary: list[str] = option("NAME=VALUES")
    trials: int = 20
    prune: bool = True
    seed: int = 0
    name: str | None = option("NAME", None)
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.trials < 1:
            raise InputError(f"--trials must be 1 or above. Received: {self.trials}")
        if not 0 <= self.seed < 2**32:
            raise InputError(f"--seed must be from 0 to 4294967295. Received: {self.seed}")
        plain_name(self.search_name)
        names = [varied.option.name for varied in self.varied]
        shared = next((name for name in (*self.given, *names) if name in WORKERS), None)
        if shared is not None:
            raise InputError(
                f"--{shared}: each training of a search is one process; leave it out, and give the same command in "
                "several terminals or on several machines"
            )
        if "rank" in names and "adapt" not in names and self.base.adapt == "none":
            raise InputError("--vary rank decides nothing without adapters; add --adapt lora to the training behind --")
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise InputError(f"--vary {twice} is given twice; name all its values at once")

    @cached_property
    def program(self) -> Program:
        """The program of the training."""
        name = self.training[0] if self.training else ""
        if name not in TRAININGS:
            raise InputError(
                f"a training follows --: {', '.join(TRAININGS)}, as in -- classify --train FILE --dev FILE. "
                f"Received: {name!r}{did_you_mean(name, TRAININGS)}"
            )
        config = importlib.import_module(f"..{self.training[0]}.config", __package__)
        return config.PROGRAM

    @cached_property
    def options(self) -> dict[str, Option]:
        """The options of the training, by name."""
        return options_of(self.program.config)

    @cached_property
    def given(self) -> dict[str, Any]:
        """The options that are given for all trainings."""
        given = parse(self.program, self.training[1:])
        if "few_shot" in self.options and "few_shot" not in (*given, *(varied.option.name for varied in self.varied)):
            # By auto the values that are varied would choose the method, and scores of two methods be compared.
            given["few_shot"] = "never"
        return given

    @cached_property
    def base(self) -> TrainingConfig:
        """The training with no option varied."""
        return self.program.config(**self.given)

    @cached_property
    def varied(self) -> tuple[Varied, ...]:
        """The options that are varied."""
        return tuple(varied_option(typed, self.options) for typed in self.vary)

    @property
    def search_name(self) -> str:
        """The name of the search."""
        return self.name or f"{self.base.name or run_name(self.base.train)}-search"


PROGRAM = Program(
    name="search",
    description=(
        "Searches for the options of a training that score best on dev. The same command in several terminals or on "
        "several machines with a shared folder shares the work, and after an interruption goes on with it."
    ),
    config=SearchConfig,
    usage="search --vary NAME=VALUES … [options] -- PROGRAM [options]",
    groups={
        "search": ("training", "vary", "trials", "prune", "seed"),
        "what is kept and written": ("name", "overwrite"),
    },
    examples=(
        "search --vary learning_rate=2e-5..5e-4 batch_size=16,32 -- classify --train train.tsv --dev dev.tsv",
        "search --vary rank=4,8,16 learning_rate=1e-4..3e-3 -- answer --train train.json --dev dev.json --adapt lora",
    ),
)
