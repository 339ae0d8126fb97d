"""The user's say in how files are read."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bert_keras.data.tables.dialect import STYLES, Style
from bert_keras.errors import InputError

Annotators: TypeAlias = Literal["majority", "all", "first"]


@dataclass(frozen=True)
class Reading:
    """How files are read where their contents leave a choice.

    Attributes:
        dialect: The style of delimited texts, one of `dialect.STYLES`; None finds it in the files.
        separator: The character between their fields; None finds it.
        annotators: What counts where several people have labelled one text: the label that more than half of them
            chose ("majority"), each label as a row of its own ("all"), or the first one ("first").

    Raises:
        InputError: There is no such style, or the separator is not one character.
    """

    dialect: Style | None = None
    separator: str | None = None
    annotators: Annotators = "majority"

    def __post_init__(self) -> None:
        if self.separator in (r"\t", "tab"):
            object.__setattr__(self, "separator", "\t")
        if self.dialect is not None and self.dialect not in STYLES:
            raise InputError(f"--dialect must be one of {', '.join(STYLES)}. Received: {self.dialect}")
        if self.separator is not None and (len(self.separator) != 1 or self.separator in '"\\\r\n'):
            raise InputError(f"--separator must be one character, such as ';' or tab. Received: {self.separator!r}")
