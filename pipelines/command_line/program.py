"""What is known of a program before it does anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """A program, to be run by name.

    Attributes:
        name: What follows `bert-keras`.
        description: What it does, in a sentence or two.
        config: A dataclass; its fields become options, and its docstring their help.
        groups: The options in groups, the most used first; titles by the names of the options. Each option is in one.
        examples: Command lines that work, without `bert-keras`.
        tensorflow: Whether the work needs TensorFlow, which takes seconds to load.
    """

    name: str
    description: str
    config: type
    groups: Mapping[str, Sequence[str]]
    examples: Sequence[str] = ()
    tensorflow: bool = True
