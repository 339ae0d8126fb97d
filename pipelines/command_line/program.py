"""The description of a program, for its command line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """A program of the `bert-keras` command.

    Attributes:
        name: The name after `bert-keras`.
        description: What the program does, in a sentence or two.
        config: A dataclass whose fields are the options, and whose docstring is their help.
        groups: The names of the options by the title of their group, the most used first; each option is in one group.
        examples: Example command lines, without `bert-keras`.
        usage: The usage line after `bert-keras`; made from the required options if it is empty.
        tensorflow: Whether TensorFlow is loaded, which takes seconds, before the program runs.
    """

    name: str
    description: str
    config: type
    groups: Mapping[str, Sequence[str]]
    examples: Sequence[str] = ()
    usage: str = ""
    tensorflow: bool = True
