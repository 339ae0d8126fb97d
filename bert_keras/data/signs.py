"""Signs that something is wrong with the rows of a split: texts that a model cannot read, and labels too rare."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from bert_keras.data.encoded import Encoded
from bert_keras.data.text_signs import HTML, MISSING_VALUE

_AT_A_TIME = 2**22  # tokens or rows
_RARE = 2  # rows


@dataclass(frozen=True)
class Signs:
    """Signs of trouble in a split; the first row of each kind by file and line, None if there is none.

    Attributes:
        tokens: The number of tokens, without special ones.
        unknown_tokens: The number of tokens that are `[UNK]`.
        first_unknown_token: The first row with such a token.
        html: The number of rows with tags of HTML.
        first_html: The first of these rows.
        missing_values: The number of rows with a text such as "nan" or "NULL".
        first_missing_value: The first of these rows.
        rare_labels: The labels of at most two rows, each with its number of rows, fewest first.
    """

    tokens: int
    unknown_tokens: int
    first_unknown_token: tuple[str, int] | None
    html: int
    first_html: tuple[str, int] | None
    missing_values: int
    first_missing_value: tuple[str, int] | None
    rare_labels: dict[str, int]

    @property
    def unknown_share(self) -> float:
        """The share of the tokens that are `[UNK]`; 0 without tokens."""
        return self.unknown_tokens / self.tokens if self.tokens else 0.0


def find_signs(rows: Encoded, unknown_id: int, special_ids: Collection[int], labels: Collection[str] = ()) -> Signs:
    """Counts signs of trouble, with constant memory use.

    Args:
        rows: The rows of the split.
        unknown_id: The token id of `[UNK]`.
        special_ids: The ids of the tokens that are not from texts, such as `[CLS]` and `[SEP]`.
        labels: The labels of the model, in the order of `rows.label_counts()`; empty for regression.

    Returns:
        The signs.
    """
    tokens, unknown, first_token = 0, 0, None
    for begin in range(0, len(rows.token_ids), _AT_A_TIME):
        ids = rows.token_ids[begin : begin + _AT_A_TIME]
        tokens += len(ids) - sum(int(np.count_nonzero(ids == special)) for special in special_ids)
        found = np.flatnonzero(ids == unknown_id)
        unknown += len(found)
        if first_token is None and len(found):
            first_token = begin + int(found[0])
    first = None if first_token is None else int(np.searchsorted(rows.begins, first_token, side="right")) - 1
    counts = sorted(zip(rows.label_counts().tolist(), labels, strict=True)) if labels else []
    rare = {label: count for count, label in counts if count <= _RARE}
    unknown_place = None if first is None else rows.places(first)
    return Signs(tokens, unknown, unknown_place, *_rows(rows, HTML), *_rows(rows, MISSING_VALUE), rare)


def _rows(rows: Encoded, bit: int) -> tuple[int, tuple[str, int] | None]:
    """Returns the number of rows with a bit of `text_signs`, and the place of the first."""
    count, first = 0, None
    for begin in range(0, len(rows.signs), _AT_A_TIME):
        found = np.flatnonzero(rows.signs[begin : begin + _AT_A_TIME] & bit)
        count += len(found)
        if first is None and len(found):
            first = rows.places(begin + int(found[0]))
    return count, first
