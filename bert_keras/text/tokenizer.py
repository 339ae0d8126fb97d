"""BERT's tokenizer in TensorFlow ops, the same in `tf.data`, in training and inside a SavedModel."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import keras
import keras_hub
import numpy as np
import tensorflow as tf

from bert_keras.errors import InputError, VocabularyError
from bert_keras.text.added_tokens import (
    AddedToken,
    added_token,
    as_config,
    check_added_tokens,
    matched,
    with_new_tokens,
)
from bert_keras.text.distinct_words import is_arrow, string_tensor, tokenize_distinct
from bert_keras.text.splitter import splitter_of
from bert_keras.text.vocabulary import SPECIAL_TOKENS, check_vocabulary, read_vocabulary
from bert_keras.text.word_rules import (
    WordRules,
    bert_rules,
    checked_rules,
    lowers,
    splits_at_blanks,
    strips_accents,
)

_VOCABULARY_FILE = "vocabulary.txt"


@dataclass(frozen=True)
class _Known:
    """The tokens, in an object of their own, because Keras would wrap each token of a list that a layer has.

    Attributes:
        word_pieces: The tokens of the WordPiece model by id.
        tokens: All tokens by id.
        ids: The id of each token.
    """

    word_pieces: list[str]
    tokens: list[str]
    ids: dict[str, int]


@keras.saving.register_keras_serializable(package="bert_keras")
class BertTokenizer(keras_hub.tokenizers.Tokenizer):
    """Splits strings into word pieces exactly as the original BERT does, with offsets, in TensorFlow ops only.

    Ids and offsets equal those of the library `tokenizers` for every string, with one intended exception: text that
    looks like a special token of BERT ("[SEP]") is plain text. Bytes that are not UTF-8 count as U+FFFD. The method
    is WordPiece (Wu et al. 2016, section 4.1) with the pre-processing of the BERT release (Devlin et al. 2019); the
    search for the longest pieces is LinMaxMatch (Song et al. 2021) of tensorflow-text.

    Args:
        vocabulary: The path of a `vocab.txt` or `tokenizer.json`, or the tokens in the order of their ids. None only
            while a preset is being loaded, which sets it from its assets.
        lowercase: Whether the model was trained on lower-cased text ("uncased"). Not used if there are `rules`.
        strip_accents: Whether to remove accents; None means the value of `lowercase`, as in the reference. Not used if
            there are `rules`.
        rules: How texts become words and pieces, as in a `tokenizer.json`; None for BERT's with `lowercase` and
            `strip_accents`.
        added_tokens: Tokens that are found whole in texts, such as entity markers, before texts are split into words.
            BERT's special tokens are not found in texts even if they are among them.
        **kwargs: The arguments of a Keras layer: `name`, `dtype`.

    Raises:
        VocabularyError: The vocabulary cannot be read or lacks a special token, the rules are of a kind that is not
            supported, or the added tokens do not fit the vocabulary.
        InputError: Neither `lowercase` nor `rules` is given.
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
        self.rules = checked_rules(given)
        self.lowercase, self.strip_accents = lowers(self.rules), strips_accents(self.rules)
        self.file_assets = [_VOCABULARY_FILE]
        self._known = _Known([], [], {})
        self._continues: np.ndarray | None = None
        self._added = [added_token(token) for token in added_tokens]
        if vocabulary is not None:
            self.set_vocabulary(vocabulary)
        self.built = True

    @classmethod
    def from_preset(cls, preset: str, *args: Any, **kwargs: Any) -> Self:
        """Says how a preset's tokenizer is loaded: with its preprocessor.

        KerasHub's method of this name looks only among its own presets and backbones.

        Raises:
            InputError: Always.
        """
        raise InputError(
            "a tokenizer is loaded with its preset's preprocessor: write "
            f"bert_keras.models.TextClassifierPreprocessor.from_preset({str(preset)!r}).tokenizer; of a file alone it "
            f"is {cls.__name__}(FILE, lowercase=True) or False. Received: {preset!r}"
        )

    def set_vocabulary(self, vocabulary: str | Path | Iterable[str]) -> None:
        """Sets the vocabulary of word pieces, given as the path of a file or as the tokens in the order of their ids.

        Added tokens keep their ids, which must fit the vocabulary.
        """
        if isinstance(vocabulary, str | Path):
            tokens, source = read_vocabulary(vocabulary), str(vocabulary)
        else:
            tokens, source = list(vocabulary), "the tokens given"
        beyond = [token.content for token in sorted(self._added, key=lambda token: token.id)]
        self._set_tokens(check_vocabulary(tokens, source, beyond, self.rules.unknown), self._added)

    def add_tokens(self, tokens: Sequence[Any]) -> int:
        """Adds tokens that are found whole in texts, as `add_tokens` of `transformers`; it does not resize a model.

        Args:
            tokens: The tokens: strings, which are found in normalised form, or `AddedToken`s, mappings with the fields
                of one, or objects of `tokenizers`. A token of the vocabulary keeps its id; others get the next ids.

        Returns:
            The number of tokens that were not found in texts before, or were in another way.

        Raises:
            VocabularyError: A token is malformed, or has an id other than it gets.
        """
        new = with_new_tokens(self._added, tokens, self._known.word_pieces)
        changed = len(set(new) - set(self._added))
        self._set_tokens(self._known.word_pieces, new)
        return changed

    def _set_tokens(self, word_pieces: list[str], tokens: Sequence[AddedToken]) -> None:
        added = check_added_tokens(tokens, word_pieces)
        self._splitter = splitter_of(word_pieces, self.rules, added)
        self._added = added
        beyond = sorted((one for one in added if one.id >= len(word_pieces)), key=lambda token: token.id)
        every = word_pieces + [token.content for token in beyond]
        self._known = _Known(word_pieces, every, {token: place for place, token in enumerate(every)})
        self._continues = None

    def tokenize(self, inputs: Any) -> tf.RaggedTensor | tf.Tensor:
        """Splits texts into word-piece ids.

        Args:
            inputs: A string, or strings `[batch]`: a list, a tensor, or an Arrow array without null, which is the
                fastest for thousands of texts.

        Returns:
            The token ids, `[batch, (tokens)]` int32 ragged; for a single string `[tokens]`.
        """
        if is_arrow(inputs):
            return self._tokenize_arrow(inputs)
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
        if isinstance(inputs, tf.RaggedTensor):
            rows = inputs.to_list()
        elif isinstance(inputs, list | tuple):  # of rows that need not be equally long
            rows = [np.asarray(row).tolist() for row in inputs]
        else:
            rows = keras.ops.convert_to_numpy(inputs).tolist()
        return [self._joined([place for place in row if place != self._known.ids["[PAD]"]]) for row in rows]

    def _joined(self, ids: list[int]) -> str:
        continues, length = self.continues, len(self.prefix)
        words = [
            self._known.tokens[place][length:] if count and continues[place] else f" {self._known.tokens[place]}"
            for count, place in enumerate(ids)
        ]
        return "".join(words)[1:]

    @property
    def prefix(self) -> str:
        """The mark of tokens that continue a word, "##" in BERT."""
        return self.rules.prefix

    @property
    def continues(self) -> np.ndarray:
        """Whether each token continues a word, by token id, `[vocabulary]` bool; none does if the prefix is empty."""
        if self._continues is None:
            found = {token.id for token in self._added}
            self._continues = np.array(
                [
                    bool(self.prefix) and token.startswith(self.prefix) and token != self.prefix and place not in found
                    for place, token in enumerate(self._known.tokens)
                ]
            )
        return self._continues

    @property
    def added_tokens(self) -> list[AddedToken]:
        """The added tokens, in the order in which they were given."""
        return list(self._added)

    def get_vocabulary(self) -> list[str]:
        """Returns the tokens in the order of their ids."""
        return list(self._known.tokens)

    @property
    def word_pieces(self) -> list[str]:
        """The tokens of the WordPiece model in the order of their ids; added tokens may go on after them."""
        return list(self._known.word_pieces)

    def vocabulary_size(self) -> int:
        """Returns the number of tokens in the vocabulary."""
        return len(self._known.tokens)

    def id_to_token(self, id: int) -> str:
        """Returns the token of an id."""
        return self._known.tokens[id]

    def token_to_id(self, token: str) -> int:
        """Returns the id of a token, special tokens included; for an unknown token, the id of the unknown token."""
        return self._known.ids.get(token, self._known.ids[self.rules.unknown])

    @property
    def special_tokens(self) -> list[str]:
        """The special tokens of BERT, `SPECIAL_TOKENS`, with the unknown token of the rules."""
        return [self.rules.unknown if token == "[UNK]" else token for token in SPECIAL_TOKENS]

    @property
    def special_token_ids(self) -> list[int]:
        """The ids of the special tokens, in the order of `special_tokens`."""
        return [self._known.ids[token] for token in self.special_tokens]

    @property
    def fingerprint(self) -> str:
        """A hash of everything that determines the ids of a text; tokenizers with equal hashes give equal ids."""
        content: list[Any] = [self._known.word_pieces, self.lowercase, self.strip_accents]
        if self._added or not self._is_bert:
            content += [self.rules.config(), as_config(self._added)]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def save_assets(self, dir_path: str) -> None:
        """Writes the vocabulary of word pieces into a preset's folder; added tokens are part of the config."""
        odd = next((token for token in self._known.word_pieces if "\n" in token or token.endswith("\r")), None)
        if odd is not None:
            raise VocabularyError(f"a token with a line end cannot be saved in a {_VOCABULARY_FILE}. Received: {odd!r}")
        text = "".join(f"{token}\n" for token in self._known.word_pieces)
        Path(dir_path, _VOCABULARY_FILE).write_text(text, encoding="utf-8", newline="\n")

    def load_assets(self, dir_path: str) -> None:
        """Reads the vocabulary from a preset's folder."""
        self.set_vocabulary(Path(dir_path, _VOCABULARY_FILE))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments without the vocabulary, which a preset keeps as an asset."""
        return super().get_config() | {
            "lowercase": self.lowercase,
            "strip_accents": self.strip_accents,
            "rules": None if self._is_bert else self.rules.config(),
            "added_tokens": as_config(self._added),
        }

    @property
    def _is_bert(self) -> bool:
        return self.rules == bert_rules(self.lowercase, self.strip_accents)

    def _tokenize_arrow(self, texts: Any) -> tf.RaggedTensor:
        """Splits an Arrow array of strings; where words can be split one by one, each distinct word only once."""
        if not splits_at_blanks(self.rules) or not self._splitter.longest_plain or matched(self._added):
            return self.tokenize(string_tensor(texts))
        return tokenize_distinct(texts, self._tokenize_plain, self.tokenize, self._splitter.longest_plain)

    def _tokenize_plain(self, words: tf.Tensor) -> tf.RaggedTensor:
        pieces = self._splitter.split_plain(words, with_offsets=False)
        return tf.RaggedTensor.from_row_lengths(pieces.values[0], pieces.row_lengths, validate=False)

    def _tokenize(self, inputs: Any, with_offsets: bool) -> list[tf.RaggedTensor | tf.Tensor]:
        texts = tf.convert_to_tensor(inputs, tf.string)
        batch = tf.reshape(texts, [1]) if texts.shape.rank == 0 else texts
        pieces = self._splitter.split(batch, with_offsets)
        if texts.shape.rank == 0:
            return list(pieces.values)
        return [
            tf.RaggedTensor.from_row_lengths(values, pieces.row_lengths, validate=False) for values in pieces.values
        ]
