"""The preprocessor of text classifiers: from texts, or pairs of texts, to the inputs of a backbone."""

import hashlib
from typing import Any, Self

import keras
import tensorflow as tf

from bert_keras.errors import InputError
from bert_keras.models.preprocessor import BertPreprocessor, fitting
from bert_keras.models.preset_tokenizer import preset_tokenizer
from bert_keras.text import BertTokenizer, Packed, is_arrow, pack, pad

SHORTEST = 4
"""The least `max_length`: `[CLS] a [SEP] [SEP]`, a pair whose second text is empty."""


@keras.saving.register_keras_serializable(package="bert_keras")
class TextClassifierPreprocessor(BertPreprocessor):
    """Tokenizes, packs and pads texts with TensorFlow ops only: for `tf.data` and inside a SavedModel.

    Args:
        tokenizer: The tokenizer of the model.
        max_length: The maximum number of tokens per row, special tokens included; at least 4. Longer texts are
            truncated, in a pair the longer one first.
        **kwargs: Further arguments of a Keras layer: `name`.

    Raises:
        InputError: `max_length` is below 4.
    """

    def __init__(self, tokenizer: BertTokenizer, max_length: int = 512, **kwargs: Any) -> None:
        super().__init__(tokenizer, max_length, **kwargs)
        if max_length < SHORTEST:
            raise InputError(
                f"max_length must leave room for [CLS], [SEP] and a token: at least {SHORTEST}. Received: {max_length}"
            )

    @classmethod
    def from_preset(cls, preset: str, max_length: int | None = None) -> Self:
        """Loads the preprocessor of a preset, without the weights of the model.

        Args:
            preset: The name, handle or folder of a preset; see `bert_keras.checkpoints.locate`.
            max_length: The maximum number of tokens per row. `None` means the preset's own value, or the number of
                positions of the model.

        Returns:
            The same preprocessor as that of `TextClassifier.from_preset`.

        Raises:
            PresetError: There is no such preset.
            CheckpointError: The files are broken or hold no BERT.
            VocabularyError: The vocabulary cannot be read.
            InputError: `max_length` exceeds the number of positions, or is below 4.
        """
        tokenizer, positions, settings, row_length = preset_tokenizer(preset, "TextClassifier")
        length = settings.get("max_length", row_length) if max_length is None else max_length
        return cls(tokenizer, fitting(length, positions))

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Converts a batch of texts to inputs of the model.

        Args:
            x: Texts, `[batch]` strings; or a tuple (texts, pairs) of two such batches.
            y: Labels, returned unchanged.
            sample_weight: Sample weights, returned unchanged.

        Returns:
            `token_ids`, `segment_ids` and `padding_mask`, each `[batch, tokens]` int32, padded to the longest row of
            the batch, rounded up to one of a few lengths. With labels or sample weights, a tuple that contains these.
        """
        inputs = pad(self.pack(x), self.special_ids, self.max_length)
        return keras.utils.pack_x_y_sample_weight(inputs, y, sample_weight)

    def pack(self, x: Any) -> Packed:
        """Converts a batch of texts to rows without padding.

        Args:
            x: Texts, or a tuple (texts, pairs); also as Arrow arrays.

        Returns:
            The token ids and the segment ids, each `[batch, (tokens)]` int32.
        """
        texts, pairs = x if isinstance(x, tuple) else (x, None)
        if is_arrow(texts):
            seconds = None if pairs is None else self.tokenizer.tokenize(pairs)
            return pack(self.tokenizer.tokenize(texts), seconds, self.special_ids, self.max_length)
        texts = tf.convert_to_tensor(texts, tf.string)
        if pairs is None:
            return pack(self.tokenizer.tokenize(texts), None, self.special_ids, self.max_length)
        # Both are tokenized in one call, so that a graph contains the tokenizer's tables only once.
        count = tf.size(texts)
        both = self.tokenizer.tokenize(tf.concat([texts, tf.convert_to_tensor(pairs, tf.string)], axis=0))
        return pack(both[:count], both[count:], self.special_ids, self.max_length)

    @property
    def fingerprint(self) -> str:
        """A hash of everything that determines the token ids of a row."""
        return hashlib.sha256(f"{self.tokenizer.fingerprint} {self.max_length}".encode()).hexdigest()
