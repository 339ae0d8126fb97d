"""Steps that change the characters of many texts at once, and keep from which character each one came.

All texts of a batch are one row of code points. A step returns new code points with their origins as the reference's
`NormalizedString` aligns them: a new character has the origin of the one it replaces; one that is put in has the origin
of the one before it.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from bert_keras.text.characters import WHITESPACE, CharacterTable, character_classes


class Characters(NamedTuple):
    """The code points of a batch of texts; all `[code points]`.

    Attributes:
        points: The code points, int32.
        classes: Their classes, int32; see `characters`.
        rows: The index of each one's text, int64, ascending.
        origins: The index of the code point that each came from, among those of all original texts, int64.
    """

    points: tf.Tensor
    classes: tf.Tensor
    rows: tf.Tensor
    origins: tf.Tensor

    def take(self, places: tf.Tensor) -> "Characters":
        """Returns the characters at some places."""
        return Characters(*(tf.gather(values, places) for values in self))

    def keep(self, kept: tf.Tensor) -> "Characters":
        """Returns the characters that a mask keeps."""
        return Characters(*(tf.boolean_mask(values, kept) for values in self))

    def begins(self) -> tf.Tensor:
        """Returns whether each is the first of its text, bool."""
        return changes_after(self.rows)


def changes_after(values: tf.Tensor) -> tf.Tensor:
    """Returns whether each value differs from the one before it; the first does."""
    return tf.concat([tf.ones_like(values[:1], tf.bool), values[1:] != values[:-1]], axis=0)


def before(flags: tf.Tensor, first: bool = False) -> tf.Tensor:
    """Returns each flag's predecessor, bool; of the first one `first`."""
    return tf.concat([tf.fill(tf.shape(flags[:1]), first), flags[:-1]], axis=0)


def replace(characters: Characters, table: CharacterTable) -> Characters:
    """Replaces each code point by what a table says, which may be none or several."""
    return replace_marking(characters, table)[0]


def replace_marking(characters: Characters, table: CharacterTable) -> tuple[Characters, tf.Tensor]:
    """Does as `replace`, and returns too whether each new code point is the first of its replacement, bool."""
    # A text has few different code points, and only these are searched in the tables, which makes this fast.
    different, which = tf.unique(characters.points)
    changed = tf.constant(table.changed)  # once: an array given to each op would be in the graph as often
    slots = tf.minimum(tf.searchsorted(changed, different), len(table.changed) - 1)
    changes = tf.gather(changed, slots) == different
    lengths = tf.where(changes, tf.gather(table.lengths, slots), 1)
    offsets = tf.where(changes, tf.gather(table.offsets, slots), -1)

    counts = tf.gather(lengths, which)
    origins = tf.repeat(tf.range(tf.size(which)), counts)
    within = tf.range(tf.size(origins)) - tf.gather(tf.cumsum(counts, exclusive=True), origins)
    which = tf.gather(which, origins)
    offsets = tf.gather(offsets, which)
    changes, places = offsets >= 0, tf.maximum(offsets, 0) + within

    def new(unchanged: tf.Tensor, replacements: np.ndarray) -> tf.Tensor:
        return tf.where(changes, tf.gather(replacements, tf.where(changes, places, 0)), tf.gather(unchanged, which))

    result = Characters(
        points=new(different, table.replacements),
        classes=new(classes_of(different), table.classes),
        rows=tf.gather(characters.rows, origins),
        origins=tf.gather(characters.origins, origins),
    )
    return result, within == 0


def classes_of(points: tf.Tensor) -> tf.Tensor:
    """Returns the classes of code points, int32."""
    classes = character_classes()
    return tf.gather(classes.bits, tf.searchsorted(classes.edges, points, side="right") - 1)


def strip(characters: Characters, left: bool, right: bool) -> Characters:
    """Removes the white space at the left and right end of each text."""
    solid = tf.where(characters.classes & WHITESPACE == 0)[:, 0]
    rows = tf.gather(characters.rows, solid)
    count = 1 + tf.reduce_max(tf.concat([[-1], characters.rows], axis=0))
    places = tf.range(tf.size(characters.rows, tf.int64))
    kept = tf.fill(tf.shape(characters.rows), True)
    if left:
        kept &= places >= tf.gather(tf.math.unsorted_segment_min(solid, rows, count), characters.rows)
    if right:
        kept &= places <= tf.gather(tf.math.unsorted_segment_max(solid, rows, count), characters.rows)
    return characters.keep(kept)


def replace_text(characters: Characters, pattern: np.ndarray, content: np.ndarray) -> Characters:
    """Replaces a text by another.

    Args:
        characters: The characters.
        pattern: The code points of the text to replace, `[at least one]` int32.
        content: The code points to put there, int32.

    Returns:
        The characters with each occurrence replaced, from the left; occurrences do not overlap.
    """
    size = tf.size(characters.points)
    starts = _apart(_occurrences(characters, pattern), len(pattern))
    edge = tf.scatter_nd(starts[:, tf.newaxis], tf.ones_like(starts), [size + 1])
    edge -= tf.scatter_nd(starts[:, tf.newaxis] + len(pattern), tf.ones_like(starts), [size + 1])
    inside = tf.cumsum(edge)[:-1] > 0
    lasts = starts + len(pattern) - 1
    is_last = tf.scatter_nd(lasts[:, tf.newaxis], tf.ones_like(lasts), [size]) > 0
    counts = tf.where(is_last, len(content), tf.where(inside, 0, 1))
    origins = tf.repeat(tf.range(size), counts)
    within = tf.range(tf.size(origins)) - tf.gather(tf.cumsum(counts, exclusive=True), origins)
    is_new = tf.gather(is_last, origins)
    taken = characters.take(origins)
    # The code points to put in are never empty here, so that there is one to gather.
    filled = content if len(content) else np.zeros(1, np.int32)

    def new(values: np.ndarray, kept: tf.Tensor) -> tf.Tensor:
        return tf.where(is_new, tf.gather(values, tf.where(is_new, within, 0)), kept)

    classes = character_classes().of(filled)
    return taken._replace(points=new(filled, taken.points), classes=new(classes, taken.classes))


def _occurrences(characters: Characters, pattern: np.ndarray) -> tf.Tensor:
    """Returns where a text occurs, overlaps included, int32."""
    count = tf.maximum(tf.size(characters.points) - len(pattern) + 1, 0)
    found = characters.rows[:count] == characters.rows[len(pattern) - 1 :][:count]
    for place, point in enumerate(pattern.tolist()):
        found &= characters.points[place : place + count] == point
    return tf.cast(tf.where(found)[:, 0], tf.int32)


def _apart(starts: tf.Tensor, length: int) -> tf.Tensor:
    """Returns of ascending starts those that are found from the left if each takes `length`.

    The first is found, and after each the next one that is far enough; the number of steps is doubled in each round.
    """
    count = tf.size(starts)
    following = tf.concat([tf.searchsorted(starts, starts + length), [count]], axis=0)
    found = tf.concat([tf.ones_like(starts[:1]), tf.zeros_like(starts)], axis=0)[: count + 1]

    def double(step: tf.Tensor, found: tf.Tensor, following: tf.Tensor) -> tuple[tf.Tensor, ...]:
        reached = tf.tensor_scatter_nd_max(found, following[:, tf.newaxis], found)
        return step * 2, reached, tf.gather(following, following)

    _, found, _ = tf.while_loop(lambda step, *_: step <= count, double, (tf.constant(1), found, following))
    return tf.boolean_mask(starts, found[:count] > 0)
