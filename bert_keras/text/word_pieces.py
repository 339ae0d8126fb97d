"""The word pieces of words: longest match first from the left (Wu et al. 2016, section 4.1), for any prefix.

The op is LinMaxMatch (Song et al. 2021) of tensorflow-text. It takes the prefix of a vocabulary for text when a word
begins with it, and demands one; so its vocabulary here marks what continues a word by a byte that no UTF-8 text has.
"""

from collections.abc import Collection, Sequence

import numpy as np
import tensorflow as tf
import tensorflow_text as tf_text

from bert_keras.text.character_steps import Characters
from bert_keras.text.pieces import Pieces
from bert_keras.text.word_rules import WordRules

_CONTINUES, _UNKNOWN = b"\xfe", b"\xff?"
_NO_WORD = b"\xff"  # no token has it, so that the word is unknown
_MOST_BYTES = 2**31 - 1


class WordPieces:
    """The word-piece model of a vocabulary.

    Args:
        tokens: The tokens by id.
        unmatched: The tokens that no text contains: special ones.
        rules: The rules, for prefix, longest word and unknown token.
    """

    def __init__(self, tokens: Sequence[str], unmatched: Collection[str], rules: WordRules) -> None:
        entries = {_UNKNOWN: tokens.index(rules.unknown)}
        for place, token in enumerate(tokens):
            if token in unmatched or not token or "\0" in token:
                continue
            entries[token.encode()] = place
            rest = token.removeprefix(rules.prefix)
            if rest and token.startswith(rules.prefix):
                entries[_CONTINUES + rest.encode()] = place
        self._longest = rules.max_word_length
        self._ids = np.array(list(entries.values()), np.int32)
        self._op = tf_text.FastWordpieceTokenizer(
            vocab=list(entries),
            suffix_indicator=_CONTINUES,
            unknown_token=_UNKNOWN,
            max_bytes_per_word=min(4 * self._longest + len(_NO_WORD), _MOST_BYTES),
            token_out_type=tf.int32,
            no_pretokenization=True,
            support_detokenization=False,
        )

    def split(self, characters: Characters, first: tf.Tensor, texts: tf.Tensor, with_offsets: bool) -> Pieces:
        """Splits words into pieces.

        Args:
            characters: The characters of the words.
            first: Whether each begins a word.
            texts: The number of texts, scalar int64.
            with_offsets: Whether to return offsets.

        Returns:
            The pieces of each text; their offsets are in the characters' origins.
        """
        words, rows = words_of(characters, first)
        too_long = words.row_lengths() > self._longest
        strings = tf.strings.unicode_encode(words, "UTF-8")
        ids, starts, ends = self._op.tokenize_with_offsets(tf.where(too_long, _NO_WORD, strings))
        word = ids.value_rowids()
        text = tf.cast(tf.gather(rows, word), tf.int32)
        count = tf.cast(texts, tf.int32)
        row_lengths = tf.math.bincount(text, minlength=count, maxlength=count, dtype=tf.int64)
        pieces = tf.gather(self._ids, ids.flat_values)
        if not with_offsets:
            return Pieces((pieces,), row_lengths)
        sizes = tf.cast(tf.strings.length(strings), tf.int64)
        begins = tf.gather(tf.cumsum(sizes, exclusive=True), word)
        last = tf.where(tf.gather(too_long, word), tf.gather(sizes, word), ends.flat_values) - 1
        edges = tf.cumsum(utf8_length(characters.points))
        places = [tf.searchsorted(edges, begins + byte, side="right") for byte in (starts.flat_values, last)]
        return Pieces(
            (pieces, tf.gather(characters.origins, places[0]), tf.gather(characters.origins, places[1]) + 1),
            row_lengths,
        )


def words_of(characters: Characters, first: tf.Tensor) -> tuple[tf.RaggedTensor, tf.Tensor]:
    """Returns words.

    Args:
        characters: The characters of the words.
        first: Whether each begins a word.

    Returns:
        The code points of each word, `[words, (code points)]` int32, and the index of its text, `[words]` int64.
    """
    rows = tf.boolean_mask(characters.rows, first)
    numbers = tf.cumsum(tf.cast(first, tf.int64)) - 1
    words = tf.RaggedTensor.from_value_rowids(characters.points, numbers, nrows=tf.size(rows, tf.int64), validate=False)
    return words, rows


def utf8_length(points: tf.Tensor) -> tf.Tensor:
    """Returns the number of bytes of each code point in UTF-8, int64."""
    return 1 + sum(tf.cast(points >= bound, tf.int64) for bound in (0x80, 0x800, 0x10000))
