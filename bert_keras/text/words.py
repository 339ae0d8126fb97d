"""Splitting of texts into normalised words in TensorFlow ops, with offsets in the original texts.

This is the general method of the tokenizer: it works for every string, at about one and a half times the speed of the
reference. For plain ASCII there is a faster method in `tokenizer.py`.
"""

from typing import NamedTuple

import tensorflow as tf

from bert_keras.text.characters import SPACE, CharacterTable


class Words(NamedTuple):
    """The words of a batch of texts, and the origin of their code points; all int64 except `strings`.

    Attributes:
        strings: The words in UTF-8, `[words]` string.
        lengths: The number of code points in each word, `[words]`.
        rows: The index of each word's text, `[words]`.
        byte_ends: The cumulative sum of the UTF-8 lengths of the code points of all words, `[code points]`.
        sources: The index in the original text of the code point that each code point came from, `[code points]`.
    """

    strings: tf.Tensor
    lengths: tf.Tensor
    rows: tf.Tensor
    byte_ends: tf.Tensor
    sources: tf.Tensor


def split_words(texts: tf.Tensor, table: CharacterTable) -> Words:
    """Normalises texts and splits them at blanks, around punctuation and around CJK ideographs.

    Args:
        texts: The texts, `[batch]` string. Bytes that are not UTF-8 count as U+FFFD, which the table removes.
        table: The normalisation of code points.

    Returns:
        The words of all texts, in order.
    """
    characters = tf.strings.unicode_decode(texts, "UTF-8", errors="replace")
    points, isolated, origins = _replace(characters.flat_values, table)
    rows = tf.gather(characters.value_rowids(), origins)
    origins -= tf.gather(characters.row_starts(), rows)
    is_word = points != SPACE
    first = tf.boolean_mask(_begins_word(points, isolated, rows), is_word)
    points, rows, origins = (tf.boolean_mask(values, is_word) for values in (points, rows, origins))
    word_rows = tf.boolean_mask(rows, first)
    words = tf.RaggedTensor.from_value_rowids(
        points, tf.cumsum(tf.cast(first, tf.int64)) - 1, nrows=tf.size(word_rows, tf.int64), validate=False
    )
    return Words(
        strings=tf.strings.unicode_encode(words, "UTF-8"),
        lengths=words.row_lengths(),
        rows=word_rows,
        byte_ends=tf.cumsum(_utf8_length(points)),
        sources=origins,
    )


def to_code_points(words: Words, word: tf.Tensor, starts: tf.Tensor, ends: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Converts byte offsets in words to code-point offsets in the original texts.

    Args:
        words: The result of `split_words`.
        word: The index of each piece's word, `[pieces]` int64.
        starts: The first byte of each piece in its word, `[pieces]` int64.
        ends: The end of each piece in its word, exclusive, `[pieces]` int64; limited to the word's length.

    Returns:
        The starts and the exclusive ends of the pieces in code points of the original text, each `[pieces]` int64.
    """
    sizes = tf.cast(tf.strings.length(words.strings), tf.int64)
    begins = tf.gather(tf.cumsum(sizes, exclusive=True), word)
    ends = tf.minimum(ends, tf.gather(sizes, word))
    first = tf.searchsorted(words.byte_ends, begins + starts, side="right")
    last = tf.searchsorted(words.byte_ends, begins + ends - 1, side="right")
    return tf.gather(words.sources, first), tf.gather(words.sources, last) + 1


def _replace(points: tf.Tensor, table: CharacterTable) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Replaces code points according to the table.

    Returns:
        The new code points, whether each is a word by itself, and the index of the code point each came from, int64.
    """
    # A text has few different code points, and only these are searched in the tables, which makes this fast.
    different, which = tf.unique(points)
    slots = tf.minimum(tf.searchsorted(table.changed, different), len(table.changed) - 1)
    changes = tf.gather(table.changed, slots) == different
    lengths = tf.where(changes, tf.gather(table.lengths, slots), 1)
    offsets = tf.where(changes, tf.gather(table.offsets, slots), -1)

    counts = tf.gather(lengths, which)
    origins = tf.repeat(tf.range(tf.size(points)), counts)
    within = tf.range(tf.size(origins)) - tf.gather(tf.cumsum(counts, exclusive=True), origins)
    which = tf.gather(which, origins)
    offsets = tf.gather(offsets, which)
    changes, places = offsets >= 0, tf.maximum(offsets, 0) + within

    def new(unchanged: tf.Tensor, replacements: tf.Tensor) -> tf.Tensor:
        return tf.where(changes, tf.gather(replacements, tf.where(changes, places, 0)), tf.gather(unchanged, which))

    isolated = new(_is_isolated(different, table), _is_isolated(tf.constant(table.replacements), table))
    return new(different, table.replacements), isolated, tf.cast(origins, tf.int64)


def _is_isolated(points: tf.Tensor, table: CharacterTable) -> tf.Tensor:
    return tf.searchsorted(table.isolated, points, side="right") % 2 == 1


def _begins_word(points: tf.Tensor, isolated: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
    """Returns whether a word begins at each code point; meaningless for blanks."""
    ends_word = isolated | (points == SPACE)
    after_end = tf.concat([tf.ones_like(ends_word[:1]), ends_word[:-1] | (rows[1:] != rows[:-1])], axis=0)
    return isolated | after_end


def _utf8_length(points: tf.Tensor) -> tf.Tensor:
    return 1 + sum(tf.cast(points >= bound, tf.int64) for bound in (0x80, 0x800, 0x10000))
