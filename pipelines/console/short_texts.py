"""Texts shortened to fit on a line, and display names made from texts."""

from collections.abc import Sequence

_NAME = 48  # the maximum number of characters of the text within a name


def short(text: str, most: int) -> str:
    """Returns a text as one line of at most `most` characters."""
    line = " ".join(text.split()) or "(empty)"
    return line if len(line) <= most else line[: most - 1] + "…"


def names_of(texts: Sequence[str]) -> list[str]:
    """Returns a unique name for each text, for lists in TensorBoard: its number, from 1, and its first words."""
    digits = len(str(len(texts)))
    return [f"{number:0{digits}} {short(text, _NAME)}" for number, text in enumerate(texts, 1)]
