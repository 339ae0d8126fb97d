"""Splitting of texts into word pieces in TensorFlow ops: each text by the fastest method that is exact for it."""

import hashlib
import json
import re
import weakref
from collections.abc import Sequence
from functools import cached_property, partial
from typing import Any

import tensorflow as tf
import tensorflow_text as tf_text

from bert_keras.errors import VocabularyError
from bert_keras.text.added_tokens import AddedToken, as_config, matched
from bert_keras.text.character_steps import Characters
from bert_keras.text.marked_texts import MarkedTexts
from bert_keras.text.normalizer import Normalizer
from bert_keras.text.pieces import Pieces, gathered, joined, shards, shifted
from bert_keras.text.pre_tokenizer import PreTokenizer
from bert_keras.text.vocabulary import SPECIAL_TOKENS
from bert_keras.text.word_pieces import WordPieces, words_of
from bert_keras.text.word_rules import WordRules, bert_rules, lowers, splits_ascii_as_bert, strips_accents

MOST_PLAIN = 100
"""The most code points of a word that the fast method for ASCII takes."""

_BEYOND_WORDS = re.compile(r"[\0-\x20\x7f]|.[!-/:-@[-`{-~]|[!-/:-@[-`{-~].", re.DOTALL)
_TEXTS = tf.TensorSpec([None], tf.string)
_IN_USE: "weakref.WeakValueDictionary[str, Splitter]" = weakref.WeakValueDictionary()


def splitter_of(tokens: Sequence[str], rules: WordRules, added: Sequence[AddedToken]) -> "Splitter":
    """Returns the splitter of a tokenizer: one for all tokenizers that split alike, as long as one of them is there.

    To build one and to trace its graphs takes seconds, and a training loads its model several times.

    Args:
        tokens: The tokens of the word-piece model by id.
        rules: The rules.
        added: The added tokens.

    Raises:
        VocabularyError: The rules are not supported, or the vocabulary does not fit them.
    """
    content = json.dumps([list(tokens), rules.config(), as_config(added)], sort_keys=True)
    key = hashlib.sha256(content.encode()).hexdigest()
    found = _IN_USE.get(key)
    if found is None:
        found = _IN_USE[key] = Splitter(tuple(tokens), rules, tuple(added))
    return found


class Splitter:
    """Splits texts into word pieces by the rules of a tokenizer.

    Args:
        tokens: The tokens of the word-piece model by id.
        rules: The rules.
        added: The added tokens.

    Raises:
        VocabularyError: The rules are not supported, or the vocabulary does not fit them.
    """

    def __init__(self, tokens: Sequence[str], rules: WordRules, added: Sequence[AddedToken]) -> None:
        plain_bert = rules == bert_rules(lowers(rules), strips_accents(rules))
        if not plain_bert and any("\0" in token for token in tokens):
            raise VocabularyError("a vocabulary with the character 0 in a token is not supported with such word rules")
        if rules.unknown not in tokens:
            raise VocabularyError(f"the vocabulary lacks the unknown token of its rules. Received: {rules.unknown!r}")
        self._rules, self._tokens = rules, tokens
        self.longest_plain = min(rules.max_word_length, MOST_PLAIN)
        self._lowercase = lowers(rules)
        # Matches printable ASCII without runs of non-blank characters longer than a word may be. For such texts
        # normalisation is only lower-casing, each byte is a code point, and the op for ASCII splits the words itself.
        run = rf"[!-~]{{0,{self.longest_plain}}}"
        self._plain = rf"(?:{run}[ \t\r\n]+)*{run}"
        # Ideographs are put between blanks, which costs time; where texts are split around them all the same they
        # need not be. Not where tokens are looked for in normalised texts, since a token may have an ideograph.
        texts = matched(added)
        isolate = plain_bert and not any(token.normalized for token in texts)
        # Built in eager mode even while a function is traced, so that their models can be constants of every graph.
        with tf.init_scope():
            self._normalizer = Normalizer(rules, spaced_ideographs=not isolate)
            self._pre_tokenizer = PreTokenizer(rules, isolated_ideographs=isolate)
            unmatched = {*SPECIAL_TOKENS, *(f"[repeated {place}]" for place in range(len(tokens)))}
            self._word_pieces = WordPieces(tokens, unmatched, rules)
            self._ascii = self._ascii_op() if self.longest_plain and splits_ascii_as_bert(rules) else None
        self._marked = MarkedTexts(texts, rules, self) if texts else None

    def split(self, texts: tf.Tensor, with_offsets: bool) -> Pieces:
        """Splits texts into pieces: `[batch]` string, with offsets in code points of the texts or without."""
        if self._marked is None:
            return self.split_unmarked(texts, with_offsets)
        return self._run("marked", texts, with_offsets)

    def split_unmarked(self, texts: tf.Tensor, with_offsets: bool) -> Pieces:
        """Splits texts into pieces without looking for added tokens."""
        if self._ascii is None:
            return self._run("any", texts, with_offsets)
        plain = self.are_plain(texts)
        return tf.cond(
            tf.reduce_all(plain),
            lambda: self._run("plain", texts, with_offsets),
            lambda: self._split_mixed(texts, plain, with_offsets),
        )

    def are_plain(self, texts: tf.Tensor) -> tf.Tensor:
        """Returns whether each text is ASCII without control characters and words that are too long, `[batch]` bool."""
        return tf.concat([tf.strings.regex_full_match(shard, self._plain) for shard in shards(texts)], axis=0)

    def split_plain(self, texts: tf.Tensor, with_offsets: bool) -> Pieces:
        """Splits texts that are plain, where the rules have a fast method for these; else as any."""
        return self._run("any" if self._ascii is None else "plain", texts, with_offsets)

    def characters_of(self, texts: tf.Tensor) -> tuple[Characters, tf.Tensor]:
        """Returns the characters of texts without classes, and the index of each text's first, `[batch]` int64.

        Bytes that are not UTF-8 count as U+FFFD.
        """
        decoded = tf.strings.unicode_decode(texts, "UTF-8", errors="replace")
        points = decoded.flat_values
        places = tf.range(tf.size(points, tf.int64))
        return Characters(points, tf.zeros_like(points), decoded.value_rowids(), places), decoded.row_starts()

    def normalized(self, characters: Characters) -> Characters:
        """Returns normalised characters with their classes."""
        return self._normalizer(characters)

    def split_characters(self, normalized: Characters, texts: tf.Tensor, with_offsets: bool) -> Pieces:
        """Splits normalised texts into pieces, with offsets among the characters of all original texts."""
        return self._word_pieces.split(*self._pre_tokenizer(normalized), texts, with_offsets)

    def words(self, texts: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the words of texts `[batch]`, normalised, and the index of each one's text; both `[words]`.

        A word with more code points than are split into pieces is left out.
        """
        return self._words(texts)

    @cached_property
    def _words(self) -> Any:
        return tf.function(self._words_of, input_signature=[_TEXTS], autograph=False)

    def _words_of(self, texts: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        words, rows = words_of(*self._pre_tokenizer(self._normalizer(self.characters_of(texts)[0])))
        kept = words.row_lengths() <= self._rules.max_word_length
        return tf.strings.unicode_encode(tf.ragged.boolean_mask(words, kept), "UTF-8"), tf.boolean_mask(rows, kept)

    @cached_property
    def _graphs(self) -> dict:
        # In eager mode the overhead of calling many small ops exceeds their work. In a graph they would be traced again
        # for each way that leads to them and for each graph, which takes seconds; TensorFlow inlines the calls.
        # Autograph is not needed, and makes tracing slow.
        ways = {"any": self._split_any, "plain": self._split_ascii}
        if self._marked is not None:
            ways["marked"] = self._marked.split
        return {
            (name, offsets): tf.function(partial(way, with_offsets=offsets), input_signature=[_TEXTS], autograph=False)
            for name, way in ways.items()
            for offsets in (False, True)
        }

    def _run(self, way: str, texts: tf.Tensor, with_offsets: bool) -> Pieces:
        return self._graphs[way, with_offsets](texts)

    def _ascii_op(self) -> tf_text.FastWordpieceTokenizer:
        # The op follows a token with a blank or a sign in it beyond the end of a word. No word has such a token: it is
        # replaced by bytes that no text has.
        tokens = [
            b"\xff%d" % place
            if _BEYOND_WORDS.search(token.removeprefix("##")) and token != self._rules.unknown
            else token
            for place, token in enumerate(self._tokens)
        ]
        return tf_text.FastWordpieceTokenizer(
            vocab=tokens,
            suffix_indicator=self._rules.prefix,
            unknown_token=self._rules.unknown,
            max_bytes_per_word=self.longest_plain,
            token_out_type=tf.int32,
            no_pretokenization=False,
            support_detokenization=False,
        )

    def _split_mixed(self, texts: tf.Tensor, plain: tf.Tensor, with_offsets: bool) -> Pieces:
        """Splits plain and other texts separately, each by the fastest exact method, and restores the batch order."""
        parts = (
            self._run("plain", tf.boolean_mask(texts, plain), with_offsets),
            self._run("any", tf.boolean_mask(texts, ~plain), with_offsets),
        )
        order = tf.argsort(tf.concat([tf.where(plain)[:, 0], tf.where(~plain)[:, 0]], axis=0))
        return gathered(joined(parts), order)

    def _split_ascii(self, texts: tf.Tensor, with_offsets: bool) -> Pieces:
        lowered = [tf.strings.lower(shard) if self._lowercase else shard for shard in shards(texts)]
        op = self._ascii
        assert op is not None
        results = [op.tokenize_with_offsets(shard) if with_offsets else (op.tokenize(shard),) for shard in lowered]
        values = tuple(
            tf.concat([ragged.flat_values for ragged in parts], axis=0) for parts in zip(*results, strict=True)
        )
        return Pieces(values, tf.concat([parts[0].row_lengths() for parts in results], axis=0))

    def _split_any(self, texts: tf.Tensor, with_offsets: bool) -> Pieces:
        characters, begins = self.characters_of(texts)
        pieces = self.split_characters(self._normalizer(characters), tf.size(texts, tf.int64), with_offsets)
        return shifted(pieces, -begins)
