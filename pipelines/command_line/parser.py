"""Parses a command line with argparse."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from bert_keras.errors import InputError

from .config_file import read_config
from .help import HelpFormatter, example_lines, help_of
from .options import Option, options_of
from .program import Program
from .suggestions import did_you_mean
from .values import value_of

_NOT_TYPED = object()


def parse(program: Program, typed: Sequence[str]) -> dict[str, Any]:
    """Parses a command line.

    Args:
        program: The program.
        typed: The arguments after its name.

    Returns:
        The values of the options that were given, by name. Flags take precedence over `--config`, in any order.
        `--help` and `--print_config` print and end the process.

    Raises:
        InputError: An unknown option, a wrong value, or a missing required option.
    """
    options = options_of(program.config)
    parser = _parser(program, options)
    given, unknown = parser.parse_known_args(list(typed))
    _refuse(unknown, options)
    values = read_config(given.config, options) if given.config is not None else {}
    for name, option in options.items():
        words = getattr(given, name)
        if words is not _NOT_TYPED:
            values[name] = value_of(option, words, option.name if option.positional else f"--{name}")
    missing = [option for name, option in options.items() if option.required and name not in values]
    if missing:
        raise InputError(_missing(program, missing))
    if given.print_config:
        _print_config(values, options)
    return values


class _Parser(argparse.ArgumentParser):
    """An argument parser that raises its errors instead of printing them."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see {self.prog} --help")


def _parser(program: Program, options: Mapping[str, Option]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=f"bert-keras {program.name}",
        usage=_usage(program, options),
        description=program.description,
        epilog="\n".join(["examples:", *map(example_lines, program.examples)]),
        formatter_class=HelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    for title, names in program.groups.items():
        group = parser.add_argument_group(title)
        for name in names:
            _add(group, options[name])
    group = parser.add_argument_group("any program")
    group.add_argument("--config", metavar="FILE", help="A YAML file with any of these options; flags win over it.")
    group.add_argument("--print_config", action="store_true", help="Print the options as a YAML file, and do nothing.")
    group.add_argument("-h", "--help", action="help", help="Show this text.")
    return parser


def _add(group: Any, option: Option) -> None:
    settings: dict[str, Any] = {"metavar": option.shown, "help": help_of(option), "default": _NOT_TYPED}
    if option.positional:
        # Optional for argparse, since a config file may give the value; `parse` reports what is missing.
        group.add_argument(option.name, nargs="*" if option.several else "?", **settings)
    elif option.kind is bool:
        group.add_argument(f"--{option.name}", nargs="?", const="true", **settings)
    elif option.several:
        # Texts of repeated flags are collected; for files and columns the last flag wins, so that it can override.
        group.add_argument(f"--{option.name}", nargs="+", action="store" if option.single else _Extend, **settings)
    else:
        group.add_argument(f"--{option.name}", **settings)


class _Extend(argparse.Action):
    """Collects the values of a flag that is given more than once."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        before = getattr(namespace, self.dest)
        setattr(namespace, self.dest, [*([] if before is _NOT_TYPED else before), *values])


def _usage(program: Program, options: Mapping[str, Option]) -> str:
    """Returns the usage line: the required options, and that there are others."""
    if program.usage:
        return f"bert-keras {program.usage}"
    words = [f"bert-keras {program.name}"]
    for option in options.values():
        if option.required:
            several = f"{option.shown} [{option.shown} …]" if option.several else option.shown
            words.append(several if option.positional else f"--{option.name} {several}")
    return " ".join([*words, "[options]"])


def _refuse(unknown: Sequence[str], options: Mapping[str, Option]) -> None:
    if not unknown:
        return
    flag = unknown[0].partition("=")[0]
    if flag.startswith("--"):
        named = flag[2:].replace("-", "_")
        if named in options and options[named].positional:
            raise InputError(f"no option {flag}; type {options[named].shown} without a flag, behind the program's name")
        flags = [name for name, option in options.items() if not option.positional]
        raise InputError(f"no option {flag}{did_you_mean(flag[2:], [*flags, 'config', 'help'], '--')}")
    raise InputError(f"nothing was expected at {unknown[0]!r}; values follow their flag, as in --epochs 3")


def _missing(program: Program, missing: Sequence[Option]) -> str:
    names = " and ".join(option.shown if option.positional else f"--{option.name}" for option in missing)
    return f"{names} {'is' if len(missing) == 1 else 'are'} missing; see bert-keras {program.name} --help"


def _print_config(values: Mapping[str, Any], options: Mapping[str, Option]) -> NoReturn:
    import yaml

    whole = {name: values.get(name, option.default) for name, option in options.items()}
    sys.stdout.write(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True))
    sys.exit(0)
