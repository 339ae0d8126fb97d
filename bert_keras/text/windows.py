"""Long contexts -> overlapping windows that fit BERT beside their question, and the way between code points and tokens.

A window's row is `[CLS] question [SEP] part of the context [SEP]`. Training, prediction and serving cut with the same
ops.
"""

from typing import NamedTuple

import tensorflow as tf

from bert_keras.text.packing import Packed, SpecialIds

AROUND = 3  # [CLS], [SEP] and [SEP] of a row
_BEYOND_ANY_TEXT = 2**40  # code points or tokens


class Windows(NamedTuple):
    """Windows of several documents (each a question and a context), in order; all `[windows]` int64.

    Attributes:
        documents: The document each is of.
        begins: Its first token of that document's context.
        lengths: How many tokens of the context it holds.
        places: Where the first of them stands in the window's row.
    """

    documents: tf.Tensor
    begins: tf.Tensor
    lengths: tf.Tensor
    places: tf.Tensor


def cut_windows(questions: tf.Tensor, contexts: tf.Tensor, max_length: int, overlap: int) -> Windows:
    """Cuts contexts into windows.

    Args:
        questions: Tokens of each document's question, `[documents]` int64.
        contexts: Tokens of each document's context, `[documents]` int64. An empty context has one empty window.
        max_length: Most tokens of a row, special ones included.
        overlap: Tokens of the context that a window shares with the one before it (the "stride" of Hugging Face;
            Google's code gives that name to the step). Each row must hold more than `overlap` tokens of its context.

    Returns:
        The windows. Each but a document's last is full.
    """
    room = max_length - AROUND - questions
    step = room - overlap
    counts = 1 + (tf.maximum(contexts - room, 0) + step - 1) // step
    documents = tf.repeat(tf.range(tf.size(counts, tf.int64)), counts)
    numbers = tf.range(tf.size(documents, tf.int64)) - tf.gather(tf.cumsum(counts, exclusive=True), documents)
    begins = numbers * tf.gather(step, documents)
    lengths = tf.minimum(tf.gather(room, documents), tf.gather(contexts, documents) - begins)
    return Windows(documents, begins, lengths, tf.gather(questions, documents) + 2)


def pack_windows(
    questions: tf.RaggedTensor, contexts: tf.RaggedTensor, windows: Windows, special: SpecialIds
) -> Packed:
    """Makes the rows of windows, all of a batch or some.

    Args:
        questions: Ids of the questions, `[documents, (tokens)]` int32.
        contexts: Ids of the contexts, `[documents, (tokens)]` int32.
        windows: Which parts of them.
        special: Ids of the special tokens.

    Returns:
        The rows, `[windows, (tokens)]` int32; question and `[SEP]` have segment id 0, what follows has 1.
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
    # Both texts end to end behind the two special tokens, so that one look-up makes all rows.
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
    """Finds the tokens that hold spans of contexts.

    Args:
        starts: Where each token begins in its context, in code points, `[documents, (tokens)]` int64.
        ends: One past its last code point, `[documents, (tokens)]` int64.
        documents: Of each span, `[spans]` int64.
        first: Its first code point, `[spans]` int64.
        last: One past its last, `[spans]` int64.

    Returns:
        The first and the last token of each, `[spans]` int64; the last is before the first where no token holds any of
        it.
    """

    def keys(values: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        return values + rows * _BEYOND_ANY_TEXT  # so that one search finds the places of all documents

    begins = tf.gather(starts.row_starts(), documents)
    token_of_end = tf.searchsorted(keys(ends.flat_values, ends.value_rowids()), keys(first, documents), side="right")
    token_of_start = tf.searchsorted(
        keys(starts.flat_values, starts.value_rowids()), keys(last, documents), side="left"
    )
    return tf.cast(token_of_end, tf.int64) - begins, tf.cast(token_of_start, tf.int64) - 1 - begins


def spans_in_windows(windows: Windows, first: tf.Tensor, last: tf.Tensor) -> tf.Tensor:
    """Says where spans stand in the rows of windows.

    Args:
        windows: The windows.
        first: First token of the span of each window's document, `[windows]` int64.
        last: Its last token, `[windows]` int64; before `first` where there is none.

    Returns:
        First and last column of the span, `[windows, 2]` int32; (0, 0), the place of `[CLS]`, where the window does not
        hold it whole.
    """
    holds = (first <= last) & (first >= windows.begins) & (last < windows.begins + windows.lengths)
    columns = tf.stack([first, last], axis=1) - windows.begins[:, tf.newaxis] + windows.places[:, tf.newaxis]
    return tf.cast(tf.where(holds[:, tf.newaxis], columns, 0), tf.int32)
