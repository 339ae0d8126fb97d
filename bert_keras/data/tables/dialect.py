"""The dialects of delimited text: what separates fields, and what quote marks and backslashes mean."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Style: TypeAlias = Literal["csv", "spark", "escaped", "plain"]

STYLES: dict[str, str] = {
    "csv": "fields may be quoted, and quote marks in them are doubled",
    "spark": "fields may be quoted, with backslashes before quote marks and backslashes in them",
    "escaped": "backslash escapes such as \\t and \\n, \\N is null, and quote marks are text",
    "plain": "quote marks and backslashes are text",
}
"""The styles of a dialect, each with what it says about quote marks and backslashes.

"csv" is RFC 4180, as nearly all tools write it. "spark" is what PySpark writes unless told otherwise, and MariaDB with
`ENCLOSED BY`. "escaped" is PostgreSQL's `COPY … (FORMAT text)`, `mysql --batch` and MariaDB's `INTO OUTFILE`. "plain"
is what tools write that know of no quoting.
"""
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
"""The separators that are looked for, in this order, and what they are called."""


@dataclass(frozen=True)
class Dialect:
    r"""How a delimited text is cut into fields.

    Attributes:
        separator: The character between two fields.
        style: What quote marks and backslashes mean; one of `STYLES`.
        null: The unquoted field that stands for a missing value, e.g. `\N`; None if there is none.
        unproven: Whether the style was taken for want of any backslash in the beginnings of the files.
    """

    separator: str
    style: Style = "csv"
    null: str | None = None
    unproven: bool = field(default=False, compare=False, repr=False)

    def __str__(self) -> str:
        """Describes the dialect, e.g. "fields between commas"."""
        name = SEPARATORS.get(self.separator, repr(self.separator))
        return f"fields between {name}" + ("" if self.style == "csv" else f"; {STYLES[self.style]}")
