"""Options that would do nothing beside others, which nobody gives without meaning something."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from bert_keras.errors import InputError


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


def _typed(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
