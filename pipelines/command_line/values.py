"""Converts what was typed, or was read from a config file, to the value of an option, by the same rules."""

import math
from collections.abc import Sequence
from typing import Any

import yaml

from bert_keras.errors import InputError

from .options import Option

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class PlainLoader(yaml.SafeLoader):
    """A YAML loader that keeps plain values as text (`007`, `1e-4`, `no`); only null has a meaning of its own."""


# YAML guesses the type of a plain value from its spelling; here the type of the option decides.
PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:null"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def value_of(option: Option, given: Any, named: str) -> Any:
    """Returns the value of an option.

    Args:
        option: The option.
        given: A string or a list of strings; from a config file also null and mappings.
        named: The name of the option in error messages, such as `--epochs`.

    Returns:
        The value.

    Raises:
        InputError: The value does not have the type of the option.
    """
    if given is None:
        return _none(option, named)
    if not option.several:
        return _one(option, given, named)
    items = given if isinstance(given, list) else [given]
    if option.single:  # names of files and columns; texts stay as they are typed
        items = _listed(items)
    values = [_one(option, item, named) for item in items]
    return values[0] if option.single and len(values) == 1 else values


def _none(option: Option, named: str) -> None:
    if option.required or option.default is not None:
        raise InputError(f"{named} needs a value: {_wanted(option)}. Received: null")


def _listed(words: list[Any]) -> list[Any]:
    """Returns the words, or the items of a single word that is a YAML list, `[a, b]`."""
    if len(words) == 1 and isinstance(words[0], str) and words[0].startswith("[") and words[0].endswith("]"):
        try:
            inner = yaml.load(words[0], PlainLoader)
        except yaml.YAMLError:
            return words
        if isinstance(inner, list) and len(inner) > 1 and all(isinstance(item, str) for item in inner):
            return inner
    return words


def _one(option: Option, given: Any, named: str) -> Any:
    if option.kind is dict and not (isinstance(given, str) and given in option.choices):
        return _weights(option, given, named)
    if not isinstance(given, str):
        raise _wrong(option, given, named)
    if option.choices:
        if given not in option.choices:
            raise _wrong(option, given, named)
        return given
    if option.kind is bool:
        return _truth(option, given, named)
    if option.kind in (int, float):
        return _number(option, given, named)
    return given


def _truth(option: Option, given: str, named: str) -> bool:
    if given.lower() not in (*_TRUE, *_FALSE):
        raise _wrong(option, given, named)
    return given.lower() in _TRUE


def _number(option: Option, given: str, named: str) -> int | float:
    # As YAML writes them too: .nan and .inf, which the option's own check then refuses by name.
    special = {".nan": math.nan, ".inf": math.inf, "-.inf": -math.inf}
    if option.kind is float and given.lower() in special:
        return special[given.lower()]
    try:
        return int(given) if option.kind is int else float(given)
    except ValueError:
        raise _wrong(option, given, named) from None


def _weights(option: Option, given: Any, named: str) -> dict[str, float]:
    try:
        read = yaml.load(given, PlainLoader) if isinstance(given, str) else given
        return {name: float(number) for name, number in read.items()}
    except (yaml.YAMLError, AttributeError, TypeError, ValueError):
        raise _wrong(option, given, named) from None


def _wrong(option: Option, given: Any, named: str) -> InputError:
    return InputError(f"{named} must be {_wanted(option)}. Received: {given!r:.80}")


def _wanted(option: Option) -> str:
    """Returns a description of the allowed values."""
    choices = _either(option.choices)
    if option.kind is dict:
        return " or ".join(filter(None, (choices, "a weight for each label, as in {positive: 2, negative: 1}")))
    words = {int: "a whole number", float: "a number", bool: "true or false"}
    text = "a list of texts" if option.several and not option.single else "a text (in quotes)"
    return choices or words.get(option.kind, text)


def _either(choices: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(choices[:-1]), *choices[-1:])))
