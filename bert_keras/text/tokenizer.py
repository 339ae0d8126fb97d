"""BERT's tokenizer in TensorFlow ops, the same in `tf.data`, in training and inside a SavedModel."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import keras
import keras_hub
import tensorflow as tf
import tensorflow_text as tf_text

from bert_keras.errors import InputError, VocabularyError
from bert_keras.text.added_tokens import AddedToken, added_token, as_config
from bert_keras.text.characters import character_table
from bert_keras.text.distinct_words import is_arrow, tokenize_distinct
from bert_keras.text.vocabulary import SPECIAL_TOKENS, check_vocabulary, read_vocabulary
from bert_keras.text.word_rules import WordRules, bert_rules, lowers, strips_accents
from bert_keras.text.words import split_words, to_code_points

MAX_WORD_LENGTH = 100  # code points; the reference maps longer words to [UNK]
_LONGEST_WORD_BYTES = 4 * MAX_WORD_LENGTH
_SHARDS = 4
_VOCABULARY_FILE = "vocabulary.txt"
# Matches printable ASCII without runs of non-blank characters longer than a word may be. For such texts normalisation
# is only lower-casing, each byte is a code point, and the word-piece op splits the words itself.
_PLAIN = rf"(?:[!-~]{{0,{MAX_WORD_LENGTH}}}[ \t\r\n]+)*[!-~]{{0,{MAX_WORD_LENGTH}}}"


_TEXTS = tf.TensorSpec([None], tf.string)


class _Pieces(NamedTuple):
    """The word pieces of all texts of a batch, concatenated.

    Attributes:
        values: The ids int32, and with offsets also the starts and ends int64, each `[pieces]`.
        row_lengths: The number of pieces of each text, `[batch]` int64.
    """

    values: tuple[tf.Tensor, ...]
    row_lengths: tf.Tensor


@keras.saving.register_keras_serializable(package="bert_keras")
class BertTokenizer(keras_hub.tokenizers.Tokenizer):
    """Splits strings into word pieces exactly as the original BERT does, with offsets, in TensorFlow ops only.

    Ids and offsets equal those of `tokenizers.BertWordPieceTokenizer` for every string, with one intended exception:
    text that looks like a special token ("[SEP]") is plain text. Bytes that are not UTF-8 count as U+FFFD. The method
    is WordPiece (Wu et al. 2016, section 4.1) with the pre-processing of the BERT release (Devlin et al. 2019); the
    search for the longest pieces is LinMaxMatch (Song et al. 2021) of tensorflow-text.

    Args:
        vocabulary: The path of a `vocab.txt` or `tokenizer.json`, or the tokens in the order of their ids. None only
            while a preset is being loaded, which sets it from its assets.
        lowercase: Whether the model was trained on lower-cased text ("uncased").
        strip_accents: Whether to remove accents; None means the value of `lowercase`, as in the reference.
        **kwargs: The arguments of a Keras layer: `name`, `dtype`.

    Raises:
        VocabularyError: The vocabulary cannot be read or lacks a special token.
    """

    backbone_cls = None

    def __init__(
        self,
        vocabulary: str | Path | Iterable[str] | None = None,
        *,
        lowercase: bool | None = None,
        strip_accents: bool | None = None,
        rules: WordRules | Mapping[str, Any] | None = None,
        added_tokens: Sequence[AddedToken | Mapping[str, Any]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(dtype=kwargs.pop("dtype", "int32"), **kwargs)
        if rules is None and lowercase is None:
            raise InputError("a tokenizer needs lowercase, true or false, or rules. Received: neither")
        given = bert_rules(bool(lowercase), strip_accents) if rules is None else rules
        self.rules = given if isinstance(given, WordRules) else WordRules(**given)
        self.lowercase, self.strip_accents = lowers(self.rules), strips_accents(self.rules)
        self._added = [added_token(token) for token in added_tokens]
        if self._added or self.rules != bert_rules(self.lowercase, self.strip_accents):
            raise VocabularyError("rules and added tokens are not there yet")
        self.file_assets = [_VOCABULARY_FILE]
        self._tokens: list[str] = []
        if vocabulary is not None:
            self.set_vocabulary(vocabulary)
        self.built = True

    def set_vocabulary(self, vocabulary: str | Path | Iterable[str]) -> None:
        """Sets the vocabulary, given as the path of a file or as the tokens in the order of their ids."""
        if isinstance(vocabulary, str | Path):
            self._tokens = check_vocabulary(read_vocabulary(vocabulary), str(vocabulary))
        else:
            self._tokens = check_vocabulary(vocabulary, "the tokens given")
        self._ids = {token: place for place, token in enumerate(self._tokens)}
        self._table = character_table(self.lowercase, self.strip_accents)
        # Built in eager mode even while a function is traced, so that their models can be constants of every graph.
        with tf.init_scope():
            self._of_plain_text = self._word_piece(no_pretokenization=False, max_bytes_per_word=MAX_WORD_LENGTH)
            self._of_words = self._word_piece(no_pretokenization=True, max_bytes_per_word=_LONGEST_WORD_BYTES)
        # In eager mode the overhead of calling many small ops exceeds their work, so they run as graphs. Autograph is
        # not needed, and makes tracing slow.
        self._graphs = [
            [
                tf.function(partial(split, with_offsets=offsets), input_signature=[_TEXTS], autograph=False)
                for offsets in (False, True)
            ]
            for split in (self._pieces_of_any_text, self._pieces_of_plain_text)
        ]

    def tokenize(self, inputs: Any) -> tf.RaggedTensor | tf.Tensor:
        """Splits texts into word-piece ids.

        Args:
            inputs: A string, or strings `[batch]`: a list, a tensor, or an Arrow array without null, which is the
                fastest for thousands of texts.

        Returns:
            The token ids, `[batch, (tokens)]` int32 ragged; for a single string `[tokens]`.
        """
        if is_arrow(inputs):
            return tokenize_distinct(inputs, self._tokenize_plain, self.tokenize, MAX_WORD_LENGTH)
        return self._tokenize(inputs, with_offsets=False)[0]

    def tokenize_with_offsets(self, inputs: Any) -> tuple[tf.RaggedTensor, tf.RaggedTensor, tf.RaggedTensor]:
        """Splits texts into word pieces, with the offsets of each in its text.

        Args:
            inputs: A string, or strings `[batch]` (list or tensor).

        Returns:
            `ids` int32, `starts` and `ends` int64, each `[batch, (tokens)]`; for a single string each `[tokens]`.
            Offsets count code points of the original string; ends are exclusive.
        """
        ids, starts, ends = self._tokenize(inputs, with_offsets=True)
        return ids, starts, ends

    def call(self, inputs: Any) -> tf.RaggedTensor | tf.Tensor:
        """Splits texts into word-piece ids; see `tokenize`."""
        return self.tokenize(inputs)

    def detokenize(self, inputs: Any) -> list[str]:
        """Joins token ids to readable texts; the original spacing is not restored.

        Args:
            inputs: The token ids `[batch, tokens]`, lists or a tensor, ragged or padded; padding is dropped.

        Returns:
            A string for each row, with single blanks between words.
        """
        rows = inputs.to_list() if isinstance(inputs, tf.RaggedTensor) else keras.ops.convert_to_numpy(inputs).tolist()
        pad = self._ids["[PAD]"]
        return [" ".join(self._tokens[place] for place in row if place != pad).replace(" ##", "") for row in rows]

    def get_vocabulary(self) -> list[str]:
        """Returns the tokens in the order of their ids."""
        return list(self._tokens)

    @property
    def word_pieces(self) -> list[str]:
        """The tokens of the WordPiece model in the order of their ids; added tokens may go on after them."""
        return list(self._tokens)

    def vocabulary_size(self) -> int:
        """Returns the number of tokens in the vocabulary."""
        return len(self._tokens)

    def id_to_token(self, id: int) -> str:
        """Returns the token of an id."""
        return self._tokens[id]

    def token_to_id(self, token: str) -> int:
        """Returns the id of a token, special tokens included; for an unknown token, the id of `[UNK]`."""
        return self._ids.get(token, self._ids["[UNK]"])

    @property
    def special_tokens(self) -> list[str]:
        """The special tokens of BERT, `SPECIAL_TOKENS`."""
        return list(SPECIAL_TOKENS)

    @property
    def special_token_ids(self) -> list[int]:
        """The ids of the special tokens, in the order of `special_tokens`."""
        return [self._ids[token] for token in SPECIAL_TOKENS]

    @property
    def fingerprint(self) -> str:
        """A hash of everything that determines the ids of a text; tokenizers with equal hashes give equal ids."""
        return hashlib.sha256(json.dumps([self._tokens, self.lowercase, self.strip_accents]).encode()).hexdigest()

    def save_assets(self, dir_path: str) -> None:
        """Writes the vocabulary into a preset's folder."""
        text = "".join(f"{token}\n" for token in self._tokens)
        Path(dir_path, _VOCABULARY_FILE).write_text(text, encoding="utf-8", newline="\n")

    def load_assets(self, dir_path: str) -> None:
        """Reads the vocabulary from a preset's folder."""
        self.set_vocabulary(Path(dir_path, _VOCABULARY_FILE))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments without the vocabulary, which a preset keeps as an asset."""
        plain = self.rules == bert_rules(self.lowercase, self.strip_accents)
        return super().get_config() | {
            "lowercase": self.lowercase,
            "strip_accents": self.strip_accents,
            "rules": None if plain else self.rules.config(),
            "added_tokens": as_config(self._added),
        }

    @property
    def added_tokens(self) -> list[AddedToken]:
        """The tokens that are matched whole in texts, and those that go on after the vocabulary of word pieces."""
        return list(self._added)

    @property
    def prefix(self) -> str:
        """The mark of tokens that continue a word, "##" in BERT."""
        return self.rules.prefix

    def add_tokens(self, tokens: Sequence[Any]) -> int:
        """Adds tokens that are matched whole in texts; see the class."""
        raise VocabularyError("added tokens are not there yet")

    def _word_piece(self, **how: Any) -> tf_text.FastWordpieceTokenizer:
        return tf_text.FastWordpieceTokenizer(
            vocab=self._tokens, token_out_type=tf.int32, unknown_token="[UNK]", support_detokenization=False, **how
        )

    def _tokenize_plain(self, words: tf.Tensor) -> tf.RaggedTensor:
        pieces = self._pieces(words, True, False)
        return tf.RaggedTensor.from_row_lengths(pieces.values[0], pieces.row_lengths, validate=False)

    def _tokenize(self, inputs: Any, with_offsets: bool) -> list[tf.RaggedTensor | tf.Tensor]:
        texts = tf.convert_to_tensor(inputs, tf.string)
        batch = tf.reshape(texts, [1]) if texts.shape.rank == 0 else texts
        plain = tf.concat([tf.strings.regex_full_match(shard, _PLAIN) for shard in _shards(batch)], axis=0)
        pieces = tf.cond(
            tf.reduce_all(plain),
            lambda: self._pieces(batch, True, with_offsets),
            lambda: self._pieces_of_mixed_batch(batch, plain, with_offsets),
        )
        if texts.shape.rank == 0:
            return list(pieces.values)
        return [
            tf.RaggedTensor.from_row_lengths(values, pieces.row_lengths, validate=False) for values in pieces.values
        ]

    def _pieces_of_mixed_batch(self, texts: tf.Tensor, plain: tf.Tensor, with_offsets: bool) -> _Pieces:
        """Splits plain and other texts separately, each by the fastest exact method, and restores the batch order."""
        parts = (
            self._pieces(tf.boolean_mask(texts, plain), True, with_offsets),
            self._pieces(tf.boolean_mask(texts, ~plain), False, with_offsets),
        )
        row_lengths = tf.concat([part.row_lengths for part in parts], axis=0)
        order = tf.argsort(tf.concat([tf.where(plain)[:, 0], tf.where(~plain)[:, 0]], axis=0))

        def merge(*values: tf.Tensor) -> tf.Tensor:
            rows = tf.RaggedTensor.from_row_lengths(tf.concat(values, axis=0), row_lengths, validate=False)
            return tf.gather(rows, order).flat_values

        values = tuple(merge(*both) for both in zip(*(part.values for part in parts), strict=True))
        return _Pieces(values, tf.gather(row_lengths, order))

    def _pieces(self, texts: tf.Tensor, plain: bool, with_offsets: bool) -> _Pieces:
        if tf.executing_eagerly():
            return self._graphs[plain][with_offsets](texts)
        return (
            self._pieces_of_plain_text(texts, with_offsets) if plain else self._pieces_of_any_text(texts, with_offsets)
        )

    def _pieces_of_plain_text(self, texts: tf.Tensor, with_offsets: bool) -> _Pieces:
        lowered = [tf.strings.lower(shard) if self.lowercase else shard for shard in _shards(texts)]
        op = self._of_plain_text
        results = [op.tokenize_with_offsets(shard) if with_offsets else (op.tokenize(shard),) for shard in lowered]
        values = tuple(
            tf.concat([ragged.flat_values for ragged in parts], axis=0) for parts in zip(*results, strict=True)
        )
        return _Pieces(values, tf.concat([parts[0].row_lengths() for parts in results], axis=0))

    def _pieces_of_any_text(self, texts: tf.Tensor, with_offsets: bool) -> _Pieces:
        words = split_words(texts, self._table)
        # The op limits words by bytes, the reference by code points: each word with too many code points is replaced
        # by one above the op's limit, so that it becomes [UNK].
        too_long = words.lengths > MAX_WORD_LENGTH
        strings = tf.where(too_long, "x" * (_LONGEST_WORD_BYTES + 1), words.strings)
        ids, starts, ends = self._of_words.tokenize_with_offsets(strings)
        word = ids.value_rowids()
        batch = tf.size(texts)
        rows = tf.cast(tf.gather(words.rows, word), tf.int32)
        row_lengths = tf.math.bincount(rows, minlength=batch, maxlength=batch, dtype=tf.int64)
        if not with_offsets:
            return _Pieces((ids.flat_values,), row_lengths)
        ends = tf.where(tf.gather(too_long, word), tf.int64.max, ends.flat_values)
        places = to_code_points(words, word, starts.flat_values, ends)
        return _Pieces((ids.flat_values, *places), row_lengths)


def _shards(texts: tf.Tensor) -> list[tf.Tensor]:
    """Divides a batch into parts that run in parallel, since each op on strings uses only one core."""
    edges = tf.size(texts) * tf.range(_SHARDS + 1) // _SHARDS
    return [texts[edges[part] : edges[part + 1]] for part in range(_SHARDS)]
