"""The rows whose true label the model does not have."""

from collections.abc import Iterable, Iterator
from typing import Any

from .examples import Example


class UnknownLabels:
    """Counts rows that pass by whose true label the model does not have.

    Attributes:
        rows: The number of these rows.
        first: The first of them, or `None`.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.first: Example | None = None

    def counted(self, examples: Iterable[Example]) -> Iterator[Example]:
        """Yields the same rows."""
        for example in examples:
            if example.unknown:
                self.rows += 1
                self.first = self.first or example
            yield example

    def described(self, model: Any) -> str:
        """Returns the number of rows, the first label with its place, and the labels of the model."""
        assert self.first is not None
        known = ", ".join(getattr(model, "labels", ()))
        rows = "1 row has a label" if self.rows == 1 else f"{self.rows:,} rows have labels"
        return (
            f"{rows} that the model does not have, first {self.first.unknown!r} in {self.first.place}. Known: {known}"
        )
