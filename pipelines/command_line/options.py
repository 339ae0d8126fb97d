"""The options of a program: the fields of a config dataclass, with what the command line has to know of each."""

import dataclasses
import inspect
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Looked = Literal["file", "model", ""]
"""What a value names that must be there before anything heavy loads: a file, a model, or nothing."""
_OPTION = "option"
_SHOWN = {int: "N", float: "X", bool: "{true,false}", str: "TEXT"}


def option(
    shown: str = "", default: Any = dataclasses.MISSING, *, looked_for: Looked = "", positional: bool = False
) -> Any:
    """Makes a field of a config.

    Args:
        shown: What stands for a value in the help, such as `FILE`; its type decides where this is empty.
        default: The value where the option is left out; without one the option is required.
        looked_for: What the value names that must exist.
        positional: Whether the values are typed without a flag.

    Returns:
        The field, for the body of a dataclass.
    """
    metadata = {_OPTION: {"shown": shown, "looked_for": looked_for, "positional": positional}}
    return dataclasses.field(default=default, metadata=metadata)


def file_option(default: Any = dataclasses.MISSING) -> Any:
    """Makes a field that names files that must exist; several where its type is a list too."""
    return option("FILE", default, looked_for="file")


def model_option(default: Any = dataclasses.MISSING) -> Any:
    """Makes a field that names a model that must exist; several where its type is a list."""
    return option("MODEL", default, looked_for="model")


@dataclass(frozen=True)
class Option:
    """An option as the command line has it.

    Attributes:
        name: Of the field and, with two dashes, of the flag.
        kind: The type of one value: `str`, `int`, `float`, `bool`, or `dict` for names with numbers.
        choices: The values it may have, none where any will do.
        several: Whether more than one value may follow the flag.
        single: Whether one value alone is kept as it is, and not as a list of one.
        required: Whether there is no default.
        default: The default.
        shown: What stands for a value in the help.
        looked_for: What the value names that must exist.
        positional: Whether the values are typed without a flag.
        help: What the docstring says of it.
    """

    name: str
    kind: type
    choices: tuple[str, ...]
    several: bool
    single: bool
    required: bool
    default: Any
    shown: str
    looked_for: Looked
    positional: bool
    help: str


def options_of(config_class: type) -> dict[str, Option]:
    """Lists the options of a config.

    Args:
        config_class: A dataclass; its docstring says under `Args:` what each field is.

    Returns:
        The options by name, in the order of the fields.
    """
    hints = typing.get_type_hints(config_class)
    return {
        field.name: _option_of(config_class, field, hints[field.name]) for field in dataclasses.fields(config_class)
    }


def _option_of(config_class: type, field: Any, hint: Any) -> Option:
    kinds = _kinds(hint)
    choices = tuple(
        str(choice) for kind in kinds if typing.get_origin(kind) is Literal for choice in typing.get_args(kind)
    )
    several = any(typing.get_origin(kind) is list for kind in kinds)
    kind: type = next((kind for kind in kinds if isinstance(kind, type) and kind in _SHOWN), str)
    if any(typing.get_origin(kind) is dict for kind in kinds):
        kind = dict
    marks: Mapping[str, Any] = field.metadata.get(_OPTION, {})
    shown = marks.get("shown") or ("{" + ",".join(choices) + "}" if choices else _SHOWN.get(kind, "VALUE"))
    required = field.default is dataclasses.MISSING
    return Option(
        name=field.name,
        kind=kind,
        choices=choices,
        several=several,
        single=str in kinds,
        required=required,
        default=None if required else field.default,
        shown=shown,
        looked_for=marks.get("looked_for", ""),
        positional=marks.get("positional", False),
        help=_help(config_class, field.name),
    )


def _kinds(hint: Any) -> tuple[Any, ...]:
    """The types that a value may have, without None."""
    union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    return tuple(kind for kind in (typing.get_args(hint) if union else (hint,)) if kind is not type(None))


def _help(config_class: type, field: str) -> str:
    """What a docstring says of a field, in a line; that of the class, else of one that it is derived from."""
    said = (
        re.search(rf"^    {field}: ((?:.|\n(?!    \w|\n))+)", inspect.cleandoc(of.__doc__ or ""), re.M)
        for of in config_class.__mro__
    )
    return next((" ".join(found[1].split()) for found in said if found is not None), "")
