"""The names of the columns of a table, and columns found among them by their usual names."""

import difflib
import re
from collections.abc import Iterable, Sequence

from bert_keras.data.column_names import LIKELY_LABELS, LIKELY_SECOND, PAIR_COLUMNS, TEXT_COLUMNS, squeezed
from bert_keras.errors import DataError
from bert_keras.files.messages import listed

_NAME = re.compile(r"[^\W\d][\w.:/#@-]*")  # what programs call columns, unlike the fields of a row of data


class Header:
    """The names of the existing columns.

    Args:
        there: The names.
        where: Their location, for messages.
    """

    def __init__(self, there: Sequence[str], where: str) -> None:
        self.there, self._where = list(there), where
        self._found: dict[str, str] = {}
        for name in there:
            self._found.setdefault(name.strip().lower(), name)
        for name in there:
            self._found.setdefault(squeezed(name), name)

    def usual(self, names: Iterable[str], but: Sequence[str | None] = ()) -> str | None:
        """Returns the first column that has one of some usual names; None if there is none."""
        found = (self._found[name] for name in names if name in self._found)
        return next((name for name in found if name not in but), None)

    def both(self, pair: tuple[str, str], but: Sequence[str]) -> tuple[str, str] | None:
        """Returns two columns by their usual names; None if one of them does not exist."""
        first, second = (self.usual([name], but) for name in pair)
        return None if first is None or second is None else (first, second)

    def partner(self, name: str, of: int, but: Sequence[str] = ()) -> str | None:
        """Returns the other column of a usual pair, whose place in it is `of`; None if there is none."""
        partners = (pair[of] for pair in PAIR_COLUMNS if pair[1 - of] in (squeezed(name), name.strip().lower()))
        return self.usual(partners, (*but, name))

    def named(self, name: str, what: str) -> str:
        """Returns the name of an existing column; raises DataError for any other."""
        if name in self.there:
            return name
        raise self.missing(f"no column {name!r}{_nearest(name, self.there)}", what)

    def missing(self, wrong: str, what: str) -> DataError:
        """Returns the error that a column is missing."""
        received = f"Received: {listed(self.there)}"
        if self._looks_like_a_row():
            return DataError(
                f"{self._where}: {wrong}. {received}; does the file lack a header? The first line of a table must name "
                f"its columns, e.g. text,label. If these are the names, choose with --{what}_column"
            )
        return DataError(f"{self._where}: {wrong}. {received}; name it with --{what}_column")

    def check_unique(self, name: str | None) -> None:
        """Raises DataError if more than one column has the name."""
        if self.there.count(name or "") > 1 and name is not None:
            raise DataError(
                f"{self._where}: the column {name!r} is there more than once. Received: {listed(self.there)}; "
                "rename one"
            )

    def _looks_like_a_row(self) -> bool:
        usual = {*TEXT_COLUMNS, *LIKELY_LABELS, *LIKELY_SECOND, *(name for pair in PAIR_COLUMNS for name in pair)}
        return usual.isdisjoint(self._found) and not all(_NAME.fullmatch(name.strip()) for name in self.there)


def _nearest(name: str, there: Sequence[str]) -> str:
    """Returns a hint at the most similar existing name, or an empty string."""
    names = {column.strip().lower(): column for column in there}
    near = difflib.get_close_matches(name.strip().lower(), names, n=1)
    return f" (did you mean {names[near[0]]!r}?)" if near else ""
