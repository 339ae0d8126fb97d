"""Texts cut to fit a line, and names made of them."""

from collections.abc import Sequence

_NAME = 48  # characters of a text in a name


def short(text: str, most: int) -> str:
    """Returns a text as one line of at most so many characters."""
    line = " ".join(text.split()) or "(empty)"
    return line if len(line) <= most else line[: most - 1] + "…"


def names_of(texts: Sequence[str]) -> list[str]:
    """Returns a name for each text: its number and its first words, as TensorBoard lists it; no two are the same."""
    digits = len(str(len(texts)))
    return [f"{number:0{digits}} {short(text, _NAME)}" for number, text in enumerate(texts, 1)]
