"""The rows of a table as token ids by `tokenizers`, and batches of them for PyTorch: the input of the fast peers."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch

_AT_ONCE = 4096  # rows per call: more are slower, since each is a Python object in `tokenizers`


def read_table(file: Path) -> tuple[list[str], np.ndarray]:
    """Returns the texts and the labels `[rows]` of a table with the columns `sentence` and `label`."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row["sentence"] for row in rows], np.array([int(row["label"]) for row in rows])


@dataclass(frozen=True)
class TokenRows:
    """The token ids of all rows, concatenated.

    Attributes:
        ids: The token ids, `[tokens]` int64.
        begins: The index of each row's first token, `[rows]`.
        lengths: The number of tokens of each row, `[rows]`.
    """

    ids: np.ndarray
    begins: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, texts: list[str], tokenizer: Any) -> Self:
        """Tokenizes texts with the fastest call of `tokenizers`."""
        rows: list[list[int]] = []
        for first in range(0, len(texts), _AT_ONCE):
            rows += [row.ids for row in tokenizer.encode_batch_fast(texts[first : first + _AT_ONCE])]
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        return cls(np.concatenate(rows).astype(np.int64), np.cumsum(lengths) - lengths, lengths)

    def batch(self, rows: np.ndarray, device: str = "cpu") -> dict[str, Any]:
        """Pads some rows to the longest of them; without padding the mask is `None`, which is faster.

        Args:
            rows: The indices of the rows.
            device: Where the tensors are to be, `cpu` or `cuda`.
        """
        lengths = self.lengths[rows, np.newaxis]
        within = np.arange(int(lengths.max()))
        mask = within < lengths
        places = np.where(mask, self.begins[rows, np.newaxis] + within, 0)
        ids = torch.from_numpy(np.where(mask, self.ids[places], 0)).to(device)
        padding = None if mask.all() else torch.from_numpy(mask.astype(np.int64)).to(device)
        return {"input_ids": ids, "attention_mask": padding}


def tokenizer_of(folder: Path, max_length: int) -> Any:
    """Returns the tokenizer of a Hugging Face folder, which truncates to a number of tokens and does not pad."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder).backend_tokenizer
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length)
    return tokenizer
