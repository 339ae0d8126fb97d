"""Texts or pairs of texts -> the inputs of a backbone."""

import hashlib
from typing import Any, Self

import keras
import keras_hub
import tensorflow as tf

from bert_keras.errors import InputError
from bert_keras.models.backbone import BertBackbone
from bert_keras.models.preset_tokenizer import preset_tokenizer
from bert_keras.text import BertTokenizer, Packed, SpecialIds, pack, pad

SHORTEST = 4  # [CLS] a [SEP] [SEP] of a pair whose second text is empty


@keras.saving.register_keras_serializable(package="bert_keras")
class TextClassifierPreprocessor(keras_hub.models.Preprocessor):
    """Tokenizes, packs and pads; TensorFlow ops alone, so that it runs in `tf.data` and inside a SavedModel.

    Args:
        tokenizer: The tokenizer of the model.
        max_length: Most tokens of a row, special tokens included; at least 4. What is longer is cut, of a pair the
            longer text first.
        **kwargs: Of a Keras layer: `name`.

    Raises:
        InputError: A `max_length` below 4.
    """

    backbone_cls = BertBackbone
    tokenizer_cls = BertTokenizer

    def __init__(self, tokenizer: BertTokenizer, max_length: int = 512, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if max_length < SHORTEST:
            raise InputError(
                f"max_length must leave room for [CLS], [SEP] and a token: at least {SHORTEST}. Received: {max_length}"
            )
        self.tokenizer = tokenizer
        self.max_length = max_length
        # KerasHub takes the second of a tuple for labels; here (text, pair) is an input like any other.
        self._call_accepts_labels = False
        self.built = True

    @classmethod
    def from_preset(cls, preset: str, max_length: int | None = None) -> Self:
        """Loads the tokenizer of a preset, and no weights.

        Args:
            preset: See `bert_keras.checkpoints.locate`.
            max_length: Most tokens of a row; without it as the preset has it, or as many as the model has positions.

        Returns:
            The preprocessor, as `TextClassifier.from_preset` would have it.

        Raises:
            PresetError: Nothing to load under that name.
            CheckpointError: Files that are broken or not BERT's.
            VocabularyError: A vocabulary that cannot be read.
            InputError: A `max_length` beyond the positions or below 4.
        """
        tokenizer, positions, settings = preset_tokenizer(preset, "TextClassifier")
        return cls(
            tokenizer, fitting(settings.get("max_length", positions) if max_length is None else max_length, positions)
        )

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Prepares a batch.

        Args:
            x: Texts, `[batch]` strings; or a tuple (texts, pairs) of two of them.
            y: Labels, passed through.
            sample_weight: Weights, passed through.

        Returns:
            `token_ids`, `segment_ids` and `padding_mask`, each `[batch, tokens]` int32, padded to the longest row of
            the batch rounded up to a few lengths; in a tuple with the labels and weights where there are any.
        """
        inputs = pad(self.pack(x), self.special_ids, self.max_length)
        return keras.utils.pack_x_y_sample_weight(inputs, y, sample_weight)

    def pack(self, x: Any) -> Packed:
        """Does as `call` without the padding.

        Args:
            x: Texts, or a tuple (texts, pairs).

        Returns:
            Ids and segment ids, each `[batch, (tokens)]` int32.
        """
        texts, pairs = x if isinstance(x, tuple) else (x, None)
        texts = tf.convert_to_tensor(texts, tf.string)
        if pairs is None:
            return pack(self.tokenizer.tokenize(texts), None, self.special_ids, self.max_length)
        # One pass over both, so that a graph holds the tokenizer's tables once.
        count = tf.size(texts)
        both = self.tokenizer.tokenize(tf.concat([texts, tf.convert_to_tensor(pairs, tf.string)], axis=0))
        return pack(both[:count], both[count:], self.special_ids, self.max_length)

    @property
    def special_ids(self) -> SpecialIds:
        """The ids of the special tokens in the tokenizer's vocabulary."""
        return SpecialIds(*(self.tokenizer.token_to_id(token) for token in ("[PAD]", "[CLS]", "[SEP]")))

    @property
    def fingerprint(self) -> str:
        """A hash of everything that decides about the token ids of a row."""
        return hashlib.sha256(f"{self.tokenizer.fingerprint} {self.max_length}".encode()).hexdigest()

    @property
    def settings(self) -> dict[str, int]:
        """What decides about a row beside the tokenizer."""
        return {"max_length": self.max_length}

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return super().get_config() | self.settings


def fitting(max_length: int, positions: int) -> int:
    """Makes sure that a model has a position for each token of a row.

    Args:
        max_length: Most tokens of a row.
        positions: Of the model.

    Returns:
        The `max_length`.

    Raises:
        InputError: It is beyond the positions.
    """
    if max_length > positions:
        raise InputError(f"max_length is beyond the backbone's {positions} positions. Received: {max_length}")
    return max_length
