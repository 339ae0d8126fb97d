"""The rows that a masked language model is trained on."""

import dataclasses
import hashlib
from dataclasses import dataclass

import numpy as np

from bert_keras.data.encoded import Batch
from bert_keras.data.masked.document_tokens import DocumentTokens
from bert_keras.data.masked.masking import NOT_MASKED, MaskedUnit, Masking
from bert_keras.data.masked.shared_rows import share_rows
from bert_keras.text import BertTokenizer


@dataclass(frozen=True)
class MaskedRows:
    """Rows of tokens that documents share, with masks that are drawn anew in each epoch.

    Attributes:
        name: The display name of the source.
        fingerprint: A hash of everything that determines the rows and their masks.
        documents: The documents.
        token_ids: The token ids of all rows with special tokens, `[tokens]` uint16 or int32.
        positions: The place of each token in its piece of a document, `[tokens]` uint16; 0 is a `[CLS]`.
        begins: The index of each row's first token, `[rows]`.
        lengths: The number of tokens of each row, `[rows]`.
        of_pieces: The document of each piece, `[pieces]`, in the order of the rows.
        masking: The way of masking.
        draw: What the masks are drawn by, beside the number of the row.
    """

    name: str
    fingerprint: str
    documents: DocumentTokens
    token_ids: np.ndarray
    positions: np.ndarray
    begins: np.ndarray
    lengths: np.ndarray
    of_pieces: np.ndarray
    masking: Masking
    draw: tuple[int, int] = (0, 0)

    def __len__(self) -> int:
        return len(self.lengths)

    def batch(self, rows: np.ndarray) -> Batch:
        """Returns some rows as a batch, padded to the longest of them.

        Args:
            rows: The row indices, `[batch]`.

        Returns:
            The inputs `token_ids` with masks, `segment_ids`, `padding_mask`, `positions` and `masked`, each `[batch,
            tokens]` int32; and the targets `[batch, tokens]` int32, `NOT_MASKED` where nothing is to be predicted.
        """
        shape = len(rows), int(self.lengths[rows].max())
        ids, positions, padding = (np.zeros(shape, np.int32) for _ in range(3))
        targets = np.full(shape, NOT_MASKED, np.int32)
        for place, row in enumerate(np.asarray(rows).tolist()):
            begin, length = int(self.begins[row]), int(self.lengths[row])
            random = np.random.default_rng([*self.draw, row])
            masked = self.masking(self.token_ids[begin : begin + length], random)
            ids[place, :length], targets[place, :length] = masked
            positions[place, :length] = self.positions[begin : begin + length]
            padding[place, :length] = 1
        inputs = {"token_ids": ids, "segment_ids": np.zeros(shape, np.int32), "padding_mask": padding}
        return inputs | {"positions": positions, "masked": (targets != NOT_MASKED).astype(np.int32)}, targets

    def in_epoch(self, seed: int, epoch: int) -> "MaskedRows":
        """Returns the rows with the masks of an epoch, which are others than those of any other epoch.

        Args:
            seed: The random seed of the training.
            epoch: The number of the epoch, from 0.
        """
        # Not from 0, which fixed masks are drawn by: NumPy takes seeds that differ by zeros at their end for one.
        return dataclasses.replace(self, draw=(seed, epoch + 1))

    def documents_of_tokens(self) -> np.ndarray:
        """Returns the document of each token of all rows, `[tokens]`."""
        return self.of_pieces[np.cumsum(self.positions == 0) - 1]


def masked_rows(
    documents: DocumentTokens,
    tokenizer: BertTokenizer,
    width: int,
    share: float = 0.15,
    unit: MaskedUnit = "word",
) -> MaskedRows:
    """Arranges documents in rows to mask.

    Args:
        documents: The documents.
        tokenizer: The tokenizer that made their tokens.
        width: The largest number of tokens of a row, special tokens included.
        share: The share of the tokens to predict.
        unit: What is masked as a whole.

    Returns:
        The rows, whose masks are always the same until `in_epoch` draws others.
    """
    masking = masking_of(tokenizer, share, unit)
    pieces = share_rows(documents.begins, documents.lengths, ~masking.continues[documents.token_ids], width)
    sizes = pieces.lengths + 2
    ends = np.cumsum(sizes)
    within = np.arange(int(ends[-1])) - np.repeat(ends - sizes, sizes)
    ids = np.full(len(within), tokenizer.token_to_id("[CLS]"), documents.token_ids.dtype)
    inside = (within > 0) & (within < np.repeat(sizes - 1, sizes))
    ids[inside] = documents.token_ids[(np.repeat(pieces.begins, sizes) + within - 1)[inside]]
    ids[ends - 1] = tokenizer.token_to_id("[SEP]")
    lengths = np.bincount(pieces.rows, weights=sizes).astype(np.int64)
    digest = hashlib.blake2b(f"{unit} {share} {width} {tokenizer.fingerprint}".encode(), digest_size=16)
    digest.update(ids.tobytes())
    digest.update(lengths.tobytes())
    return MaskedRows(
        documents.name,
        digest.hexdigest(),
        documents,
        ids,
        within.astype(np.uint16),
        np.cumsum(lengths) - lengths,
        lengths,
        pieces.documents,
        masking,
    )


def masking_of(tokenizer: BertTokenizer, share: float, unit: MaskedUnit) -> Masking:
    """Returns the way of masking the tokens of a tokenizer."""
    special = np.zeros(tokenizer.vocabulary_size(), bool)
    special[tokenizer.special_token_ids] = True
    return Masking(unit, share, tokenizer.token_to_id("[MASK]"), special, tokenizer.continues)
