"""Finding of added tokens in texts as the reference does: leftmost first, the longest of those that begin there.

The reference looks for tokens twice: in the texts as they are, then, in what is left of them, in normalised form.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf
import tensorflow_text as tf_text

from bert_keras.text.added_tokens import AddedToken
from bert_keras.text.character_steps import Characters
from bert_keras.text.characters import WHITESPACE, WORD
from bert_keras.text.word_pieces import utf8_length

_ESCAPED = re.compile(r"[^0-9A-Za-z]")


class Parts(NamedTuple):
    """What texts are divided into: tokens that were found, and what is between them; `[parts]`, in order.

    Attributes:
        ids: The token id of each token that was found, -1 for text, int32.
        rows: The index of each part's text, int64.
        starts: The index of the first character among those of all texts, int64.
        ends: The end, exclusive, int64.
    """

    ids: tf.Tensor
    rows: tf.Tensor
    starts: tf.Tensor
    ends: tf.Tensor

    def characters(self, characters: Characters) -> Characters:
        """Returns the characters of the parts that are text, whose rows are the numbers of the parts."""
        lengths = tf.where(self.ids < 0, self.ends - self.starts, 0)
        part = tf.repeat(tf.range(tf.size(lengths, tf.int64)), lengths)
        within = tf.range(tf.size(part, tf.int64)) - tf.gather(tf.cumsum(lengths, exclusive=True), part)
        return characters.take(tf.gather(self.starts, part) + within)._replace(rows=part)


class TokenFinder:
    """Finds tokens in texts.

    Args:
        tokens: The tokens to find.
        contents: The text to look for in place of each token's content; no two the same.
    """

    def __init__(self, tokens: Sequence[AddedToken], contents: Sequence[str]) -> None:
        found = dict(zip(contents, tokens, strict=True))
        self.contents = sorted(found, key=lambda content: len(content.encode()), reverse=True)
        self._for_zero = next(code for code in range(1, 128) if chr(code) not in "".join(self.contents))
        self.pattern = "|".join(map(literal, self.contents))
        with tf.init_scope():
            keys = _keys(tf.constant(self.contents)).numpy()
        order = np.argsort(keys)
        chosen = [found[self.contents[place]] for place in order]
        self._keys, self._texts = keys[order], [self.contents[place].encode() for place in order]
        self._ids = np.array([token.id for token in chosen], np.int32)
        self._flags = {
            name: np.array([getattr(token, name) for token in chosen], bool)
            for name in ("lstrip", "rstrip", "single_word")
        }

    @property
    def needs_classes(self) -> bool:
        """Whether the classes of characters decide what is found."""
        return any(flags.any() for flags in self._flags.values())

    def divide(self, characters: Characters, rows: tf.Tensor) -> Parts:
        """Divides texts at the tokens.

        Args:
            characters: The characters of the texts.
            rows: The number of texts, scalar int64.

        Returns:
            The parts of all texts; an empty text has none.
        """
        edges = tf.searchsorted(characters.rows, tf.range(rows + 1), side="left", out_type=tf.int64)
        # The op ends at a character 0, which no token has.
        points = tf.where(characters.points == 0, self._for_zero, characters.points)
        texts = tf.RaggedTensor.from_row_splits(points, edges, validate=False)
        pieces, begins, _ = tf_text.regex_split_with_offsets(
            tf.strings.unicode_encode(texts, "UTF-8"), self.pattern, self.pattern
        )
        row, contents = pieces.value_rowids(), pieces.flat_values
        slots = tf.minimum(tf.searchsorted(self._keys, _keys(contents)), len(self._keys) - 1)
        is_token = tf.gather(tf.constant(self._texts), slots) == contents
        row, slots, contents, begins = (
            tf.boolean_mask(values, is_token) for values in (row, slots, contents, begins.flat_values)
        )
        lengths = utf8_length(characters.points)
        after = tf.cumsum(lengths)
        start_byte = begins + tf.gather(tf.concat([[0], after], axis=0), tf.gather(edges, row))
        start = tf.searchsorted(after, start_byte, side="right", out_type=tf.int64)
        end = start + tf.cast(tf.strings.length(contents, unit="UTF8_CHAR"), tf.int64)
        ids, row, start, end = self._with_flags(characters, edges, row, slots, start, end)
        return _parts(ids, row, start, end, edges)

    def _with_flags(
        self,
        characters: Characters,
        edges: tf.Tensor,
        row: tf.Tensor,
        slots: tf.Tensor,
        start: tf.Tensor,
        end: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        """Drops tokens that are no single words, and extends others over white space: ids, rows, starts, ends."""
        first, last = tf.gather(edges, row), tf.gather(edges, row + 1)
        if self._flags["single_word"].any():
            padded = tf.concat([[0], characters.classes & WORD, [0]], axis=0)
            joined = ((start > first) & (tf.gather(padded, start) > 0)) | (
                (end < last) & (tf.gather(padded, end + 1) > 0)
            )
            alone = ~(joined & tf.gather(self._flags["single_word"], slots))
            row, slots, start, end, first, last = (
                tf.boolean_mask(values, alone) for values in (row, slots, start, end, first, last)
            )
        solid = tf.where(characters.classes & WHITESPACE == 0)[:, 0] if self.needs_classes else start
        if self._flags["rstrip"].any():
            padded = tf.concat([solid, [tf.int64.max]], axis=0)
            beyond = tf.gather(padded, tf.searchsorted(solid, end, side="left"))
            end = tf.where(tf.gather(self._flags["rstrip"], slots), tf.minimum(beyond, last), end)
        if self._flags["lstrip"].any():
            padded = tf.concat([[-1], solid], axis=0)
            before = tf.gather(padded, tf.searchsorted(solid, start, side="left")) + 1
            before = tf.maximum(before, _previous_ends(row, end, first))
            start = tf.where(tf.gather(self._flags["lstrip"], slots), before, start)
        return tf.gather(self._ids, slots), row, start, end


def literal(content: str, blank: str | None = None) -> str:
    """Returns the regular expression of a text.

    Args:
        content: The text.
        blank: The expression to put for a blank.

    Returns:
        The expression, for RE2.
    """

    def escape(found: re.Match[str]) -> str:
        return blank if blank is not None and found[0] == " " else f"\\x{{{ord(found[0]):x}}}"

    return _ESCAPED.sub(escape, content)


def _keys(texts: tf.Tensor) -> tf.Tensor:
    return tf.strings.to_hash_bucket_fast(texts, 2**62)


def _previous_ends(row: tf.Tensor, end: tf.Tensor, first: tf.Tensor) -> tf.Tensor:
    """Returns the end of the token before each one in its text, or where the text begins."""
    same = row[1:] == row[:-1]
    return tf.concat([first[:1], tf.where(same, end[:-1], first[1:])], axis=0)


def _parts(ids: tf.Tensor, row: tf.Tensor, start: tf.Tensor, end: tf.Tensor, edges: tf.Tensor) -> Parts:
    """Puts the text between tokens to the tokens."""
    rows = tf.range(tf.size(edges, tf.int64) - 1)
    count = tf.size(row, tf.int64)
    # The last token of each row, if it has one, ends where the rest of the row begins.
    index = tf.searchsorted(row, rows, side="right", out_type=tf.int64) - 1
    padded_row, padded_end = tf.concat([row, [-1]], axis=0), tf.concat([end, [0]], axis=0)
    has_token = tf.gather(padded_row, tf.maximum(index, 0)) == rows
    rest = tf.where(has_token, tf.gather(padded_end, tf.maximum(index, 0)), edges[:-1])

    between = Parts(tf.fill(tf.shape(ids), -1), row, _previous_ends(row, end, tf.gather(edges, row)), start)
    tails = Parts(tf.fill(tf.shape(rows), -1), rows, rest, edges[1:])
    tokens = Parts(ids, row, start, end)
    everything = Parts(*(tf.concat(values, axis=0) for values in zip(between, tokens, tails, strict=True)))
    number = tf.range(count)
    within = tf.concat([2 * number, 2 * number + 1, tf.fill(tf.shape(rows), 2 * count)], axis=0)
    order = tf.argsort(everything.rows * (2 * count + 1) + within)
    # A token of white space alone is empty where the one before it has taken that in.
    order = tf.boolean_mask(order, tf.gather(everything.starts < everything.ends, order))
    return Parts(*(tf.gather(values, order) for values in everything))
