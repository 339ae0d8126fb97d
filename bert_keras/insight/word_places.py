"""The words of packed rows: runs of pieces that make up one word."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bert_keras.insight.dataset_rows import PackedRows

NO_WORD = -1


@dataclass(frozen=True)
class WordPlaces:
    """The words of packed rows; special tokens belong to none.

    Attributes:
        word_of: The number of each token's word, from 0 over all rows, -1 for special tokens, `[tokens]`.
        firsts: The index of the first token of each word, among the tokens of all rows, `[words]`.
        counts: The number of tokens of each word, `[words]`.
        packed_rows: The index of the packed row of each word, `[words]`.
    """

    word_of: np.ndarray
    firsts: np.ndarray
    counts: np.ndarray
    packed_rows: np.ndarray

    def texts(self, words: np.ndarray, token_ids: np.ndarray, vocabulary: Sequence[str], prefix: str) -> list[str]:
        """Returns words as the tokenizer writes them, with their pieces joined.

        Args:
            words: The numbers of the words, `[chosen]`.
            token_ids: The token ids of all rows, `[tokens]`.
            vocabulary: The tokens by id.
            prefix: The mark of tokens that continue a word.

        Returns:
            The words.
        """
        written = []
        for first, count in zip(self.firsts[words].tolist(), self.counts[words].tolist(), strict=True):
            head, *rest = (vocabulary[place] for place in token_ids[first : first + count].tolist())
            written.append(head + "".join(piece.removeprefix(prefix) for piece in rest))
        return written


def word_places(packed: PackedRows, goes_on: np.ndarray) -> WordPlaces:
    """Finds the words of packed rows.

    Args:
        packed: The packed rows.
        goes_on: Whether a token continues a word, by token id, `[vocabulary]`; see `BertTokenizer.continues`.

    Returns:
        The words.
    """
    rows = packed.tokens
    ends = np.cumsum(rows.lengths)
    special = np.zeros(len(rows.token_ids), bool)
    special[ends - rows.lengths] = True
    special[ends - 1] = True
    special[:-1] |= rows.segment_ids[:-1] != rows.segment_ids[1:]  # the [SEP] between two texts
    after_special = np.concatenate([[True], special[:-1]])
    begins = ~special & (after_special | ~goes_on[rows.token_ids])
    word_of = np.where(special, NO_WORD, np.cumsum(begins) - 1)
    firsts = np.flatnonzero(begins)
    counts = np.bincount(word_of[~special], minlength=len(firsts))
    return WordPlaces(word_of, firsts, counts, np.searchsorted(ends, firsts, side="right"))
