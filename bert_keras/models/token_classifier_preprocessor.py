"""The preprocessor of token classifiers: from texts to words and windows, the inputs of a backbone."""

import hashlib
from typing import Any, NamedTuple, Self

import keras
import tensorflow as tf

from bert_keras.errors import InputError
from bert_keras.models.preprocessor import BertPreprocessor, fitting
from bert_keras.models.preset_tokenizer import preset_tokenizer
from bert_keras.text import (
    AROUND_TEXT,
    AT_WORD,
    BertTokenizer,
    Packed,
    Windows,
    cut_text_windows,
    pack_text_windows,
    pad,
    span_bounds,
)

MAX_LENGTH, WINDOW_OVERLAP = 384, 128
"""The default numbers of tokens, as for readers."""


class WordedTexts(NamedTuple):
    """Tokenized texts, their words, and the windows that they are divided into.

    A word is what `text.span_bounds` takes for one, or a token that belongs to none, such as a punctuation mark.

    Attributes:
        tokens: The token ids, `[texts, (tokens)]` int32.
        windows: The windows of all texts.
        firsts: The index of each word's first token among the tokens of all texts, `[words]` int64.
        texts: The index of each word's text, `[words]` int64.
        starts: The index of each word's first code point in its text, `[words]` int64.
        ends: The index after its last code point, combining marks included, `[words]` int64.
    """

    tokens: tf.RaggedTensor
    windows: Windows
    firsts: tf.Tensor
    texts: tf.Tensor
    starts: tf.Tensor
    ends: tf.Tensor


@keras.saving.register_keras_serializable(package="bert_keras")
class TokenClassifierPreprocessor(BertPreprocessor):
    """Tokenizes texts, finds their words, divides them into overlapping windows, packs and pads these.

    It consists of TensorFlow ops only, and runs in `tf.data` and inside a SavedModel.

    Args:
        tokenizer: The tokenizer of the model.
        max_length: The maximum number of tokens in a window's row, special tokens included.
        window_overlap: The number of tokens that a window shares with the one before it. `None` means 128, or a third
            of `max_length` if that is less.
        **kwargs: Further arguments of a Keras layer: `name`.

    Raises:
        InputError: `max_length` is too small for the overlap and one more token.
    """

    def __init__(
        self,
        tokenizer: BertTokenizer,
        max_length: int = MAX_LENGTH,
        window_overlap: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(tokenizer, max_length, **kwargs)
        self.window_overlap = min(WINDOW_OVERLAP, max_length // 3) if window_overlap is None else window_overlap
        least = AROUND_TEXT + self.window_overlap + 1
        if self.window_overlap < 0 or max_length < least:
            raise InputError(
                f"window_overlap must be 0 or above, and max_length leave room for it and a token more: at least "
                f"{least}. Received: {self.window_overlap} and {max_length}"
            )
        self._as_graph = tf.function(self._worded, input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)

    @classmethod
    def from_preset(
        cls,
        preset: str,
        max_length: int | None = None,
        window_overlap: int | None = None,
        *,
        base: str | None = None,
    ) -> Self:
        """Loads the preprocessor of a preset, without the weights of the model.

        Args:
            preset: The name, handle or folder of a preset; see `bert_keras.checkpoints.locate`.
            max_length: The maximum number of tokens per row. `None` means the value of a token classifier's preset;
                else 384, or `model_max_length` of a Hugging Face folder or the number of positions if that is less.
            window_overlap: The number of tokens that neighbouring windows share. `None` means the preset's value if
                `max_length` is the preset's too, else the constructor's default.
            base: The model that an adapter stands over, instead of the one that it names; a folder or another preset.

        Returns:
            The preprocessor.

        Raises:
            PresetError: There is no such preset.
            CheckpointError: The files are broken or hold no BERT.
            VocabularyError: The vocabulary cannot be read.
            InputError: `max_length` exceeds the number of positions, or is too small.
        """
        tokenizer, positions, usual, row_length = preset_tokenizer(preset, "TokenClassifier", base)
        if max_length is not None and max_length != usual.get("max_length"):
            usual = {}  # the default of the other is proportional to it
        length = usual.get("max_length", min(MAX_LENGTH, row_length)) if max_length is None else max_length
        overlap = usual.get("window_overlap") if window_overlap is None else window_overlap
        return cls(tokenizer, fitting(length, positions), overlap)

    @property
    def settings(self) -> dict[str, int]:
        """The constructor's arguments, without the tokenizer."""
        return {"max_length": self.max_length, "window_overlap": self.window_overlap}

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Converts a batch of texts to inputs of the model.

        Args:
            x: The texts, `[batch]` strings.
            y: Targets of the windows, returned unchanged.
            sample_weight: Weights of the windows, returned unchanged.

        Returns:
            `token_ids`, `segment_ids` and `padding_mask` of all windows of the batch, each `[windows, tokens]` int32.
            With targets or weights, a tuple that contains these.
        """
        worded = self.worded(x)
        inputs = pad(self.pack(worded.tokens, worded.windows), self.special_ids, self.max_length)
        return keras.utils.pack_x_y_sample_weight(inputs, y, sample_weight)

    def worded(self, texts: Any) -> WordedTexts:
        """Tokenizes texts, finds their words, and divides them into windows.

        Args:
            texts: The texts, `[texts]` strings.

        Returns:
            The tokenized texts.
        """
        texts = tf.convert_to_tensor(texts, tf.string)
        return (self._as_graph if tf.executing_eagerly() else self._worded)(texts)

    def _worded(self, texts: tf.Tensor) -> WordedTexts:
        tokens, starts, ends = self.tokenizer.tokenize_with_offsets(texts)
        bounds = span_bounds(texts, starts, ends)
        firsts = tf.where(bounds.levels.flat_values >= AT_WORD)[:, 0]
        # The last token of a word is the one before the next word.
        lasts = tf.concat([firsts[1:], tf.size(tokens.flat_values, tf.int64)[tf.newaxis]], axis=0) - 1
        lasts = lasts[: tf.size(firsts)]
        return WordedTexts(
            tokens,
            cut_text_windows(tokens.row_lengths(), self.max_length, self.window_overlap),
            firsts,
            tf.gather(tokens.value_rowids(), firsts),
            tf.gather(starts.flat_values, firsts),
            tf.gather(bounds.ends.flat_values, lasts),
        )

    def pack(self, tokens: tf.RaggedTensor, windows: Windows) -> Packed:
        """Makes the rows of windows, without padding.

        Args:
            tokens: The token ids of the texts, `[texts, (tokens)]` int32.
            windows: Their windows, or some of them.

        Returns:
            The token ids and the segment ids, each `[windows, (tokens)]` int32.
        """
        return pack_text_windows(tokens, windows, self.special_ids)

    @property
    def fingerprint(self) -> str:
        """A hash of everything that determines the token ids of windows."""
        return hashlib.sha256(f"{self.tokenizer.fingerprint} {self.settings}".encode()).hexdigest()
