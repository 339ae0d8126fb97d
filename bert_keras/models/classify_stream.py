"""Runs many rows through a model fast: tokenized together, batched by length within a token budget, kept in order."""

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import numpy as np

from bert_keras.errors import InputError
from bert_keras.runtime.lanes import lanes, made_ahead
from bert_keras.text import MOST_ROWS, Packed, passes_by_length

Row: TypeAlias = str | tuple[str, str]
_Item = TypeVar("_Item")

TOKEN_BUDGET = 4096
"""The default maximum number of tokens per batch, padding included."""
FIRST_CHUNK = 32
"""The number of rows in the first chunk of a stream."""
LARGEST_CHUNK = 4096
"""The maximum number of rows per chunk."""
_GROWTH = 4


@dataclass(frozen=True)
class TokenRows:
    """Packed rows, concatenated.

    Attributes:
        token_ids: The token ids of all rows, `[tokens]` int32.
        segment_ids: The segment ids of all rows, `[tokens]` int32.
        lengths: The number of tokens in each row, `[rows]` int64.
    """

    token_ids: np.ndarray
    segment_ids: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, packed: Packed) -> "TokenRows":
        """Converts the output of a preprocessor's `pack` to NumPy arrays."""
        ids, segments = packed
        return cls(ids.flat_values.numpy(), segments.flat_values.numpy(), ids.row_lengths().numpy())

    @functools.cached_property
    def _ends(self) -> np.ndarray:
        return np.cumsum(self.lengths)

    def inputs(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Makes a padded batch of some rows.

        Args:
            rows: The indices of the rows, `[batch]`.

        Returns:
            `token_ids`, `segment_ids` and `padding_mask`, each `[batch, tokens]` int32, as wide as the longest row.
            Padding has token id 0, which is masked in attention.
        """
        lengths = self.lengths[rows]
        within = np.arange(int(lengths.max()))
        mask = within < lengths[:, np.newaxis]
        begins = self._ends[rows] - lengths
        places = np.where(mask, begins[:, np.newaxis] + within, 0)
        return {
            "token_ids": np.where(mask, self.token_ids[places], 0),
            "segment_ids": np.where(mask, self.segment_ids[places], 0),
            "padding_mask": mask.astype(np.int32),
        }


def run_by_length(lengths: np.ndarray, token_budget: int, run: Callable[[np.ndarray], Any]) -> np.ndarray:
    """Runs rows in batches of similar length.

    Args:
        lengths: The number of tokens in each row, `[rows]`; at least one row.
        token_budget: The maximum number of tokens per batch, padding included; a longer row runs alone.
        run: A function from the row indices of a batch to one output per row.

    Returns:
        The outputs, in the order of the rows.
    """
    passes = passes_by_length(lengths, token_budget, MOST_ROWS)
    found = np.concatenate(list(made_ahead(lambda rows: np.asarray(run(rows)), passes, lanes())))
    outputs = np.empty_like(found)
    outputs[np.concatenate(passes)] = found
    return outputs


def growing_chunks(rows: Iterable[_Item]) -> Iterator[list[_Item]]:
    """Splits a stream of rows into chunks that grow, so that the first results come early and later ones fast.

    Args:
        rows: Any iterable, even an infinite one.

    Yields:
        A list of 32 rows, then lists four times as long each time, up to 4,096 rows.
    """
    rows, size = iter(rows), FIRST_CHUNK
    while chunk := list(itertools.islice(rows, size)):
        yield chunk
        size = min(size * _GROWTH, LARGEST_CHUNK)


def check_rows(rows: Any, pairs: bool) -> None:
    """Checks that rows are all texts, or all pairs of texts.

    Args:
        rows: The rows to check.
        pairs: Whether the rows must be pairs.

    Raises:
        InputError: They are not.
    """
    if isinstance(rows, str) or not isinstance(rows, Sequence):
        raise InputError(f"expected a list of texts or of (text, pair) tuples. Received: {rows!r:.60}")
    for row in rows:
        pair = isinstance(row, tuple | list) and len(row) == 2 and all(isinstance(part, str) for part in row)
        if type(row) is not type(rows[0]) or not (isinstance(row, str) or pair):
            raise InputError(
                f"expected a list of texts or of (text, pair) tuples, all alike. Received in it: {row!r:.60}"
            )
    if pairs and rows and isinstance(rows[0], str):
        raise InputError(f"the model takes (text, pair) tuples. Received: {rows[0]!r:.60}")


def columns(rows: Sequence[Any]) -> list[str] | tuple[list[str], list[str]]:
    """Returns texts as a list, and pairs as a tuple (first texts, second texts)."""
    if isinstance(rows[0], str):
        return list(rows)
    return [row[0] for row in rows], [row[1] for row in rows]
