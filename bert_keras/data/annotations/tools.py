"""The annotation tools whose exports are recognised."""

import itertools
from typing import Any

from bert_keras.data.annotations.argilla import Argilla
from bert_keras.data.annotations.doccano import Doccano
from bert_keras.data.annotations.label_studio import LabelStudioRows, LabelStudioTasks
from bert_keras.data.annotations.prodigy import Prodigy
from bert_keras.data.annotations.tool import Entry, Tool
from bert_keras.data.records import Part

_FIRST = 1000  # rows


def tool_of(part: Part) -> Tool | None:
    """Returns the annotation tool that wrote a file, judged by its columns; None if none did.

    Args:
        part: The file.

    Returns:
        The tool.

    Raises:
        DataError: The first rows cannot be read.
    """
    names = part.names()
    for tool in (LabelStudioRows, LabelStudioTasks, Doccano, Argilla):
        if tool.wrote(names):
            return tool()
    return Prodigy() if "answer" in names and Prodigy.wrote(names, first_entries(part)) else None


def first_entries(part: Part) -> list[Entry]:
    """Returns the first thousand rows of a part, with all columns."""
    return list(itertools.islice((entry for _, entry in entries(part)), _FIRST))


def entries(part: Part) -> Any:
    """Yields the line and the values by column of each row of a part; null where a row lacks a column."""
    for records in part.records(lambda there, where: there):
        names = list(records.chosen)
        for line, *values in zip(records.lines, *records.columns, strict=True):
            yield line, dict(zip(names, values, strict=True))
