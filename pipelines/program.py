"""How every program here starts and ends: typed flags, errors in one line, no traceback for a user's mistake."""

import dataclasses
import inspect
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from jsonargparse import ArgumentParser
from rich.console import Console

from bert_keras.errors import BertKerasError, InputError
from bert_keras.quiet import import_tensorflow

Config = TypeVar("Config")
# Text is data: neither "[bold]" nor ":smile:" in it means anything, and paths stay whole.
console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


def run(name: str, description: str, config_class: type[Config], main: Callable[[Config], None], tensorflow: bool = True) -> None:
    """Runs a program and ends the process.

    Exit status: 0 done, 1 the program found something wrong (an export that fails its check), 2 a mistake in what was given,
    130 interrupted.

    Args:
        name: Of the program.
        description: What it does, for --help.
        config_class: A dataclass; its fields become flags, and its docstring their help. Fields with `positional` in their metadata
            become what is typed without a flag, one or more, under that name; those with `texts` take one or more texts as they are
            typed, also where the flag is there more than once; those with `switch` need no value behind their flag.
        main: Does the work.
        tensorflow: Whether the work needs TensorFlow, which takes seconds to load.
    """
    parser = ArgumentParser(prog=f"python -m pipelines.{name}", description=description)
    parser.add_argument("--config", action="config", help="A YAML file with any of the options below; flags after it win.")
    positional, texts, switches = (_marked(config_class, mark) for mark in ("positional", "texts", "switch"))
    for field, shown in positional.items():
        parser.add_argument(field, nargs="+", type=str, metavar=shown, help=_help(config_class, field))
    for field, shown in texts.items():
        parser.add_argument(f"--{field}", nargs="+", action="extend", type=str, metavar=shown, help=_help(config_class, field))
    for field in switches:
        shown = "{true,false}"
        parser.add_argument(
            f"--{field}", nargs="?", const=True, default=False, type=bool, metavar=shown, help=_help(config_class, field)
        )
    parser.add_class_arguments(config_class, skip={*positional, *texts, *switches})
    given = vars(parser.parse_args())
    given.pop("config", None)
    try:
        config = config_class(**given)
        if tensorflow:
            import_tensorflow()
        main(config)
    except BertKerasError as error:
        _end(f"error: {error}", 2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has had enough, e.g. `| head`
        sys.exit(0)
    except OSError as error:
        _end(f"error: {error.filename or 'file system'}: {error.strerror or error}", 2)
    except KeyboardInterrupt as interruption:
        _end(": ".join(["interrupted", *map(str, interruption.args)]), 130)  # a training says how to go on


def plain_name(name: str) -> str:
    """Checks a name that becomes a folder.

    Args:
        name: The name.

    Returns:
        The name.

    Raises:
        InputError: It is empty, hidden, or leads elsewhere.
    """
    if not name or Path(name).name != name or name.startswith("."):
        raise InputError(f"--name must be a plain name for a folder. Received: {name!r}")
    return name


def _marked(config_class: Any, mark: str) -> dict[str, str]:
    """How the fields with a mark in their metadata are shown in the usage, by name."""
    return {field.name: field.metadata[mark] for field in dataclasses.fields(config_class) if mark in field.metadata}


def _help(config_class: type, field: str) -> str:
    """What a docstring says of a field, in a line; that of the class, else of one that it is made of."""
    said = (
        re.search(rf"^    {field}: ((?:.|\n(?!    \w|\n))+)", inspect.cleandoc(of.__doc__ or ""), re.M) for of in config_class.__mro__
    )
    return next((" ".join(found[1].split()) for found in said if found is not None), "")


def _end(message: str, status: int) -> None:
    errors.print(" ".join(message.splitlines()), style="red")
    sys.exit(status)
