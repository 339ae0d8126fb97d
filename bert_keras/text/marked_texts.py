"""Splitting of texts in which added tokens are found whole, as in `tokenizers`' AddedVocabulary."""

from collections.abc import Sequence
from typing import Protocol

import tensorflow as tf

from bert_keras.errors import VocabularyError
from bert_keras.text.added_tokens import AddedToken
from bert_keras.text.character_steps import Characters, classes_of
from bert_keras.text.pieces import Pieces, gathered, joined, shards, shifted
from bert_keras.text.token_finder import Parts, TokenFinder, literal
from bert_keras.text.word_rules import WordRules, steps

_ASCII = r"[\t\n\r -~]*"


class Unmarked(Protocol):
    """What splits the text between added tokens."""

    def split_unmarked(self, texts: tf.Tensor, with_offsets: bool) -> Pieces:
        """Splits texts into pieces."""

    def characters_of(self, texts: tf.Tensor) -> tuple[Characters, tf.Tensor]:
        """Returns the characters of texts, and the index of each text's first."""

    def normalized(self, characters: Characters) -> Characters:
        """Returns normalised characters."""

    def split_characters(self, normalized: Characters, texts: tf.Tensor, with_offsets: bool) -> Pieces:
        """Splits normalised texts into pieces."""


class MarkedTexts:
    """Splits texts with added tokens.

    Args:
        tokens: The added tokens to find; at least one.
        rules: The rules for the text between them.
        unmarked: What splits that text.
    """

    def __init__(self, tokens: Sequence[AddedToken], rules: WordRules, unmarked: Unmarked) -> None:
        self._unmarked = unmarked
        exact, normalized = ([one for one in tokens if one.normalized is kind] for kind in (False, True))
        with tf.init_scope():
            contents = self._normalized_contents([token.content for token in normalized])
            _check_contents(normalized, contents)
            self._exact = TokenFinder(exact, [token.content for token in exact]) if exact else None
            self._normalized = TokenFinder(normalized, contents) if contents else None
        self._may_hold = self._candidate_pattern(rules)

    def split(self, texts: tf.Tensor, with_offsets: bool) -> Pieces:
        """Splits texts into pieces; see `Splitter.split`."""
        held = self.may_hold(texts)
        return tf.cond(
            tf.reduce_any(held),
            lambda: self._split_some(texts, held, with_offsets),
            lambda: self._unmarked.split_unmarked(texts, with_offsets),
        )

    def may_hold(self, texts: tf.Tensor) -> tf.Tensor:
        """Returns which texts may hold an added token, `[batch]` bool: all that do, and some others."""
        held = [tf.strings.regex_full_match(shard, self._may_hold) for shard in shards(texts)]
        if self._normalized is None:
            return tf.concat(held, axis=0)
        ascii_only = [tf.strings.regex_full_match(shard, _ASCII) for shard in shards(texts)]
        return tf.concat([one | ~plain for one, plain in zip(held, ascii_only, strict=True)], axis=0)

    def _normalized_contents(self, contents: Sequence[str]) -> list[str]:
        characters, _ = self._unmarked.characters_of(tf.constant(contents, tf.string, [len(contents)]))
        new = self._unmarked.normalized(characters)
        rows = tf.RaggedTensor.from_value_rowids(new.points, new.rows, nrows=len(contents))
        return [text.decode() for text in tf.strings.unicode_encode(rows, "UTF-8").numpy()]

    def _candidate_pattern(self, rules: WordRules) -> str:
        exact = [] if self._exact is None else [self._exact.pattern]
        if self._normalized is None:
            return rf"\C*(?:{''.join(exact)})\C*"
        if any(step["type"] == "Replace" for step in steps(rules.normalizer, "normalizers")):
            return r"\C*"  # what a token looks like before replacements is not known
        # Of plain ASCII a normalizer only changes the case, and white space to blanks.
        folded = "|".join(literal(content, blank=r"[\t\n\r ]") for content in self._normalized.contents)
        return rf"\C*(?:{'|'.join([*exact, f'(?i:{folded})'])})\C*"

    def _split_some(self, texts: tf.Tensor, held: tf.Tensor, with_offsets: bool) -> Pieces:
        """Splits texts of which some may hold added tokens."""
        chosen = tf.boolean_mask(texts, held)
        others = tf.boolean_mask(texts, ~held)
        places = tf.concat([tf.where(~held)[:, 0], tf.where(held)[:, 0]], axis=0)
        if self._normalized is None:
            pieces, units = self._split_exact(chosen, others, with_offsets)
        else:
            found = self._split_normalized(chosen, with_offsets)
            pieces = joined([self._unmarked.split_unmarked(others, with_offsets), found])
            units = tf.range(tf.size(texts, tf.int64))
        # Each text consists of units: itself, or the parts between and at its tokens.
        row = tf.gather(places, units)
        order = tf.argsort(row, stable=True)
        pieces = gathered(pieces, order)
        count = tf.size(texts, tf.int64)
        lengths = tf.math.unsorted_segment_sum(pieces.row_lengths, tf.gather(row, order), count)
        return Pieces(pieces.values, lengths)

    def _split_exact(self, chosen: tf.Tensor, others: tf.Tensor, with_offsets: bool) -> tuple[Pieces, tf.Tensor]:
        """Splits texts at tokens that are found as they are.

        Returns:
            The pieces of the other texts and of the parts of the chosen ones, and the index of each one's text, with
            the other texts first.
        """
        characters, parts, begins = self._exact_parts(chosen)
        texts = parts.characters(characters)
        count = tf.size(parts.ids, tf.int64)
        rows = tf.RaggedTensor.from_value_rowids(texts.points, texts.rows, nrows=count, validate=False)
        strings = tf.strings.unicode_encode(rows, "UTF-8")
        other = tf.size(others, tf.int64)
        pieces = self._unmarked.split_unmarked(tf.concat([others, strings], axis=0), with_offsets)
        begin = parts.starts - tf.gather(begins, parts.rows)
        pieces = shifted(pieces, tf.concat([tf.zeros_like(others, tf.int64), begin], axis=0))
        # A token that was found has no text here: its row is empty, and gets the token as its only piece.
        is_token = tf.concat([tf.zeros_like(others, tf.bool), parts.ids >= 0], axis=0)
        tokens = _pieces_of_tokens(parts, begin, with_offsets)
        lengths = tf.concat([pieces.row_lengths, tokens.row_lengths], axis=0)
        index = tf.cumsum(tf.cast(is_token, tf.int64), exclusive=True) + tf.size(is_token, tf.int64)
        order = tf.where(is_token, index, tf.range(tf.size(is_token, tf.int64)))
        both = Pieces(joined([pieces, tokens]).values, lengths)
        units = tf.concat([tf.range(other), other + parts.rows], axis=0)
        return gathered(both, order), units

    def _exact_parts(self, texts: tf.Tensor) -> tuple[Characters, Parts, tf.Tensor]:
        """Divides texts at the tokens that are found as they are."""
        characters, begins = self._unmarked.characters_of(texts)
        count = tf.size(texts, tf.int64)
        if self._exact is None:
            rows = tf.range(count)
            ends = tf.concat([begins[1:], [tf.size(characters.points, tf.int64)]], axis=0)[:count]
            return characters, Parts(tf.fill([count], -1), rows, begins, ends), begins
        if self._exact.needs_classes:
            characters = characters._replace(classes=classes_of(characters.points))
        return characters, self._exact.divide(characters, count), begins

    def _split_normalized(self, texts: tf.Tensor, with_offsets: bool) -> Pieces:
        """Splits texts at tokens, of which some are found in the normalised text between the others."""
        characters, outer, begins = self._exact_parts(texts)
        normalized = self._unmarked.normalized(outer.characters(characters))
        outer_count = tf.size(outer.ids, tf.int64)
        assert self._normalized is not None
        inner = self._normalized.divide(normalized, outer_count)
        inner_count = tf.size(inner.ids, tf.int64)
        words = self._unmarked.split_characters(inner.characters(normalized), inner_count, with_offsets)
        inner_rows = tf.gather(outer.rows, inner.rows)
        words = shifted(words, -tf.gather(begins, inner_rows))

        origins = tf.concat([normalized.origins, [0]], axis=0)
        first = tf.gather(origins, inner.starts) - tf.gather(begins, inner_rows)
        last = tf.gather(origins, inner.ends - 1) + 1 - tf.gather(begins, inner_rows)
        found = _pieces_of_tokens(inner._replace(ends=inner.starts + last - first), first, with_offsets)
        outer_found = _pieces_of_tokens(outer, outer.starts - tf.gather(begins, outer.rows), with_offsets)
        # All in the order of the outer parts, and of the inner parts within these.
        keys = [inner.rows * (inner_count + 1) + tf.range(inner_count)]
        keys.append(tf.boolean_mask(keys[0], inner.ids >= 0))
        keys.append(tf.boolean_mask(tf.range(outer_count) * (inner_count + 1), outer.ids >= 0))
        rows = [inner_rows, tf.boolean_mask(inner_rows, inner.ids >= 0), tf.boolean_mask(outer.rows, outer.ids >= 0)]
        order = tf.argsort(tf.concat(keys, axis=0), stable=True)
        pieces = gathered(joined([words, found, outer_found]), order)
        lengths = tf.math.unsorted_segment_sum(
            pieces.row_lengths, tf.gather(tf.concat(rows, axis=0), order), tf.size(texts, tf.int64)
        )
        return Pieces(pieces.values, lengths)


def _check_contents(tokens: Sequence[AddedToken], contents: Sequence[str]) -> None:
    """Checks that each token has a normalised form of its own."""
    first: dict[str, AddedToken] = {}
    for token, content in zip(tokens, contents, strict=True):
        if not content:
            raise VocabularyError(
                "an added token is empty in its normalised form, so that the reference finds it between all "
                f"characters; drop it, or set its normalized to false. Received: {token.content!r}"
            )
        other = first.setdefault(content, token)
        if other is not token:
            raise VocabularyError(
                "two added tokens have one normalised form, and the reference finds now one, now the other; drop one, "
                f"or set its normalized to false. Received: {other.content!r} and {token.content!r}, both {content!r}"
            )


def _pieces_of_tokens(parts: Parts, begin: tf.Tensor, with_offsets: bool) -> Pieces:
    """Returns each token among parts as the only piece of a row; `begin` is each part's first code point."""
    found = parts.ids >= 0
    ids, begin, lengths = (tf.boolean_mask(v, found) for v in (parts.ids, begin, parts.ends - parts.starts))
    return Pieces((ids, begin, begin + lengths) if with_offsets else (ids,), tf.ones_like(begin))
