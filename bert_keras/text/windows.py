"""Division of long texts into overlapping windows, and conversion of answer spans from code points to tokens.

The row of a window is `[CLS] question [SEP] part of the context [SEP]`, or of a text alone `[CLS] part of it [SEP]`.
Training, prediction and serving use the same ops.
"""

from typing import NamedTuple

import tensorflow as tf

from bert_keras.text.packing import Packed, SpecialIds

AROUND = 3
"""The number of special tokens in a row of a window: `[CLS]`, `[SEP]` and `[SEP]`."""
AROUND_TEXT = 2
"""The number of special tokens in a row of a window of a text alone: `[CLS]` and `[SEP]`."""
_BEYOND_ANY_TEXT = 2**40  # code points or tokens


class Windows(NamedTuple):
    """The windows of several documents (each a question with its context), in order; all `[windows]` int64.

    Attributes:
        documents: The index of each window's document.
        begins: The index of each window's first context token in its document's context.
        lengths: The number of context tokens in each window.
        places: The column of each window's first context token in its row.
    """

    documents: tf.Tensor
    begins: tf.Tensor
    lengths: tf.Tensor
    places: tf.Tensor


def cut_windows(questions: tf.Tensor, contexts: tf.Tensor, max_length: int, overlap: int) -> Windows:
    """Divides contexts into overlapping windows.

    Args:
        questions: The number of tokens in each document's question, `[documents]` int64.
        contexts: The number of tokens in each document's context, `[documents]` int64. An empty context has one empty
            window.
        max_length: The maximum number of tokens per row, special tokens included.
        overlap: The number of context tokens that a window shares with the window before it (the "stride" of Hugging
            Face; Google's code uses that name for the step). Each row must have room for more than `overlap` context
            tokens.

    Returns:
        The windows. All but the last of each document are full.
    """
    return _windows(max_length - AROUND - questions, contexts, overlap, questions + 2)


def cut_text_windows(texts: tf.Tensor, max_length: int, overlap: int) -> Windows:
    """Divides texts into overlapping windows, which hold nothing else.

    Args:
        texts: The number of tokens in each text, `[texts]` int64. An empty text has one empty window.
        max_length: The maximum number of tokens per row, special tokens included; more than `overlap` and these.
        overlap: The number of tokens that a window shares with the window before it.

    Returns:
        The windows, whose documents are the texts. All but the last of each text are full.
    """
    return _windows(tf.fill(tf.shape(texts), tf.constant(max_length - AROUND_TEXT, tf.int64)), texts, overlap, 1)


def _windows(room: tf.Tensor, contexts: tf.Tensor, overlap: int, places: tf.Tensor | int) -> Windows:
    """Returns windows of up to `room` tokens, `[documents]` int64, that begin in the columns `places`."""
    step = room - overlap
    counts = 1 + (tf.maximum(contexts - room, 0) + step - 1) // step
    documents = tf.repeat(tf.range(tf.size(counts, tf.int64)), counts)
    numbers = tf.range(tf.size(documents, tf.int64)) - tf.gather(tf.cumsum(counts, exclusive=True), documents)
    begins = numbers * tf.gather(step, documents)
    lengths = tf.minimum(tf.gather(room, documents), tf.gather(contexts, documents) - begins)
    of_documents = tf.broadcast_to(tf.cast(places, tf.int64), tf.shape(room))
    return Windows(documents, begins, lengths, tf.gather(of_documents, documents))


def pack_text_windows(texts: tf.RaggedTensor, windows: Windows, special: SpecialIds) -> Packed:
    """Builds the rows of all or some of the windows of texts alone.

    Args:
        texts: The token ids of the texts, `[texts, (tokens)]` int32.
        windows: The windows, of `cut_text_windows`.
        special: The ids of the special tokens.

    Returns:
        The rows, `[windows, (tokens)]` int32; all segment ids are 0.
    """
    lengths = windows.lengths + AROUND_TEXT
    rows = tf.repeat(tf.range(tf.size(lengths, tf.int64)), lengths)
    column = tf.range(tf.size(rows, tf.int64)) - tf.gather(tf.cumsum(lengths, exclusive=True), rows)
    first = tf.gather(texts.row_starts(), windows.documents) + windows.begins
    source = tf.concat([tf.constant([special.cls, special.sep], tf.int32), texts.flat_values], axis=0)
    place = tf.where(column <= tf.gather(windows.lengths, rows), tf.gather(first, rows) + column + 1, 1)
    ids = tf.gather(source, tf.where(column > 0, place, 0))
    return Packed(
        *(tf.RaggedTensor.from_row_lengths(values, lengths, validate=False) for values in (ids, tf.zeros_like(ids)))
    )


def pack_windows(
    questions: tf.RaggedTensor, contexts: tf.RaggedTensor, windows: Windows, special: SpecialIds
) -> Packed:
    """Builds the rows of all or some of the windows of a batch of documents.

    Args:
        questions: The token ids of the questions, `[documents, (tokens)]` int32.
        contexts: The token ids of the contexts, `[documents, (tokens)]` int32.
        windows: The windows.
        special: The ids of the special tokens.

    Returns:
        The rows, `[windows, (tokens)]` int32. The segment id is 0 up to the `[SEP]` after the question, 1 after it.
    """
    lengths = windows.places + windows.lengths + 1
    ends = tf.cumsum(lengths)
    rows = tf.repeat(tf.range(tf.size(lengths, tf.int64)), lengths)
    column = tf.range(tf.size(rows, tf.int64)) - tf.gather(ends - lengths, rows)
    within = column - tf.gather(windows.places, rows)
    first_of_question = tf.gather(questions.row_starts(), windows.documents)
    first_of_context = tf.gather(contexts.row_starts(), windows.documents) + windows.begins
    in_question = (column >= 1) & (within < -1)
    in_context = (within >= 0) & (within < tf.gather(windows.lengths, rows))
    # The special tokens and both texts are concatenated, so that a single look-up builds all rows.
    source = tf.concat(
        [tf.constant([special.cls, special.sep], tf.int32), questions.flat_values, contexts.flat_values], axis=0
    )
    place = tf.where(column == 0, tf.zeros_like(column), tf.ones_like(column))
    place = tf.where(in_question, tf.gather(first_of_question, rows) + column + 1, place)
    behind = 2 + tf.size(questions.flat_values, tf.int64)
    place = tf.where(in_context, tf.gather(first_of_context, rows) + within + behind, place)
    ids, segments = tf.gather(source, place), tf.cast(within >= 0, tf.int32)
    return Packed(*(tf.RaggedTensor.from_row_lengths(values, lengths, validate=False) for values in (ids, segments)))


def token_spans(
    starts: tf.RaggedTensor, ends: tf.RaggedTensor, documents: tf.Tensor, first: tf.Tensor, last: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Converts spans of contexts from code points to tokens.

    Args:
        starts: The first code point of each token in its context, `[documents, (tokens)]` int64.
        ends: The end of each token, exclusive, `[documents, (tokens)]` int64.
        documents: The index of each span's document, `[spans]` int64.
        first: The first code point of each span, `[spans]` int64.
        last: The end of each span, exclusive, `[spans]` int64.

    Returns:
        The indices of the first and the last token that overlap each span, `[spans]` int64. The last is before the
        first where no token overlaps the span.
    """

    def keys(values: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        return values + rows * _BEYOND_ANY_TEXT  # sorted over all documents, so that one search serves all of them

    begins = tf.gather(starts.row_starts(), documents)
    token_of_end = tf.searchsorted(keys(ends.flat_values, ends.value_rowids()), keys(first, documents), side="right")
    token_of_start = tf.searchsorted(
        keys(starts.flat_values, starts.value_rowids()), keys(last, documents), side="left"
    )
    return tf.cast(token_of_end, tf.int64) - begins, tf.cast(token_of_start, tf.int64) - 1 - begins


def spans_in_windows(windows: Windows, first: tf.Tensor, last: tf.Tensor) -> tf.Tensor:
    """Converts token spans of contexts to columns of the windows' rows.

    Args:
        windows: The windows.
        first: The first token of the span in each window's document, `[windows]` int64.
        last: The last token of the span, inclusive, `[windows]` int64; less than `first` where there is no span.

    Returns:
        The first and the last column of the span, `[windows, 2]` int32; (0, 0), the column of `[CLS]`, where the window
        does not contain the whole span.
    """
    holds = (first <= last) & (first >= windows.begins) & (last < windows.begins + windows.lengths)
    columns = tf.stack([first, last], axis=1) - windows.begins[:, tf.newaxis] + windows.places[:, tf.newaxis]
    return tf.cast(tf.where(holds[:, tf.newaxis], columns, 0), tf.int32)
