"""Encoded rows made on the spot, of tokens for the tiny models: one token of each row decides about its target."""

from dataclasses import dataclass

import numpy as np

from bert_keras.data import Batch

GOOD, BAD = 14, 15
_CLS, _SEP, _FIRST_WORD, _AFTER_LAST_WORD = 2, 3, 16, 37


@dataclass(frozen=True)
class TinyData:
    """What training asks of `data.Encoded`."""

    rows: list[np.ndarray]
    targets: np.ndarray
    fingerprint: str

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def name(self) -> str:
        return "tiny.tsv"

    @property
    def lengths(self) -> np.ndarray:
        return np.array([len(row) for row in self.rows])

    def in_epoch(self, seed: int, epoch: int) -> "TinyData":
        return self

    def batch(self, rows: np.ndarray) -> Batch:
        width = max(len(self.rows[row]) for row in rows)
        token_ids, mask = np.zeros([len(rows), width], np.int32), np.zeros([len(rows), width], np.int32)
        for place, row in enumerate(rows):
            token_ids[place, : len(self.rows[row])] = self.rows[row]
            mask[place, : len(self.rows[row])] = 1
        return {"token_ids": token_ids, "segment_ids": np.zeros_like(mask), "padding_mask": mask}, self.targets[rows]


def tiny_data(count: int, seed: int, task: str = "single_label", shortest: int = 1, longest: int = 12) -> TinyData:
    """Makes rows.

    Args:
        count: Rows; every third is good, the others bad.
        seed: Of their words.
        task: "single_label": 1 for good; "multi_label": [bad, good, either]; "regression": 1 for good, -1 for bad.
        shortest: Fewest words beside the deciding one.
        longest: One more than most of them.

    Returns:
        The rows.
    """
    random = np.random.default_rng(seed)
    rows, good = [], np.arange(count) % 3 == 0
    for row in range(count):
        words = random.integers(_FIRST_WORD, _AFTER_LAST_WORD, random.integers(shortest, longest))
        words = np.insert(words, random.integers(0, len(words) + 1), GOOD if good[row] else BAD)
        rows.append(np.concatenate([[_CLS], words, [_SEP]]).astype(np.int32))
    targets = {
        "single_label": good.astype(np.int32),
        "multi_label": np.stack([~good, good, np.ones(count)], axis=1).astype(np.float32),
        "regression": np.where(good, 1, -1).astype(np.float32),
    }
    return TinyData(rows, targets[task], f"{task} {count} {seed} {shortest} {longest}")
