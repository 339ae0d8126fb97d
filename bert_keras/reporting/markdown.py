"""Markdown in which texts are texts, whatever signs they hold."""

import re
from collections.abc import Sequence


def code(text: str) -> str:
    """Makes a text a code span, in which no sign but its fence means anything.

    Args:
        text: A label, a path, a name.

    Returns:
        The span, in one line, for paragraphs and for cells of tables.
    """
    line = " ".join(text.split())
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    room = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return f"{fence}{room}{line}{room}{fence}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Makes a table, the first column to the left, the others to the right.

    Args:
        heads: Names of the columns.
        rows: Cells, as Markdown.

    Returns:
        The table.
    """
    head, *body = ([cell.replace("|", "\\|") for cell in row] for row in (heads, *rows))
    lines = [head, ["---", *["---:"] * (len(heads) - 1)], *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def block(content: str, language: str = "") -> str:
    """Makes a fenced block of code.

    Args:
        content: The code.
        language: Of it.

    Returns:
        The block; its fence is longer than any in the code.
    """
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", content)), default=0))
    return f"{fence}{language}\n{content}\n{fence}"
