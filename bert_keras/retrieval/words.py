"""The words of texts as a tokenizer normalises them, each as a number."""

import hashlib
from collections.abc import Sequence

import numpy as np

from bert_keras.text import BertTokenizer

_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, so that its powers are different modulo 2**64
_MOST_PIECES = 512
_CHUNK = 1024  # texts


class Words:
    """Finds the words of texts: whole ones, lower-cased and without accents if the tokenizer's are, no punctuation.

    A word is a 64-bit hash of its pieces, and one that the tokenizer does not know a hash of its characters.

    Args:
        tokenizer: The tokenizer.
    """

    def __init__(self, tokenizer: BertTokenizer) -> None:
        self._tokenizer = tokenizer
        tokens = tokenizer.get_vocabulary()
        self._counts = np.array([any(character.isalnum() for character in token) for token in tokens])
        self._unknown = tokenizer.token_to_id(tokenizer.special_tokens[1])
        self._powers = np.cumprod(np.full(_MOST_PIECES, _FACTOR), dtype=np.uint64)

    def of(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Finds the words of texts.

        Args:
            texts: The texts.

        Returns:
            The words of all texts in order, `[words]` uint64, and their number in each text, `[texts]` int64.
        """
        parts = [self._of_chunk(texts[first : first + _CHUNK]) for first in range(0, len(texts), _CHUNK)]
        return (
            np.concatenate([np.zeros(0, np.uint64), *(words for words, _ in parts)]),
            np.concatenate([np.zeros(0, np.int64), *(counts for _, counts in parts)]),
        )

    def _of_chunk(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        ragged = self._tokenizer.tokenize_with_offsets(list(texts))
        ids, starts, ends = (part.flat_values.numpy() for part in ragged)
        rows = ragged[0].value_rowids().numpy()
        # The first piece of a text begins a word even where it looks like a part of one.
        begins = ~self._tokenizer.continues[ids] | np.append(True, rows[1:] != rows[:-1])[: len(ids)]
        firsts = np.flatnonzero(begins)
        within = np.arange(len(ids)) - np.repeat(firsts, np.diff(np.append(firsts, len(ids))))
        values = (ids.astype(np.uint64) + np.uint64(1)) * self._powers[np.minimum(within, _MOST_PIECES - 1)]
        counted = self._counts[ids] & (ids != self._unknown)
        if not len(firsts):
            return np.zeros(0, np.uint64), np.zeros(len(texts), np.int64)
        words, kept = np.add.reduceat(values, firsts), np.logical_or.reduceat(counted, firsts)
        for place in np.flatnonzero(ids[firsts] == self._unknown).tolist():
            piece = firsts[place]
            word = texts[rows[piece]][starts[piece] : ends[piece]]
            words[place], kept[place] = _hash(word), any(character.isalnum() for character in word)
        return words[kept], np.bincount(rows[firsts][kept], minlength=len(texts))


def _hash(word: str) -> np.uint64:
    digest = hashlib.blake2b(word.casefold().encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))
