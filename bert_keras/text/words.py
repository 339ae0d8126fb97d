"""Any text -> normalised words, and the way back from bytes of a word to code points of the text, as TensorFlow ops.

This is the general path of the tokenizer: it holds for every string, at about one and a half times the speed of the
reference. Plain ASCII takes a shorter one, see `tokenizer.py`.
"""

from typing import NamedTuple

import tensorflow as tf

from bert_keras.text.characters import SPACE, CharacterTable


class Words(NamedTuple):
    """Words of a batch of texts, and where each of their code points came from; all int64 but `strings`.

    Attributes:
        strings: UTF-8 words, `[words]` string.
        lengths: Code points in each word, `[words]`.
        rows: The text each word stands in, `[words]`.
        byte_ends: Running sum of the UTF-8 lengths of all code points of all words, `[code points]`.
        sources: The code point of its text that each code point of the words came from, `[code points]`.
    """

    strings: tf.Tensor
    lengths: tf.Tensor
    rows: tf.Tensor
    byte_ends: tf.Tensor
    sources: tf.Tensor


def split_words(texts: tf.Tensor, table: CharacterTable) -> Words:
    """Normalises texts and splits them at blanks, around punctuation and around CJK ideographs.

    Args:
        texts: `[batch]` string. Bytes that are not UTF-8 count as U+FFFD, which is then removed like any other.
        table: What happens to each code point.

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
    """Turns byte places inside words into code-point places in the texts.

    Args:
        words: What `split_words` returned.
        word: The word of each piece, `[pieces]` int64.
        starts: First byte of each piece in its word, `[pieces]` int64.
        ends: One past its last byte, `[pieces]` int64; counts as the word's end where it lies beyond.

    Returns:
        First code point and one past the last one, of the original text, each `[pieces]` int64.
    """
    sizes = tf.cast(tf.strings.length(words.strings), tf.int64)
    begins = tf.gather(tf.cumsum(sizes, exclusive=True), word)
    ends = tf.minimum(ends, tf.gather(sizes, word))
    first = tf.searchsorted(words.byte_ends, begins + starts, side="right")
    last = tf.searchsorted(words.byte_ends, begins + ends - 1, side="right")
    return tf.gather(words.sources, first), tf.gather(words.sources, last) + 1


def _replace(points: tf.Tensor, table: CharacterTable) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Replaces each code point by what it becomes.

    Returns:
        The new code points, whether each is a word of its own, and the place each came from, int64.
    """
    # A text has few different code points: searching the tables for those alone is what makes this fast.
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
    """Whether a word begins at each code point (of blanks the answer means nothing)."""
    ends_word = isolated | (points == SPACE)
    after_end = tf.concat([tf.ones_like(ends_word[:1]), ends_word[:-1] | (rows[1:] != rows[:-1])], axis=0)
    return isolated | after_end


def _utf8_length(points: tf.Tensor) -> tf.Tensor:
    return 1 + sum(tf.cast(points >= bound, tf.int64) for bound in (0x80, 0x800, 0x10000))
