"""Columns of records that Python need not look at value by value: texts in Arrow, and numbers of distinct values."""

import functools
from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np

_NULL = r"\N"
_FIRST_PRINTED, _LAST_PRINTED = 0x21, 0x7E  # of ASCII, without the blank


class CodedColumn(Sequence[Any]):
    """A column as its distinct values and, for each row, the number of its value.

    Args:
        values: The distinct values, in the order of their first rows.
        codes: The index in `values` for each row, `[rows]`.
    """

    def __init__(self, values: Sequence[Any], codes: np.ndarray) -> None:
        self.values, self.codes = values, codes

    @classmethod
    def of(cls, array: Any) -> Self:
        """Encodes an Arrow array; null is a value too."""
        coded = array.dictionary_encode(null_encoding="encode")
        return cls(coded.dictionary.to_pylist(), coded.indices.to_numpy(zero_copy_only=False))

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: Any) -> Any:
        codes = self.codes[row]
        return [self.values[code] for code in codes] if isinstance(row, slice) else self.values[codes]

    def __iter__(self) -> Iterator[Any]:
        return map(self.values.__getitem__, self.codes.tolist())

    def first_row(self, code: int) -> int:
        """Returns the first row with a value, given by its index in `values`."""
        return int(np.argmax(self.codes == code))

    def only(self, rows: np.ndarray) -> Self:
        """Returns the given rows, in the same coding."""
        return type(self)(self.values, self.codes[rows])

    def recoded(self) -> Self:
        """Returns the column without values that no row has, and the others in the order of their first rows."""
        rows = len(self.codes)
        first = np.full(len(self.values), rows)
        first[self.codes[::-1]] = np.arange(rows)[::-1]  # of several rows the one assigned last remains
        order = np.argsort(first)[: np.count_nonzero(first < rows)]
        numbers = np.zeros(len(self.values), np.int64)
        numbers[order] = np.arange(len(order))
        return type(self)([self.values[code] for code in order], numbers[self.codes])


class TextColumn(Sequence[Any]):
    """A column of strings in Arrow; as a sequence it has Python's strings, None for null.

    Args:
        array: The Arrow array, of strings with 32-bit or 64-bit offsets.
    """

    def __init__(self, array: Any) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, row: Any) -> Any:
        return self._values[row]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def only(self, rows: np.ndarray) -> Self:
        """Returns the given rows."""
        return type(self)(self.array.take(_arrow().array(rows)))

    def texts(self) -> Self:
        r"""Returns the column with empty texts in place of null and `\N`, as `targets.text_of` has it."""
        compute = _compute()
        array = compute.fill_null(self.array, "") if self.array.null_count else self.array
        nulls = compute.equal(array, _NULL)
        return type(self)(compute.if_else(nulls, "", array)) if nulls.true_count else type(self)(array)

    def blank(self) -> np.ndarray:
        """Returns whether each text has nothing but blanks, `[rows]` bool; there must be no null."""
        firsts = self._first_bytes()
        blank = np.zeros(len(firsts), bool)
        doubtful = np.flatnonzero((firsts < _FIRST_PRINTED) | (firsts > _LAST_PRINTED))
        blank[doubtful] = [not text.strip() for text in self.only(doubtful)]
        return blank

    def coded(self) -> CodedColumn:
        """Returns the column as its distinct values, null among them."""
        return CodedColumn.of(self.array)

    @functools.cached_property
    def _values(self) -> list[str | None]:
        return self.array.to_pylist()

    def _first_bytes(self) -> np.ndarray:
        """Returns the first byte of each text, 0 of an empty one."""
        arrow = _arrow()
        width = np.int64 if arrow.types.is_large_string(self.array.type) else np.int32
        _, offsets, data = self.array.buffers()
        begin = self.array.offset
        places = np.frombuffer(offsets, width)[begin : begin + len(self.array) + 1].astype(np.int64)
        if data is None or not data.size:
            return np.zeros(len(self.array), np.uint8)
        raw = np.frombuffer(data, np.uint8)
        return np.where(places[1:] > places[:-1], raw[np.minimum(places[:-1], len(raw) - 1)], 0)


def kind_of(array: Any) -> str | None:
    """Returns what an Arrow array may be kept as: "text" or "numbers"; None if Python must look at each value."""
    types = _arrow().types
    if types.is_string(array.type) or types.is_large_string(array.type):
        return "text"
    return "numbers" if types.is_integer(array.type) or types.is_boolean(array.type) else None


def text_array(texts: Sequence[str]) -> Any:
    """Returns texts as an Arrow array."""
    return texts.array if isinstance(texts, TextColumn) else _arrow().array(texts, _arrow().large_string())


def _arrow() -> Any:
    import pyarrow

    return pyarrow


def _compute() -> Any:
    import pyarrow.compute

    return pyarrow.compute
