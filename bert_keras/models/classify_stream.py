"""How many rows go through a model at full speed: tokenized together, run by length under a budget of tokens, put in order again."""

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
FIRST_CHUNK = 32
LARGEST_CHUNK = 4096
_GROWTH = 4


@dataclass(frozen=True)
class TokenRows:
    """Packed rows end to end.

    Attributes:
        token_ids: Of all rows, `[tokens]` int32.
        segment_ids: Of all rows, `[tokens]` int32.
        lengths: Tokens of each row, `[rows]` int64.
    """

    token_ids: np.ndarray
    segment_ids: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, packed: Packed) -> "TokenRows":
        """Takes what a preprocessor packed."""
        ids, segments = packed
        return cls(ids.flat_values.numpy(), segments.flat_values.numpy(), ids.row_lengths().numpy())

    @functools.cached_property
    def _ends(self) -> np.ndarray:
        return np.cumsum(self.lengths)

    def inputs(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Pads some rows.

        Args:
            rows: Which, `[batch]`.

        Returns:
            `token_ids`, `segment_ids` and `padding_mask`, each `[batch, tokens]` int32, as wide as the longest row.
            Padding has token id 0, which attention never sees.
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
    """Runs rows of like length together.

    Args:
        lengths: Tokens of each row, `[rows]`; at least one row.
        token_budget: Most tokens of a pass, padding included; a row that is longer runs alone.
        run: Takes the places of a pass' rows, returns an output for each.

    Returns:
        The outputs in the order of the rows.
    """
    passes = passes_by_length(lengths, token_budget, MOST_ROWS)
    found = np.concatenate(list(made_ahead(lambda rows: np.asarray(run(rows)), passes, lanes())))
    outputs = np.empty_like(found)
    outputs[np.concatenate(passes)] = found
    return outputs


def growing_chunks(rows: Iterable[_Item]) -> Iterator[list[_Item]]:
    """Cuts a stream of rows so that the first answers come early and most rows share their chunk with thousands.

    Args:
        rows: Any iterable, also one without end.

    Yields:
        Lists of 32 rows, then four times as many each time, up to 4,096.
    """
    rows, size = iter(rows), FIRST_CHUNK
    while chunk := list(itertools.islice(rows, size)):
        yield chunk
        size = min(size * _GROWTH, LARGEST_CHUNK)


def check_rows(rows: Any, pairs: bool) -> None:
    """Makes sure that rows are texts, or pairs of texts.

    Args:
        rows: What was given.
        pairs: Whether they must be pairs.

    Raises:
        InputError: They are something else.
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
    """Texts as they are, pairs as a tuple (texts, pairs)."""
    if isinstance(rows[0], str):
        return list(rows)
    return [row[0] for row in rows], [row[1] for row in rows]
