"""The preprocessor of span extractors: from questions and contexts to windows, the inputs of a backbone."""

import hashlib
from typing import Any, NamedTuple, Self

import keras
import tensorflow as tf

from bert_keras.errors import InputError
from bert_keras.models.preprocessor import BertPreprocessor, fitting
from bert_keras.models.preset_tokenizer import preset_tokenizer
from bert_keras.text import (
    AROUND,
    BertTokenizer,
    Packed,
    Windows,
    cut_windows,
    pack_windows,
    pad,
    span_bounds,
    spans_in_windows,
    token_spans,
)

MAX_LENGTH, WINDOW_OVERLAP, MAX_QUESTION_LENGTH = 384, 128, 64
"""The default numbers of tokens, as in Google's BERT release."""


class Documents(NamedTuple):
    """Tokenized questions and contexts, and the windows that the contexts are split into.

    Attributes:
        questions: The token ids of the questions, `[documents, (tokens)]` int32.
        contexts: The token ids of the contexts, `[documents, (tokens)]` int32.
        starts: The index of the first code point of each context token, `[documents, (tokens)]` int64.
        ends: The index after the last code point of each context token, `[documents, (tokens)]` int64.
        windows: The windows of all documents.
        levels: The place before each context token, where a span may begin or end; see `text.span_bounds`,
            `[documents, (tokens)]` int32.
        span_ends: The index after the last code point of a span that ends with a context token, combining marks
            included, `[documents, (tokens)]` int64.
    """

    questions: tf.RaggedTensor
    contexts: tf.RaggedTensor
    starts: tf.RaggedTensor
    ends: tf.RaggedTensor
    windows: Windows
    levels: tf.RaggedTensor
    span_ends: tf.RaggedTensor


@keras.saving.register_keras_serializable(package="bert_keras")
class SpanExtractorPreprocessor(BertPreprocessor):
    """Tokenizes questions and contexts, splits contexts into overlapping windows, packs and pads these.

    It consists of TensorFlow ops only, and runs in `tf.data` and inside a SavedModel.

    Args:
        tokenizer: The tokenizer of the model.
        max_length: The maximum number of tokens in a window's row, question and special tokens included.
        window_overlap: The number of context tokens that a window shares with the one before it. `None` means 128, or a
            third of `max_length` if that is less.
        max_question_length: The maximum number of tokens of a question, which is truncated to it. `None` means 64, or a
            sixth of `max_length` if that is less.
        **kwargs: Further arguments of a Keras layer: `name`.

    Raises:
        InputError: `max_length` is too small for a question, the overlap and one more token.
    """

    def __init__(
        self,
        tokenizer: BertTokenizer,
        max_length: int = MAX_LENGTH,
        window_overlap: int | None = None,
        max_question_length: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(tokenizer, max_length, **kwargs)
        self.window_overlap = min(WINDOW_OVERLAP, max_length // 3) if window_overlap is None else window_overlap
        self.max_question_length = (
            min(MAX_QUESTION_LENGTH, max_length // 6) if max_question_length is None else max_question_length
        )
        self._check()
        self._as_graph = tf.function(
            self._documents,
            input_signature=[
                tf.TensorSpec([None], tf.string),
                tf.TensorSpec([None], tf.string),
                tf.TensorSpec([None], tf.int64),
            ],
            autograph=False,
        )

    def _check(self) -> None:
        if self.window_overlap < 0 or self.max_question_length < 1:
            raise InputError(
                "window_overlap must be 0 or above, and max_question_length 1 or above. Received: "
                f"{self.window_overlap} and {self.max_question_length}"
            )
        least = AROUND + self.max_question_length + self.window_overlap + 1
        if self.max_length < least:
            raise InputError(
                f"max_length must leave room for a question of {self.max_question_length} tokens, an overlap of "
                f"{self.window_overlap} and a token more: at least {least}. Received: {self.max_length}"
            )

    @classmethod
    def from_preset(
        cls,
        preset: str,
        max_length: int | None = None,
        window_overlap: int | None = None,
        max_question_length: int | None = None,
        *,
        base: str | None = None,
    ) -> Self:
        """Loads the preprocessor of a preset, without the weights of the model.

        Args:
            preset: The name, handle or folder of a preset; see `bert_keras.checkpoints.locate`.
            max_length: The maximum number of tokens per row. `None` means the value of a span extractor's preset; else
                384, or `model_max_length` of a Hugging Face folder or the number of positions if that is less.
            window_overlap: The number of tokens that neighbouring windows share. `None` means the preset's value if
                `max_length` is the preset's too, else the constructor's default.
            max_question_length: The maximum number of tokens of a question. `None` means the same as above.
            base: The model that an adapter stands over, instead of the one that it names; a folder or another preset.

        Returns:
            The preprocessor.

        Raises:
            PresetError: There is no such preset.
            CheckpointError: The files are broken or hold no BERT.
            VocabularyError: The vocabulary cannot be read.
            InputError: `max_length` exceeds the number of positions, or is too small.
        """
        tokenizer, positions, usual, row_length = preset_tokenizer(preset, "SpanExtractor", base)
        if max_length is not None and max_length != usual.get("max_length"):
            usual = {}  # the defaults of the other two are proportional to it
        length = usual.get("max_length", min(MAX_LENGTH, row_length)) if max_length is None else max_length
        overlap = usual.get("window_overlap") if window_overlap is None else window_overlap
        question = usual.get("max_question_length") if max_question_length is None else max_question_length
        return cls(tokenizer, fitting(length, positions), overlap, question)

    @property
    def settings(self) -> dict[str, int]:
        """The constructor's arguments, without the tokenizer."""
        return {name: getattr(self, name) for name in ("max_length", "window_overlap", "max_question_length")}

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Converts a batch of questions and contexts to inputs of the model.

        Args:
            x: The questions and contexts, `[batch]` strings each, as a tuple or under the names "question" and
                "context".
            y: `None`, or the answers: "start" and "end" `[batch]`, the code points of the context where the answer
                starts and ends, end exclusive; -1 and -1 if there is no answer.
            sample_weight: A weight for each document, `[batch]`.

        Returns:
            `token_ids`, `segment_ids` and `padding_mask` of all windows of the batch, each `[windows, tokens]` int32.
            With answers, a tuple of these and the targets "start" and "end" `[windows]` int32, the first and the last
            column of the answer; 0, the column of `[CLS]`, if the window does not contain the answer.
        """
        questions, contexts = (x["question"], x["context"]) if isinstance(x, dict) else x
        documents = self.documents(questions, contexts)
        inputs = pad(self.pack(documents, documents.windows), self.special_ids, self.max_length)
        if y is None:
            return inputs
        of = documents.windows.documents
        spans = self.targets(documents, y["start"], y["end"])
        weights = None if sample_weight is None else tf.gather(sample_weight, of)
        return keras.utils.pack_x_y_sample_weight(inputs, {"start": spans[:, 0], "end": spans[:, 1]}, weights)

    def documents(self, questions: Any, contexts: Any, context_of: Any = None) -> Documents:
        """Tokenizes questions and contexts, and splits the contexts into windows.

        Args:
            questions: The questions, `[documents]` strings.
            contexts: The contexts, `[documents]` strings; or fewer, if questions share them.
            context_of: The index of each question's context in `contexts`, `[documents]`. `None` means that each
                question has the context at its own index.

        Returns:
            The tokenized documents and their windows.
        """
        questions, contexts = (tf.convert_to_tensor(texts, tf.string) for texts in (questions, contexts))
        context_of = tf.range(tf.size(questions, tf.int64)) if context_of is None else tf.cast(context_of, tf.int64)
        make = self._as_graph if tf.executing_eagerly() else self._documents
        return make(questions, contexts, context_of)

    def _documents(self, questions: tf.Tensor, contexts: tf.Tensor, context_of: tf.Tensor) -> Documents:
        # Both are tokenized in one call, so that a graph contains the tokenizer's tables only once.
        count = tf.size(questions)
        ids, starts, ends = self.tokenizer.tokenize_with_offsets(tf.concat([questions, contexts], axis=0))
        asked = ids[:count, : self.max_question_length]
        ids, starts, ends = (rows[count:] for rows in (ids, starts, ends))
        bounds = span_bounds(contexts, starts, ends)
        ids, starts, ends, levels, span_ends = (tf.gather(rows, context_of) for rows in (ids, starts, ends, *bounds))
        windows = cut_windows(asked.row_lengths(), ids.row_lengths(), self.max_length, self.window_overlap)
        return Documents(asked, ids, starts, ends, windows, levels, span_ends)

    def pack(self, documents: Documents, windows: Windows) -> Packed:
        """Makes the rows of windows, without padding.

        Args:
            documents: The result of the method `documents`.
            windows: Its windows, or some of them.

        Returns:
            The token ids and the segment ids, each `[windows, (tokens)]` int32.
        """
        return pack_windows(documents.questions, documents.contexts, windows, self.special_ids)

    def targets(self, documents: Documents, starts: Any, ends: Any) -> tf.Tensor:
        """Finds the columns of the answers in the rows of all windows.

        Args:
            documents: The result of the method `documents`.
            starts: The index of the first code point of each document's answer, `[documents]`; -1 if there is none.
            ends: The index after its last code point, `[documents]`.

        Returns:
            The first and the last column, `[windows, 2]` int32; 0 and 0 if the window does not contain the answer.
        """
        starts, ends = (tf.cast(places, tf.int64) for places in (starts, ends))
        every = tf.range(tf.size(starts, tf.int64))
        first, last = token_spans(documents.starts, documents.ends, every, starts, ends)
        last = tf.where(starts < 0, first - 1, last)
        of = documents.windows.documents
        return spans_in_windows(documents.windows, tf.gather(first, of), tf.gather(last, of))

    @property
    def fingerprint(self) -> str:
        """A hash of everything that determines the token ids of windows."""
        return hashlib.sha256(f"{self.tokenizer.fingerprint} {self.settings}".encode()).hexdigest()
