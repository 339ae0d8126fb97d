"""The tokenizer of KerasHub's BERT presets, for the models that were trained with it."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import tensorflow as tf
import tensorflow_text as tf_text

from bert_keras.errors import InputError
from bert_keras.text.distinct_words import is_arrow, string_tensor
from bert_keras.text.tokenizer import BertTokenizer

# As in keras_hub.src.tokenizers.word_piece_tokenizer of KerasHub 0.32. RE2's `\s` is ASCII's alone, so wide blanks and
# line separators do not end a word here.
_CJK = (
    r"[\x{4E00}-\x{9FFF}]|[\x{3400}-\x{4DBF}]|[\x{20000}-\x{2A6DF}]|[\x{2A700}-\x{2B73F}]|[\x{2B740}-\x{2B81F}]|"
    r"[\x{2B820}-\x{2CEAF}]|[\x{F900}-\x{FAFF}]|[\x{2F800}-\x{2FA1F}]"
)
_WORDS_BY_THEMSELVES = rf"[!-/]|[:-@]|[\[-`]|[{{-~]|[\p{{P}}]|{_CJK}"
_BETWEEN_WORDS = rf"\s|\p{{Cc}}|\p{{Cf}}|{_WORDS_BY_THEMSELVES}"


@keras.saving.register_keras_serializable(package="bert_keras")
class KerasHubTokenizer(BertTokenizer):
    """Splits strings into word pieces as `keras_hub.tokenizers.BertTokenizer` does, with offsets.

    Its ids are other than those of BERT: accents stay unless `strip_accents` says otherwise, words are case-folded with
    NFKC after they were split (so "…" becomes ". ##. ##."), control characters end a word, and a word of more than
    100 bytes is `[UNK]`. The ops are KerasHub's own of `tf.data` and of training; its pure Python path differs from
    them after a NUL, and in characters that are newer than the Unicode of TensorFlow.

    Args:
        vocabulary: The path of a `vocab.txt`, or the tokens in the order of their ids. None only while a preset is
            being loaded, which sets it from its assets.
        lowercase: Whether words are case-folded.
        strip_accents: Whether to remove accents; None means no, as in KerasHub.
        **kwargs: The arguments of a Keras layer: `name`, `dtype`.

    Raises:
        VocabularyError: The vocabulary cannot be read or lacks a special token.
    """

    def __init__(
        self,
        vocabulary: str | Path | Iterable[str] | None = None,
        *,
        lowercase: bool,
        strip_accents: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(vocabulary, lowercase=lowercase, strip_accents=bool(strip_accents), **kwargs)

    def set_vocabulary(self, vocabulary: str | Path | Iterable[str]) -> None:
        """Sets the vocabulary, given as the path of a file or as the tokens in the order of their ids."""
        super().set_vocabulary(vocabulary)
        # Built in eager mode even while a function is traced, so that its model can be a constant of every graph.
        with tf.init_scope():
            self._of_folded_words = tf_text.FastWordpieceTokenizer(
                vocab=self.get_vocabulary(),
                token_out_type=tf.int32,
                unknown_token="[UNK]",
                no_pretokenization=True,
                support_detokenization=False,
            )

    def add_tokens(self, tokens: Sequence[Any]) -> int:
        """Raises an error unless there is nothing to add: KerasHub's splitting finds no added tokens.

        Raises:
            InputError: There are tokens.
        """
        if tokens:
            raise InputError(
                "the model was trained with KerasHub's tokenizer, which finds no added tokens in texts; add them to an "
                f"encoder without a head. Received: {', '.join(map(str, tokens))}"
            )
        return 0

    def tokenize(self, inputs: Any) -> tf.RaggedTensor | tf.Tensor:
        """Splits texts into word-piece ids.

        Args:
            inputs: A string, or strings `[batch]`: a list, a tensor, or an Arrow array without null.

        Returns:
            The token ids, `[batch, (tokens)]` int32 ragged; for a single string `[tokens]`.
        """
        texts = string_tensor(inputs) if is_arrow(inputs) else tf.convert_to_tensor(inputs, tf.string)
        words, _ = self._split(self._unaccented(_decodable(texts)))
        ids = self._of_folded_words.tokenize(self._folded(words)).merge_dims(1, 2)
        return ids[0] if texts.shape.rank == 0 else ids

    def tokenize_with_offsets(self, inputs: Any) -> tuple[tf.RaggedTensor, tf.RaggedTensor, tf.RaggedTensor]:
        """Splits texts into word pieces, with the offsets of each in its text.

        Args:
            inputs: A string, or strings `[batch]` (list or tensor).

        Returns:
            `ids` int32, `starts` and `ends` int64, each `[batch, (tokens)]`; for a single string each `[tokens]`.
            Offsets count code points of the original string; ends are exclusive. Where case folding composes characters
            of a word, all its pieces have the offsets of the word.
        """
        texts = tf.convert_to_tensor(inputs, tf.string)
        batch = _decodable(texts)
        characters = tf.strings.unicode_split(batch, "UTF-8")
        words, begins = self._split(self._unaccented(batch))
        ids, starts, ends = self._of_folded_words.tokenize_with_offsets(self._folded(words).flat_values)
        pieces = _Pieces(ids.value_rowids(), starts.flat_values, ends.flat_values)
        first, last = self._bytes_of_characters(words.flat_values, pieces)
        row = tf.gather(words.value_rowids(), pieces.word)
        lengths = tf.strings.length(self._unaccented(characters.flat_values))
        byte_ends = tf.cumsum(tf.cast(lengths, tf.int64))
        before_row = tf.gather(tf.concat([[tf.constant(0, tf.int64)], byte_ends], 0), characters.row_starts())
        base = tf.gather(before_row, row) + tf.gather(begins.flat_values, pieces.word)
        column = tf.gather(characters.row_starts(), row)
        places = (tf.searchsorted(byte_ends, base + offset, side="right") for offset in (first, last))
        start, end = (tf.cast(place, tf.int64) - column for place in places)
        row_lengths = tf.math.bincount(
            tf.cast(row, tf.int32), minlength=tf.size(batch), maxlength=tf.size(batch), dtype=tf.int64
        )
        found = [
            tf.RaggedTensor.from_row_lengths(values, row_lengths, validate=False)
            for values in (ids.flat_values, start, end + 1)
        ]
        ids, starts, ends = (ragged[0] for ragged in found) if texts.shape.rank == 0 else found
        return ids, starts, ends

    @property
    def fingerprint(self) -> str:
        """A hash of everything that determines the ids of a text; tokenizers with equal hashes give equal ids."""
        return hashlib.sha256(json.dumps(["KerasHub", super().fingerprint]).encode()).hexdigest()

    def _unaccented(self, texts: tf.Tensor) -> tf.Tensor:
        if not self.strip_accents:
            return texts
        return tf.strings.regex_replace(tf_text.normalize_utf8(texts, "NFD"), r"\p{Mn}", "")

    def _folded(self, words: Any) -> Any:
        return tf_text.case_fold_utf8(words) if self.lowercase else words

    def _split(self, texts: tf.Tensor) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
        """Returns the words of texts, and the byte at which each begins, `[batch, (words)]`."""
        words, begins, _ = tf_text.regex_split_with_offsets(texts, _BETWEEN_WORDS, _WORDS_BY_THEMSELVES)
        return words, begins

    def _bytes_of_characters(self, words: tf.Tensor, pieces: "_Pieces") -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the bytes in their words of the first and of the last character of pieces, each `[pieces]` int64."""
        characters = tf.strings.unicode_split(words, "UTF-8")
        folded, whole = self._folded(characters), self._folded(words)
        alone = tf.gather(tf.strings.reduce_join(folded, axis=1) == whole, pieces.word)
        sizes, folded_sizes = (tf.cast(tf.strings.length(of.flat_values), tf.int64) for of in (characters, folded))
        byte_ends, folded_ends = tf.cumsum(sizes), tf.cumsum(folded_sizes)
        begin, end = (tf.gather(edge, pieces.word) for edge in (characters.row_starts(), characters.row_limits()))
        behind = tf.concat([[tf.constant(0, tf.int64)], folded_ends], 0)
        # A word of too many bytes is [UNK] as a whole, whatever end the op says.
        ends = tf.minimum(pieces.ends, tf.gather(behind, end) - tf.gather(behind, begin))
        places = (
            tf.cast(tf.searchsorted(folded_ends, tf.gather(behind, begin) + offset, side="right"), tf.int64)
            for offset in (pieces.starts, ends - 1)
        )
        first, last = (tf.where(alone, place, other) for place, other in zip(places, (begin, end - 1), strict=True))
        raw = tf.concat([[tf.constant(0, tf.int64)], byte_ends], 0)
        return tf.gather(raw, first) - tf.gather(raw, begin), tf.gather(raw, last) - tf.gather(raw, begin)


class _Pieces(NamedTuple):
    """Word pieces: the index of each one's word, and its bytes in the folded word, each `[pieces]` int64."""

    word: tf.Tensor
    starts: tf.Tensor
    ends: tf.Tensor


def _decodable(texts: tf.Tensor) -> tf.Tensor:
    """Returns texts as a batch; bytes that are not UTF-8 become U+FFFD."""
    return tf.strings.unicode_transcode(tf.reshape(texts, [-1]), "UTF-8", "UTF-8", errors="replace")
