"""Options that would do nothing beside others, which nobody gives without meaning something."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bert_keras.errors import InputError


@dataclass(frozen=True)
class Idle:
    """A line of a program's table of options that do nothing beside others.

    Attributes:
        names: The options.
        beside: Returns whether they do nothing, given the config.
        why: What they are for, and what to do, behind the name.
    """

    names: tuple[str, ...]
    beside: Callable[[Any], bool]
    why: str


def given_among(config: Any, names: Iterable[str]) -> list[str]:
    """Returns the options that have another value than their default.

    Args:
        config: The options of a program.
        names: The names of some of them.
    """
    defaults = {of.name: of.default for of in dataclasses.fields(config)}
    return [name for name in names if getattr(config, name) != defaults[name]]


def refuse_idle(config: Any, names: Iterable[str], why: str) -> None:
    """Raises an error about an option that would do nothing.

    Args:
        config: The options of a program.
        names: The names of those that do nothing.
        why: What they are for, and what to do, behind the name.

    Raises:
        InputError: One of them is given.
    """
    for name in given_among(config, names):
        raise InputError(f"--{name} {why}. Received: --{name} {_typed(getattr(config, name))}")


def refuse_all_idle(config: Any, table: Iterable[Idle]) -> None:
    """Raises an error about the first option of a table that would do nothing.

    Args:
        config: The options of a program.
        table: What does nothing, and beside what.

    Raises:
        InputError: One is given.
    """
    for line in table:
        if line.beside(config):
            refuse_idle(config, line.names, line.why)


def said_of_idle(config: Any, table: Iterable[Idle]) -> Iterator[str]:
    """Yields a line about each option of a table that does nothing, where that is no mistake."""
    for line in table:
        if line.beside(config):
            yield from (f"--{name} {line.why}" for name in given_among(config, line.names))


def _typed(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
