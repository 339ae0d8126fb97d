"""Markdown that shows any text literally, whatever characters it holds."""

import re
from collections.abc import Sequence


def code(text: str) -> str:
    """Returns a text as a code span, in which no character but the fence has a meaning.

    Args:
        text: The text, e.g. a label, a path or a name.

    Returns:
        The code span, in one line, for paragraphs and table cells.
    """
    line = " ".join(text.split())
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    room = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return f"{fence}{room}{line}{room}{fence}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a table with its first column aligned left and the others right.

    Args:
        heads: The headings of the columns.
        rows: The cells of each row, as Markdown.

    Returns:
        The table as Markdown.
    """
    head, *body = ([cell.replace("|", "\\|") for cell in row] for row in (heads, *rows))
    lines = [head, ["---", *["---:"] * (len(heads) - 1)], *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def block(content: str, language: str = "") -> str:
    """Returns code as a fenced block.

    Args:
        content: The code.
        language: The language for syntax highlighting.

    Returns:
        The block, with a fence longer than any in the code.
    """
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", content)), default=0))
    return f"{fence}{language}\n{content}\n{fence}"
