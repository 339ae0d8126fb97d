"""The common interface of annotation tools."""

import re
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

from bert_keras.data.labels.lists import ShortenedList, in_quotes, list_of, looks_like_list

NOT_ANNOTATED = "not annotated"
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
Entry: TypeAlias = dict[str, Any]
"""A row of an export by column."""


class Answer(NamedTuple):
    """What one person said of one text.

    Attributes:
        value: The label, the list of labels, or None.
        left_out: The reason why it does not count, e.g. "rejected"; None if it counts.
    """

    value: Any
    left_out: str | None = None


class Tool(ABC):
    """An annotation tool: how the rows of its exports are read.

    Attributes:
        name: The name of the tool.
    """

    name: str

    @abstractmethod
    def columns(self, names: Sequence[str], entries: Sequence[Entry]) -> list[str]:
        """Returns the names of the columns to choose from, given those of the export and its first rows."""

    def rows(self, entry: Entry) -> Iterable[Entry]:
        """Returns the rows that an entry stands for; as a rule itself."""
        return (entry,)

    def text(self, entry: Entry, column: str) -> Any:
        """Returns the value of a column that holds no labels."""
        return entry.get(column)

    @abstractmethod
    def answers(self, entry: Entry, column: str) -> Iterator[Answer]:
        """Yields the answers of a row; none if nobody has seen it.

        Args:
            entry: The row.
            column: The column of the labels.
        """

    def key(self, entry: Entry) -> Hashable:
        """Returns what rows about the same text have in common; None if each row is a text of its own."""
        return None


def as_list(value: Any, bare: bool = False) -> Any:
    """Reads a field that may hold several labels.

    Args:
        value: The value of the field.
        bare: Whether what is in brackets without quote marks is a list, or else a name.

    Returns:
        A list; a number as it is; None if there is nothing.
    """
    if isinstance(value, dict):
        value = value.get("choices")
    if isinstance(value, str) and (_NUMBER.fullmatch(value) or value == ""):
        return value or None
    if isinstance(value, str) and looks_like_list(value) and (bare or in_quotes(value)):
        try:
            found = list_of(value)
        except ShortenedList:
            found = None
        value = value if found is None else found
    return [value] if isinstance(value, str) else value
