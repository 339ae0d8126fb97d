"""Rows of a table as token ids by `tokenizers`, end to end, and batches of them as PyTorch takes them. What fast peers start from."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch

_AT_ONCE = 4096  # rows: more at once are slower for `tokenizers`, in which each is an object


def read_table(file: Path) -> tuple[list[str], np.ndarray]:
    """Texts and labels of a table whose columns are `sentence` and `label`."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row["sentence"] for row in rows], np.array([int(row["label"]) for row in rows])


@dataclass(frozen=True)
class TokenRows:
    """Token ids of rows end to end, `[tokens]` int64; the place of each row's first, and the rows' lengths, `[rows]`."""

    ids: np.ndarray
    begins: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, texts: list[str], tokenizer: Any) -> Self:
        """Tokenizes by the fastest call that `tokenizers` has."""
        rows: list[list[int]] = []
        for first in range(0, len(texts), _AT_ONCE):
            rows += [row.ids for row in tokenizer.encode_batch_fast(texts[first : first + _AT_ONCE])]
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        return cls(np.concatenate(rows).astype(np.int64), np.cumsum(lengths) - lengths, lengths)

    def batch(self, rows: np.ndarray) -> dict[str, Any]:
        """Pads some rows to the longest of them; no mask where there is no padding, which is faster."""
        lengths = self.lengths[rows, np.newaxis]
        within = np.arange(int(lengths.max()))
        mask = within < lengths
        places = np.where(mask, self.begins[rows, np.newaxis] + within, 0)
        ids = torch.from_numpy(np.where(mask, self.ids[places], 0))
        return {"input_ids": ids, "attention_mask": None if mask.all() else torch.from_numpy(mask.astype(np.int64))}


def tokenizer_of(folder: Path, max_length: int) -> Any:
    """The tokenizer of a Hugging Face folder, without padding."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder).backend_tokenizer
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length)
    return tokenizer
