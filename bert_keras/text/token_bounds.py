"""Where spans of a text may begin and end: at words, in scripts with blanks between them, and within a paragraph.

A word is a maximal run of letters, digits and the marks on them. A point or comma between two digits is part of a
number. Scripts without blanks between words, such as Chinese, Japanese and Thai, have no such runs: there, spans begin
and end at any token. Characters that are not seen, such as soft hyphens and joiners, separate nothing.

A paragraph ends with a blank line, that is two line ends with no token between them, or with a page (form feed).
"""

import functools
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from bert_keras.text.character_steps import before, changes_after
from bert_keras.text.characters import CharacterClasses, unicode_data

WITHIN_CHARACTER = 0
"""The level of a place within a character of several code points: no answer begins or ends there."""
WITHIN_WORD = 1
"""The level of a place within a word: an answer begins or ends there only if parts of words are allowed."""
AT_WORD = 2
"""The level of a place where a word begins or ends, or beside what belongs to no word."""
AT_PARAGRAPH = 3
"""The level of a place between two paragraphs: an answer runs over it only if it may be of several paragraphs."""

_LETTER, _NUMBER, _POINT, _MARK, _UNSEEN, _LINE_END, _PARAGRAPH_END = (1 << place for place in range(7))
_POINTS = ".,\u066b\u066c\uff0c\uff0e"
_LINE_ENDS, _PARAGRAPH_ENDS = "\n\v\r\x85\u2028", "\f\u2029"
_ZERO_WIDTH_SPACE = "\u200b"  # unseen, but it separates words
# The blocks of scripts without blanks between words, by their first and last code point.
_WITHOUT_BLANKS = (
    (0x0E00, 0x0FFF),  # Thai, Lao, Tibetan
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19FF),  # Tai Le, New Tai Lue, Khmer symbols
    (0x1A20, 0x1AAF),  # Tai Tham
    (0x1B00, 0x1B7F),  # Balinese
    (0x2E80, 0x312F),  # radicals, CJK punctuation, Hiragana, Katakana, Bopomofo
    (0x3190, 0xA4CF),  # CJK ideographs with what belongs to them, Yi
    (0xA980, 0xA9FF),  # Javanese, Myanmar
    (0xAA60, 0xAADF),  # Myanmar, Tai Viet
    (0xF900, 0xFAFF),  # CJK compatibility ideographs
    (0xFF66, 0xFF9F),  # half-width Katakana
    (0x1AFF0, 0x1B16F),  # Kana
    (0x20000, 0x3FFFF),  # CJK ideographs
)


class SpanBounds(NamedTuple):
    """What the text says about spans that begin or end at a token.

    Attributes:
        levels: The place before each token, `WITHIN_CHARACTER`, `WITHIN_WORD`, `AT_WORD` or `AT_PARAGRAPH`, `[texts,
            (tokens)]` int32. The first token of each text has `AT_WORD`; the place after a token is that before the
            next one.
        ends: The code point after a span that ends with the token: the end of the token, or of the combining marks
            that follow it and are part of no token, `[texts, (tokens)]` int64.
    """

    levels: tf.RaggedTensor
    ends: tf.RaggedTensor


def bound_levels(part_words: bool, across_paragraphs: bool) -> tuple[int, int]:
    """Finds the levels of the places where spans begin and end, and of those that they do not run over.

    Args:
        part_words: Whether a span may begin and end within a word.
        across_paragraphs: Whether a span may run over the end of a paragraph.

    Returns:
        The least level of a place where a span begins or ends, and the least level of a place that no span runs over.
    """
    return WITHIN_WORD if part_words else AT_WORD, AT_PARAGRAPH + across_paragraphs


def span_bounds(texts: tf.Tensor, starts: tf.RaggedTensor, ends: tf.RaggedTensor) -> SpanBounds:
    """Finds where spans of texts may begin and end.

    Args:
        texts: The texts in UTF-8, `[texts]`; invalid bytes count as U+FFFD, as in the tokenizer.
        starts: The first code point of each token, `[texts, (tokens)]` int64.
        ends: The end of each token in code points, exclusive, `[texts, (tokens)]` int64.

    Returns:
        The bounds of spans.
    """
    points = tf.strings.unicode_decode(texts, "UTF-8", errors="replace")
    classes = _classes_of(points.flat_values)
    rows = starts.value_rowids()
    firsts, limits = tf.gather(points.row_starts(), rows), tf.gather(points.row_limits(), rows)
    from_, to = starts.flat_values + firsts, ends.flat_values + firsts
    following = _following(classes & _MARK == 0)
    at_least_word = tf.where(_begins_paragraph(points.flat_values, classes, from_, to, rows), AT_PARAGRAPH, AT_WORD)
    levels = tf.where(
        _cuts_character(classes, from_, to, rows),
        WITHIN_CHARACTER,
        tf.where(tf.gather(_in_word(classes, points.value_rowids()), from_), WITHIN_WORD, at_least_word),
    )
    with_marks = tf.minimum(tf.gather(following, to), limits) - firsts
    return SpanBounds(starts.with_flat_values(levels), ends.with_flat_values(with_marks))


def _cuts_character(classes: tf.Tensor, starts: tf.Tensor, ends: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
    """Returns whether each token begins within a character, or with a mark on the token before, `[tokens]` bool."""
    before_it = tf.concat([[-1], ends[:-1]], axis=0)
    mark = tf.gather(classes, starts) & _MARK > 0
    return ~changes_after(rows) & ((before_it > starts) | (mark & (before_it == starts)))


def _begins_paragraph(
    points: tf.Tensor, classes: tf.Tensor, starts: tf.Tensor, ends: tf.Tensor, rows: tf.Tensor
) -> tf.Tensor:
    """Returns whether a paragraph ends between each token and the one before it in its text, `[tokens]` bool."""
    second_of_pair = before(tf.equal(points, ord("\r"))) & tf.equal(points, ord("\n"))
    line_end = (classes & _LINE_END > 0) & ~second_of_pair
    lines = tf.where(line_end, 1, tf.where(classes & _PARAGRAPH_END > 0, 2, 0))
    passed = tf.concat([[0], tf.cumsum(lines)], axis=0)
    before_it = tf.concat([[0], ends[:-1]], axis=0)
    return ~changes_after(rows) & (tf.gather(passed, starts) - tf.gather(passed, before_it) > 1)


def _in_word(classes: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
    """Returns whether what is before and after each code point is one word, marks and unseen ones left out, bool."""
    seen = classes & (_MARK | _UNSEEN) == 0
    of_seen, same_text = tf.boolean_mask(classes, seen), ~changes_after(tf.boolean_mask(rows, seen))
    number = of_seen & _NUMBER > 0
    in_number = (of_seen & _POINT > 0) & same_text & before(number) & _after(number & same_text)
    word = (of_seen & _LETTER > 0) | in_number
    joined = tf.concat([word & before(word) & same_text, [False]], axis=0)
    return tf.gather(joined, tf.cumsum(tf.cast(seen, tf.int64), exclusive=True))


def _after(flags: tf.Tensor) -> tf.Tensor:
    """Returns each flag's successor, bool; of the last one false."""
    return tf.concat([flags[1:], tf.zeros_like(flags[:1])], axis=0)


def _following(flags: tf.Tensor) -> tf.Tensor:
    """Returns the first place at or after each one where a flag is set, and for the end, int64 `[places + 1]`."""
    places = tf.concat([tf.where(flags)[:, 0], [tf.size(flags, tf.int64)]], axis=0)
    return tf.gather(places, tf.concat([[0], tf.cumsum(tf.cast(flags, tf.int64))], axis=0))


def _classes_of(points: tf.Tensor) -> tf.Tensor:
    # A text has few different code points, and only these are searched in the table.
    different, which = tf.unique(points)
    classes = _classes()
    return tf.gather(tf.gather(classes.bits, tf.searchsorted(classes.edges, different, side="right") - 1), which)


@functools.cache
def _classes() -> CharacterClasses:
    """Returns what all code points are for the bounds of words."""
    data = unicode_data()
    of = {name: _flags(data[name]) for name in ("word", "punctuation", "numeric", "marks", "removed", "whitespace")}
    unspaced = _flags(_WITHOUT_BLANKS) & ~of["numeric"]
    letters = ((of["word"] & ~of["punctuation"]) | of["numeric"]) & ~unspaced
    unseen = of["removed"] & ~of["whitespace"]
    unseen[ord(_ZERO_WIDTH_SPACE)] = False
    bits = np.zeros(len(letters), np.int32)
    for bit, flags in (
        (_LETTER, letters),
        (_NUMBER, of["numeric"]),
        (_POINT, _of_characters(_POINTS)),
        (_MARK, of["marks"]),
        (_UNSEEN, unseen),
        (_LINE_END, _of_characters(_LINE_ENDS)),
        (_PARAGRAPH_END, _of_characters(_PARAGRAPH_ENDS)),
    ):
        bits[flags] |= bit
    edges = np.flatnonzero(np.diff(bits, prepend=-1))
    return CharacterClasses(edges.astype(np.int32), bits[edges])


def _of_characters(characters: str) -> np.ndarray:
    """Returns whether each code point is one of some characters, bool."""
    return _flags([(ord(character), ord(character)) for character in characters])


def _flags(ranges: list[list[int]] | tuple[tuple[int, int], ...] | list[tuple[int, int]]) -> np.ndarray:
    """Returns whether each code point is in one of some ranges, bool."""
    flags = np.zeros(0x110000, bool)
    for first, last in ranges:
        flags[first : last + 1] = True
    return flags
