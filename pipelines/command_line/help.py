"""The layout of `--help`: placeholders, defaults, and lines that fit the terminal."""

import argparse
import re

from .options import Option

_WIDTH = 80
# Words as a shell splits them: quoted text stays together.
_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""")


class HelpFormatter(argparse.HelpFormatter):
    """A help formatter that keeps the lines of examples, and writes several values as `FILE [FILE …]`."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26)

    def _format_args(self, action: argparse.Action, default_metavar: str) -> str:
        """Returns the placeholder for the values of an option."""
        shown = str(action.metavar or default_metavar)
        if action.nargs == "+":
            return f"{shown} [{shown} …]"
        return "" if action.nargs == "?" else super()._format_args(action, default_metavar)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" not in text:
            return super()._fill_text(text, width, indent)
        return "\n".join(indent + line for line in text.splitlines())


def help_of(option: Option) -> str:
    """Returns the help text of an option, with its default.

    Args:
        option: The option.

    Returns:
        The text, with percent signs doubled for argparse.
    """
    text = option.help.replace("%", "%%")
    if option.required and not option.positional:
        return f"{text} Required."
    if option.default is None or option.default is False:
        return text
    default = "true" if option.default is True else str(option.default)
    return f"{text} (default: {default.replace('%', '%%')})"


def example_lines(example: str) -> str:
    """Returns an example command line, continued over several lines if it is too long.

    Args:
        example: The command line without `bert-keras`.

    Returns:
        Lines of at most 80 characters, all but the last with a backslash at their end.
    """
    lines = ["  bert-keras"]
    for word in _WORD.findall(example):
        if len(lines[-1]) + len(word) + 3 > _WIDTH:
            lines[-1] += " \\"
            lines.append("     ")
        lines[-1] += f" {word}"
    return "\n".join(lines)
