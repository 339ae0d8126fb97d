"""Help for people: types as words, defaults where they say something, texts wrapped to the screen."""

import argparse
import re

from .options import Option

_WIDTH = 80
# Words as a shell has them: what stands in quotes is not parted.
_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""")


class HelpFormatter(argparse.HelpFormatter):
    """Puts the text of an option below its name, and leaves the lines of examples as they are."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26)

    def _format_args(self, action: argparse.Action, default_metavar: str) -> str:
        """`FILE [FILE …]`, as people write it."""
        shown = str(action.metavar or default_metavar)
        if action.nargs == "+":
            return f"{shown} [{shown} …]"
        return "" if action.nargs == "?" else super()._format_args(action, default_metavar)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" not in text:
            return super()._fill_text(text, width, indent)
        return "\n".join(indent + line for line in text.splitlines())


def help_of(option: Option) -> str:
    """Says what an option is, and its default.

    Args:
        option: The option.

    Returns:
        A line for argparse, which takes percent signs for its own.
    """
    text = option.help.replace("%", "%%")
    if option.required and not option.positional:
        return f"{text} Required."
    if option.default is None or option.default is False:
        return text
    default = "true" if option.default is True else str(option.default)
    return f"{text} (default: {default.replace('%', '%%')})"


def example_lines(example: str) -> str:
    """Returns a command line that can be copied, over several lines where it is too long for one.

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
