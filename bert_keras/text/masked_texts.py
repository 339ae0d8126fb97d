"""Tokens of texts in which `[MASK]` stands for the mask token."""

from typing import Any, NamedTuple

import tensorflow as tf

from bert_keras.text.tokenizer import BertTokenizer

MASK = "[MASK]"


class MaskedTexts(NamedTuple):
    """Texts with masks.

    Attributes:
        token_ids: The token ids without `[CLS]` and `[SEP]`, `[batch, (tokens)]` int32.
        starts: The code point at which each mask begins, `[batch, (masks)]` int32.
    """

    token_ids: tf.RaggedTensor
    starts: tf.RaggedTensor


def tokenize_masked(tokenizer: BertTokenizer, texts: Any) -> MaskedTexts:
    """Splits texts into tokens, with a mask wherever "[MASK]" stands in a text.

    Everywhere else in the project such characters are text. What stands between masks is tokenized by itself, as
    `tokenizers` does.

    Args:
        tokenizer: The tokenizer.
        texts: The texts, `[batch]` strings.

    Returns:
        The tokens and the places of the masks.
    """
    parts = tf.strings.split(tf.convert_to_tensor(texts, tf.string), MASK)
    ids = tokenizer.tokenize(parts.flat_values)
    behind = tf.fill(tf.stack([ids.nrows(), 1]), tf.constant(tokenizer.token_to_id(MASK), ids.dtype))
    with_masks = tf.concat([ids, tf.RaggedTensor.from_tensor(behind)], axis=1)  # a mask ends each part
    splits = tf.gather(with_masks.row_splits, parts.row_splits)
    rows = tf.RaggedTensor.from_row_splits(with_masks.flat_values, splits, validate=False)
    lengths = tf.strings.unicode_decode(parts.flat_values, "UTF-8", errors="replace").row_lengths()
    of_parts = parts.with_flat_values(tf.cast(lengths, tf.int32))
    ends = tf.cumsum(of_parts.flat_values + len(MASK)) - len(MASK)
    before = tf.gather(tf.concat([[0], ends + len(MASK)], axis=0), parts.row_starts())
    starts = parts.with_flat_values(ends - tf.repeat(before, parts.row_lengths()))
    return MaskedTexts(_without_last(rows), _without_last(starts))


def _without_last(rows: tf.RaggedTensor) -> tf.RaggedTensor:
    """Drops the last value of each row: the mask behind the last part, which no text has."""
    values = tf.range(tf.size(rows.flat_values, tf.int64))
    last = tf.gather(rows.row_splits, rows.value_rowids() + 1) - 1
    kept = tf.boolean_mask(rows.flat_values, values < last)
    return tf.RaggedTensor.from_row_lengths(kept, tf.maximum(rows.row_lengths() - 1, 0), validate=False)
