"""Whether a program printed what a page shows: the same words in the same order, whatever the numbers are."""

import re
from collections.abc import Sequence

ANYTHING = "..."
"""Stands for any text within a line, and by itself for any number of lines."""

_NUMBER = re.compile(r"(?<!\w)[-+]?\d[\d,]*(?:\.\d+)*(?:e[-+]?\d+)?")
_DRAWN = re.compile(r"[━─█]+")


def assert_same_shape(expected: str, printed: str) -> None:
    """Fails where a printed text is not what is expected, numbers, widths and what `...` stands for aside.

    Args:
        expected: As the page has it.
        printed: As the program printed it.
    """
    wanted, lines = _shape(expected), _shape(printed)
    unmatched = _first_unmatched(wanted, lines)
    assert unmatched is None, f"expected a line like\n  {unmatched}\nin what was printed:\n{printed}"


def _shape(text: str) -> list[str]:
    """The lines that hold anything, without what may differ."""
    shapes = (" ".join(_NUMBER.sub("0", _DRAWN.sub("─", line)).replace("─", "").split()) for line in text.splitlines())
    return [shape for shape in shapes if shape]


def _first_unmatched(wanted: Sequence[str], lines: Sequence[str]) -> str | None:
    """The first line that is expected where there is another one, or none."""
    at, anywhere = 0, False
    for shape in wanted:
        if shape == ANYTHING:
            anywhere = True
            continue
        pattern = re.compile(".*".join(map(re.escape, shape.split(ANYTHING))))
        ahead = range(at, len(lines)) if anywhere else range(at, min(at + 1, len(lines)))
        found = next((place for place in ahead if pattern.fullmatch(lines[place])), None)
        if found is None:
            return shape
        at, anywhere = found + 1, False
    return None if anywhere or at == len(lines) else f"(the end, not: {lines[at]})"
