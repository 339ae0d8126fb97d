"""The metadata table of the projector: one line per point, whatever the texts contain."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from bert_keras.insight.embedding_set import Column

MOST_COLOURS = 50
NEXT = "__next__"  # the projector draws a line from each point to the point whose index this column holds
EMPTY = "(empty)"
OTHERS = "(others)"
_LONGEST_CELL = 400
# Characters that end a line or a cell in a browser or in Python, or that are invisible; written as escapes.
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_ESCAPES = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}
# Texts that JavaScript reads as numbers, with or without blanks around them.
_NUMBER = re.compile(
    r"\s*([+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?Infinity|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)\s*"
)
_PLAIN_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{0,14}[1-9])?")


def table(columns: Mapping[str, Column]) -> str:
    """Formats columns as the projector reads them: a line of names, then a line for each point.

    The projector takes the first line for names only if it holds a tab, so there must be at least two columns. It drops
    blank lines, which would give all later points the wrong row, turns texts that look like numbers into numbers, and
    knows no escapes.

    Args:
        columns: The values of the points by column name; at least two columns.

    Returns:
        The table, which ends with a line break: without it the projector waits for ever.
    """
    cells = [
        ["" if name == NEXT and value == "" else cell(value) for value in values] for name, values in columns.items()
    ]
    lines = ["\t".join(cell(name) for name in columns), *("\t".join(row) for row in zip(*cells, strict=True))]
    return "\n".join(lines) + "\n"


def cell(value: Any) -> str:
    """Formats one value.

    Args:
        value: A text or a number.

    Returns:
        A text without tabs or line breaks that is not blank, of at most 400 characters before escapes. A text that
        JavaScript would rewrite as another number ("007") is put in quotation marks.
    """
    if not isinstance(value, str):
        return number(value)
    text = value if len(value) <= _LONGEST_CELL else value[: _LONGEST_CELL - 1] + "…"
    text = _UNSHOWN.sub(lambda sign: _ESCAPES.get(sign[0], f"\\u{ord(sign[0]):04x}"), text)
    if not text.strip():
        return f'"{text}"' if text else EMPTY
    rewritten = _NUMBER.fullmatch(text) and not (_PLAIN_NUMBER.fullmatch(text) and text != "-0")
    return f'"{text}"' if rewritten else text


def number(value: float) -> str:
    """Formats a number with at most six significant digits; one that is not finite becomes a text."""
    written = f"{float(value):.6g}"
    return written if _NUMBER.fullmatch(written) and "inf" not in written else f"({written})"


def few_values(values: Column) -> Column:
    """Reduces a column to values that the projector can colour by, which are at most 50 different texts.

    Args:
        values: The values of a column.

    Returns:
        The values themselves if they are numbers or few; otherwise the 49 most frequent, with "(others)" for the rest.
    """
    texts = [value for value in values if isinstance(value, str)]
    counts = Counter(texts)
    if len(counts) <= MOST_COLOURS:
        return values
    kept = {value for value, _ in counts.most_common(MOST_COLOURS - 1)}
    return [value if value in kept else OTHERS for value in texts]
