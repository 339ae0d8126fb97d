"""The options of a program: the fields of a config dataclass, with their metadata for the command line."""

import dataclasses
import inspect
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Looked = Literal["file", "weighted file", "model", ""]
"""The kind of thing that a value names and that must exist: a file, one with a weight, or a model; or anything else."""
Written = Literal["file", "folder", ""]
"""The kind of thing that a value names and that is written at the end, which must be possible; or nothing."""
_OPTION = "option"
_SHOWN = {int: "N", float: "X", bool: "{true,false}", str: "TEXT"}


def option(
    shown: str = "",
    default: Any = dataclasses.MISSING,
    *,
    looked_for: Looked = "",
    written: Written = "",
    positional: bool = False,
) -> Any:
    """Returns a dataclass field for an option.

    Args:
        shown: The placeholder for a value in the help, such as `FILE`. Default: one for the field's type.
        default: The default value; without one the option is required.
        looked_for: The kind of thing that the value names, which is looked for before TensorFlow is loaded.
        written: The kind of thing that is written under the value's name, which is tried before that.
        positional: Whether the values are given without a flag.
    """
    metadata = {_OPTION: {"shown": shown, "looked_for": looked_for, "written": written, "positional": positional}}
    return dataclasses.field(default=default, metadata=metadata)


def file_option(default: Any = dataclasses.MISSING) -> Any:
    """Returns a field for the name of an existing file, or several if its type allows a list."""
    return option("FILE", default, looked_for="file")


def weighted_file_option() -> Any:
    """Returns a field for the names of existing files, which may have weights; see `weighted_file`."""
    return option("FILE", looked_for="weighted file")


def model_option(default: Any = dataclasses.MISSING) -> Any:
    """Returns a field for the name of an existing model, or several if its type is a list."""
    return option("MODEL", default, looked_for="model")


def base_option() -> Any:
    """Returns a field for the model that an adapter stands over, which `None` leaves to the adapter."""
    return model_option(None)


@dataclass(frozen=True)
class Option:
    """An option of the command line.

    Attributes:
        name: The name of the field and, after two dashes, of the flag.
        kind: The type of one value: `str`, `int`, `float`, `bool`, or `dict` for names with numbers.
        choices: The allowed values; empty if any value of the type is allowed.
        several: Whether several values may follow the flag.
        single: Whether a single value is kept as it is, not as a list of one.
        required: Whether the option must be given.
        default: The default value; `None` for a required option.
        shown: The placeholder for a value in the help.
        looked_for: The kind of thing that the value names, which is looked for before TensorFlow is loaded.
        written: The kind of thing that is written under the value's name, which is tried before that.
        positional: Whether the values are given without a flag.
        help: The help text, from the docstring of the config.
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
    written: Written
    positional: bool
    help: str


def options_of(config_class: type) -> dict[str, Option]:
    """Returns the options of a config.

    Args:
        config_class: A dataclass whose docstring describes each field under `Args:`.

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
    # Of a list, that of its members.
    members = [of for kind in kinds for of in ((kind,) if kind in _SHOWN else typing.get_args(kind))]
    kind: type = next((of for of in members if isinstance(of, type) and of in _SHOWN), str)
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
        written=marks.get("written", ""),
        positional=marks.get("positional", False),
        help=_help(config_class, field.name),
    )


def _kinds(hint: Any) -> tuple[Any, ...]:
    """Returns the members of a type that is a union, without None."""
    union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    return tuple(kind for kind in (typing.get_args(hint) if union else (hint,)) if kind is not type(None))


def _help(config_class: type, field: str) -> str:
    """Returns the description of a field in the docstring of the class, or else of one of its bases."""
    said = (
        re.search(rf"^    {field}: ((?:.|\n(?!    \w|\n))+)", inspect.cleandoc(of.__doc__ or ""), re.M)
        for of in config_class.__mro__
    )
    return next((" ".join(found[1].split()) for found in said if found is not None), "")
