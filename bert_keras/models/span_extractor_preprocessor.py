"""Questions and contexts -> windows, the inputs of a backbone."""

import hashlib
from typing import Any, NamedTuple, Self

import keras
import keras_hub
import tensorflow as tf

from bert_keras.errors import InputError
from bert_keras.models.backbone import BertBackbone
from bert_keras.models.preset_tokenizer import preset_tokenizer
from bert_keras.models.text_classifier_preprocessor import fitting
from bert_keras.text import (
    AROUND,
    BertTokenizer,
    Packed,
    SpecialIds,
    Windows,
    cut_windows,
    pack_windows,
    pad,
    spans_in_windows,
    token_spans,
)

MAX_LENGTH, WINDOW_OVERLAP, MAX_QUESTION_LENGTH = 384, 128, 64


class Documents(NamedTuple):
    """Questions and contexts as tokens, cut into windows.

    Attributes:
        questions: Ids of the questions, `[documents, (tokens)]` int32.
        contexts: Ids of the contexts, `[documents, (tokens)]` int32.
        starts: First code point of each token of the contexts, `[documents, (tokens)]` int64.
        ends: One past its last code point, `[documents, (tokens)]` int64.
        windows: The windows of all documents.
    """

    questions: tf.RaggedTensor
    contexts: tf.RaggedTensor
    starts: tf.RaggedTensor
    ends: tf.RaggedTensor
    windows: Windows


@keras.saving.register_keras_serializable(package="bert_keras")
class SpanExtractorPreprocessor(keras_hub.models.Preprocessor):
    """Tokenizes, cuts contexts into overlapping windows, packs and pads; TensorFlow ops alone.

    What is not given is as in the BERT release where the model has 512 positions, and in proportion where it has fewer.

    Args:
        tokenizer: The tokenizer of the model.
        max_length: Most tokens of a window's row, question and special tokens included.
        window_overlap: Tokens of the context that a window shares with the one before it.
        max_question_length: Most tokens of a question; what is longer is cut.
        **kwargs: Of a Keras layer: `name`.

    Raises:
        InputError: Rows too short for question, overlap and one token more.
    """

    backbone_cls = BertBackbone
    tokenizer_cls = BertTokenizer

    def __init__(
        self,
        tokenizer: BertTokenizer,
        max_length: int = MAX_LENGTH,
        window_overlap: int | None = None,
        max_question_length: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.tokenizer = tokenizer
        self.max_length = max_length
        self.window_overlap = min(WINDOW_OVERLAP, max_length // 3) if window_overlap is None else window_overlap
        self.max_question_length = (
            min(MAX_QUESTION_LENGTH, max_length // 6) if max_question_length is None else max_question_length
        )
        self._check()
        self._call_accepts_labels = False  # KerasHub takes the second of a tuple for labels
        self._as_graph = tf.function(
            self._documents,
            input_signature=[
                tf.TensorSpec([None], tf.string),
                tf.TensorSpec([None], tf.string),
                tf.TensorSpec([None], tf.int64),
            ],
            autograph=False,
        )
        self.built = True

    def _check(self) -> None:
        if self.window_overlap < 0 or self.max_question_length < 1:
            raise InputError(
                "window_overlap must be 0 or above, and max_question_length 1 or above. Received: "
                f"{self.window_overlap} and {self.max_question_length}"
            )
        least = AROUND + self.max_question_length + self.window_overlap + 1
        if self.max_length < least:
            raise InputError(
                f"max_length must leave room for a question of {self.max_question_length} tokens, an overlap of {self.window_overlap} "
                f"and a token more: at least {least}. Received: {self.max_length}"
            )

    @classmethod
    def from_preset(
        cls,
        preset: str,
        max_length: int | None = None,
        window_overlap: int | None = None,
        max_question_length: int | None = None,
    ) -> Self:
        """Loads the tokenizer of a preset, and no weights.

        Args:
            preset: See `bert_keras.checkpoints.locate`.
            max_length: Most tokens of a row; without it as the preset of a span extractor has it, or 384.
            window_overlap: Tokens that neighbouring windows share; without it as the preset has it.
            max_question_length: Most tokens of a question; without it as the preset has it.

        Returns:
            The preprocessor.

        Raises:
            PresetError: Nothing to load under that name.
            CheckpointError: Files that are broken or not BERT's.
            VocabularyError: A vocabulary that cannot be read.
            InputError: A `max_length` beyond the positions, or too short.
        """
        tokenizer, positions, usual = preset_tokenizer(preset, "SpanExtractor")
        if max_length is not None and max_length != usual.get("max_length"):
            usual = {}  # overlap and question are in proportion to it
        length = usual.get("max_length", min(MAX_LENGTH, positions)) if max_length is None else max_length
        overlap = usual.get("window_overlap") if window_overlap is None else window_overlap
        question = usual.get("max_question_length") if max_question_length is None else max_question_length
        return cls(tokenizer, fitting(length, positions), overlap, question)

    @property
    def settings(self) -> dict[str, int]:
        """What decides about windows beside the tokenizer."""
        return {name: getattr(self, name) for name in ("max_length", "window_overlap", "max_question_length")}

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Prepares a batch.

        Args:
            x: Questions and contexts, `[batch]` strings each, as a tuple or under the names "question" and "context".
            y: None, or where the answers are: "start" and "end" `[batch]`, code points of the contexts, the end one
                past the last; -1 and -1 where there is none.
            sample_weight: A weight for each document, `[batch]`.

        Returns:
            `token_ids`, `segment_ids` and `padding_mask` of all windows of the batch, each `[windows, tokens]` int32.
            With answers a tuple of it and "start" and "end" `[windows]` int32, first and last column of the answer; 0,
            that of `[CLS]`, where the window does not hold it.
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
        """Tokenizes questions and contexts, and cuts windows.

        Args:
            questions: `[documents]` strings.
            contexts: `[documents]` strings; or fewer, where several questions are asked of one.
            context_of: The place of each question's context in `contexts`, `[documents]`; without it they stand side by
                side.

        Returns:
            The documents.
        """
        questions, contexts = (tf.convert_to_tensor(texts, tf.string) for texts in (questions, contexts))
        context_of = tf.range(tf.size(questions, tf.int64)) if context_of is None else tf.cast(context_of, tf.int64)
        make = self._as_graph if tf.executing_eagerly() else self._documents
        return make(questions, contexts, context_of)

    def _documents(self, questions: tf.Tensor, contexts: tf.Tensor, context_of: tf.Tensor) -> Documents:
        # One pass over both, so that a graph holds the tokenizer's tables once.
        count = tf.size(questions)
        ids, starts, ends = self.tokenizer.tokenize_with_offsets(tf.concat([questions, contexts], axis=0))
        asked = ids[:count, : self.max_question_length]
        ids, starts, ends = (tf.gather(rows[count:], context_of) for rows in (ids, starts, ends))
        windows = cut_windows(asked.row_lengths(), ids.row_lengths(), self.max_length, self.window_overlap)
        return Documents(asked, ids, starts, ends, windows)

    def pack(self, documents: Documents, windows: Windows) -> Packed:
        """Makes the rows of windows.

        Args:
            documents: What `documents` returned.
            windows: Its windows, or some of them.

        Returns:
            Ids and segment ids, each `[windows, (tokens)]` int32.
        """
        return pack_windows(documents.questions, documents.contexts, windows, self.special_ids)

    def targets(self, documents: Documents, starts: Any, ends: Any) -> tf.Tensor:
        """Says where answers stand in the rows of all windows.

        Args:
            documents: What `documents` returned.
            starts: First code point of each document's answer, `[documents]`; -1 where there is none.
            ends: One past its last, `[documents]`.

        Returns:
            First and last column, `[windows, 2]` int32; 0 and 0 where the window does not hold the answer.
        """
        starts, ends = (tf.cast(places, tf.int64) for places in (starts, ends))
        every = tf.range(tf.size(starts, tf.int64))
        first, last = token_spans(documents.starts, documents.ends, every, starts, ends)
        last = tf.where(starts < 0, first - 1, last)
        of = documents.windows.documents
        return spans_in_windows(documents.windows, tf.gather(first, of), tf.gather(last, of))

    @property
    def special_ids(self) -> SpecialIds:
        """The ids of the special tokens in the tokenizer's vocabulary."""
        return SpecialIds(*(self.tokenizer.token_to_id(token) for token in ("[PAD]", "[CLS]", "[SEP]")))

    @property
    def fingerprint(self) -> str:
        """A hash of everything that decides about the token ids of windows."""
        return hashlib.sha256(f"{self.tokenizer.fingerprint} {self.settings}".encode()).hexdigest()

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return super().get_config() | self.settings
