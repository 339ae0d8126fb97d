"""Unicode's normal forms NFC, NFD, NFKC and NFKD of many texts at once (Unicode Standard Annex 15), with origins."""

import functools

import numpy as np
import tensorflow as tf

from bert_keras.text.character_steps import Characters, before, changes_after, classes_of, replace_marking
from bert_keras.text.characters import COMBINING, FIRST, LEADS, SECOND, TAILS, VOWELS, CharacterTable, unicode_data

_SYLLABLES = 0xAC00
_MOST_PARTS = 4  # the most characters that a character decomposes into


def normal_form(characters: Characters, table: CharacterTable, composed: bool) -> Characters:
    """Decomposes characters, brings marks into their order, and composes characters again.

    Args:
        characters: The characters.
        table: The decompositions.
        composed: Whether to compose characters: NFC and NFKC.

    Returns:
        The characters. As in the reference, a composed character has the origin of its first part, and where marks
        change places the origins keep theirs.
    """
    decomposed, first = replace_marking(characters, table)
    taken = tf.cast(first, tf.int64)
    out_of_order = tf.reduce_any(
        (_rank(decomposed)[1:] > 0)
        & (_rank(decomposed)[:-1] > _rank(decomposed)[1:])
        & (decomposed.rows[1:] == decomposed.rows[:-1])
    )
    new, taken = tf.cond(out_of_order, lambda: _reorder(decomposed, taken), lambda: (decomposed, taken))
    if composed:
        new, taken = tf.cond(
            tf.reduce_any(new.classes & SECOND > 0), lambda: _compose(new, taken), lambda: (new, taken)
        )
    # Each new character took a number of the old ones; one that took none shares the one before.
    places = tf.cumsum(taken, exclusive=True) - tf.cast(taken == 0, tf.int64)
    return new._replace(origins=tf.gather(characters.origins, places))


def _rank(characters: Characters) -> tf.Tensor:
    return characters.classes & COMBINING


def _reorder(characters: Characters, taken: tf.Tensor) -> tuple[Characters, tf.Tensor]:
    """Sorts the marks after each starter by their combining class; those of one class keep their order."""
    rank = _rank(characters)
    runs = tf.cumsum(tf.cast((rank == 0) | characters.begins(), tf.int64))
    order = tf.argsort(runs * (COMBINING + 1) + tf.cast(rank, tf.int64), stable=True)
    return characters.take(order), tf.gather(taken, order)


def _compose(characters: Characters, taken: tf.Tensor) -> tuple[Characters, tf.Tensor]:
    """Joins starters with what follows them, and counts what each took."""
    head, places, heads = _blocks(characters)
    found, took, absorbed = _join(characters, head, places, heads, taken)
    starts = tf.gather(places, heads)
    points = tf.tensor_scatter_nd_update(characters.points, starts[:, tf.newaxis], found)
    taken = tf.tensor_scatter_nd_add(taken, starts[:, tf.newaxis], took)
    gone = tf.boolean_mask(places, absorbed)
    kept = tf.tensor_scatter_nd_update(
        tf.fill(tf.shape(points), True), gone[:, tf.newaxis], tf.fill(tf.shape(gone), False)
    )
    classes = tf.tensor_scatter_nd_update(characters.classes, starts[:, tf.newaxis], classes_of(found))
    new = characters._replace(points=points, classes=classes)
    return new.keep(kept), tf.boolean_mask(taken, kept)


def _blocks(characters: Characters) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Finds the starters that may be the first of a pair, and the characters that may be joined to each.

    Returns:
        The number of each character's block, the places of the blocks' characters, and the index of each block's first
        character among these; int64.
    """
    rank, second = _rank(characters), characters.classes & SECOND > 0
    begins = characters.begins() | ((rank == 0) & ~second)
    number = tf.cumsum(tf.cast(begins, tf.int64)) - 1
    heads = tf.boolean_mask(characters.classes & FIRST > 0, begins)
    seconds = tf.math.unsorted_segment_max(tf.cast(second, tf.int32), number, tf.size(heads))
    used = tf.gather(heads & (seconds > 0), number)
    # A starter takes at most three others, so that of a long run of one class only the first few can matter.
    same = before(~changes_after(number)) & ~changes_after(number)
    run = same & ~changes_after(rank)
    earlier = run
    for _ in range(_MOST_PARTS):
        earlier = before(earlier)
        run &= earlier
    places = tf.where(used & ~run)[:, 0]
    number = tf.gather(number, places)
    return number, places, tf.where(changes_after(number))[:, 0]


def _join(
    characters: Characters, number: tf.Tensor, places: tf.Tensor, heads: tf.Tensor, taken: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Composes all blocks at once, one character of each in each round.

    Returns:
        The first character of each block after composition, how many old characters it took more, and whether each of
        the blocks' characters is gone into one.
    """
    points, ranks, taken = (tf.gather(values, places) for values in (characters.points, _rank(characters), taken))
    size = tf.size(places, tf.int64)
    ends = tf.concat([heads[1:], [size]], axis=0)

    def round_(place: tf.Tensor, *state: tf.Tensor) -> tuple[tf.Tensor, ...]:
        head, last, open_, took, gone = state
        index = tf.minimum(heads + place, size - 1)
        rank, point = tf.gather(ranks, index), tf.gather(points, index)
        open_ &= heads + place < ends
        composed = tf.where(open_ & ((last == 0) | (last < rank)), _composition(head, point), 0)
        joined = composed > 0
        gone = tf.tensor_scatter_nd_update(
            gone, tf.boolean_mask(index, joined)[:, tf.newaxis], tf.boolean_mask(joined, joined)
        )
        took += tf.where(joined, tf.gather(taken, index), 0)
        last = tf.where(open_ & ~joined, rank, last)
        return place + 1, tf.where(joined, composed, head), last, open_ & (joined | (rank > 0)), took, gone

    head = tf.gather(points, heads)
    start = (
        tf.constant(1, tf.int64),
        head,
        tf.zeros_like(head),
        tf.ones_like(head, tf.bool),
        tf.zeros_like(heads),
        tf.zeros_like(places, tf.bool),
    )
    _, head, _, _, took, gone = tf.while_loop(lambda place, a, b, open_, *_: tf.reduce_any(open_), round_, start)
    return head, took, gone


def _composition(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
    """Returns what pairs of code points are composed to, 0 where to nothing, int32."""
    keys, values = _pairs()
    key = tf.cast(first, tf.int64) * 2**21 + tf.cast(second, tf.int64)
    slots = tf.minimum(tf.searchsorted(keys, key), len(keys) - 1)
    paired = tf.where(tf.gather(keys, slots) == key, tf.gather(values, slots), 0)
    syllable = first - _SYLLABLES
    open_syllable = (syllable >= 0) & (syllable < len(LEADS) * len(VOWELS) * (len(TAILS) + 1))
    open_syllable &= syllable % (len(TAILS) + 1) == 0
    lead, vowel, tail = first - LEADS[0], second - VOWELS[0], second - TAILS[0]
    two = _SYLLABLES + (lead * len(VOWELS) + vowel) * (len(TAILS) + 1)
    is_two = (lead >= 0) & (lead < len(LEADS)) & (vowel >= 0) & (vowel < len(VOWELS))
    is_three = open_syllable & (tail >= 0) & (tail < len(TAILS))
    return tf.where(is_two, two, tf.where(is_three, first + tail + 1, paired))


@functools.cache
def _pairs() -> tuple[np.ndarray, np.ndarray]:
    composed = sorted((ord(pair[0]) * 2**21 + ord(pair[1]), ord(c)) for pair, c in unicode_data()["composed"].items())
    return np.array([key for key, _ in composed], np.int64), np.array([value for _, value in composed], np.int32)
