"""Which format a file of questions has, by its content: names tell little, since tools end JSON lines in .json too."""

import json
from typing import Any, Literal, TypeAlias

from bert_keras.data import json_lines
from bert_keras.data.tables.columnar import columnar_format
from bert_keras.errors import DataError
from bert_keras.files.text_file import TextFile

Format: TypeAlias = Literal["lines", "document", "table"]
"""An object per line, a single JSON value, or Parquet or Arrow."""

_WHOLE = ".json"


def format_of(name: str) -> Format | None:
    """Finds the format of a file.

    Args:
        name: The path of the file; its ending counts only where the content leaves the choice.

    Returns:
        The format; None if the file is neither JSON nor Parquet nor Arrow.

    Raises:
        DataError: The file cannot be read, or is a folder.
    """
    file = TextFile(name)
    if columnar_format(name) is not None:
        return "table"
    first, more = _first_line(file)
    if file.kind in json_lines.KINDS:
        whole = first in ("{", "[") or first.startswith("[{") or (not more and _has_data(first))
        return "document" if whole else "lines"
    if more and _object(first) is not None:
        return "lines"
    return "document" if file.kind == _WHOLE or first.startswith(("{", "[")) else None


def _first_line(file: TextFile) -> tuple[str, bool]:
    """Returns the first line that is not blank, without blanks at its ends, and whether there is another."""
    first = ""
    try:
        for line in file.lines():
            if first and line.strip():
                return first, True
            first = first or line.strip()
    except DataError:  # a line of a whole file of JSON, or an error of which the reader knows the place
        pass
    return first, False


def _has_data(line: str) -> bool:
    """Returns whether a line is the whole of a file in SQuAD's layout."""
    return "data" in (_object(line) or {})


def _object(line: str) -> dict[str, Any] | None:
    """Returns the object on a line; None if there is none, or not a whole one."""
    if not (line.startswith("{") and line.endswith("}")):
        return None
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
