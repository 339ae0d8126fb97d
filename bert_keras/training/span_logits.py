"""The logits of windows, kept to decode them more than once."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from bert_keras.models.answer_stream import Logits

_NOWHERE = np.float32(-1e9)  # the logit of a column outside of the context


@dataclass(frozen=True)
class SpanLogits:
    """The start and end logits of windows, without padding.

    Attributes:
        values: The logits by name ("start", "end") of all windows, concatenated, each `[tokens]` float32.
        begins: The place of each window's first logit, `[windows]`.
        lengths: The number of tokens in each window's row, `[windows]`.
    """

    values: dict[str, np.ndarray]
    begins: np.ndarray
    lengths: np.ndarray

    @classmethod
    def empty(cls, lengths: np.ndarray) -> Self:
        """Returns room for the logits of windows with the given numbers of tokens."""
        lengths = np.asarray(lengths, np.int64)
        values = {name: np.zeros(lengths.sum(), np.float32) for name in ("start", "end")}
        return cls(values, np.cumsum(lengths) - lengths, lengths)

    def keep(self, rows: np.ndarray, logits: Logits) -> None:
        """Keeps the logits of some windows, which may be padded, each `[rows, columns]`."""
        for name, kept in self.values.items():
            for row, values in zip(rows.tolist(), logits[name], strict=True):
                begin, length = self.begins[row], self.lengths[row]
                kept[begin : begin + length] = values[:length]

    def tokens(self, windows: np.ndarray) -> np.ndarray:
        """Returns the places of the logits of some windows, in their order."""
        return np.concatenate(
            [np.arange(begin, begin + n) for begin, n in zip(self.begins[windows], self.lengths[windows], strict=True)]
        )

    def batch(self, rows: np.ndarray, temperature: float) -> Logits:
        """Returns the logits of some windows, divided by a temperature and padded, each `[rows, columns]`."""
        lengths = self.lengths[rows]
        columns = np.arange(lengths.max(initial=1))
        inside = columns < lengths[:, np.newaxis]
        places = np.where(inside, self.begins[rows][:, np.newaxis] + columns, 0)
        return {name: np.where(inside, of[places] / temperature, _NOWHERE) for name, of in self.values.items()}
