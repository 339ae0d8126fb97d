"""Examples as token ids in memory, and batches of them padded to their own longest row."""

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.data.examples import Examples
from bert_keras.text import Packed

_TOKENIZED_TOGETHER = 4096
_SORTED_TOGETHER = 50  # batches
_WIDTH_STEP = 8

Batch = tuple[dict[str, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Encoded:
    """Packed rows, end to end.

    Attributes:
        token_ids: Of all rows, `[tokens]` int32.
        segment_ids: Of all rows, `[tokens]` int32.
        lengths: Tokens of each row, `[rows]` int64.
        labels: Index of each row's label, `[rows]` int32; zeros where there are none.
    """

    token_ids: np.ndarray
    segment_ids: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.lengths)

    @functools.cached_property
    def begins(self) -> np.ndarray:
        """Place of each row's first token, `[rows]` int64."""
        return np.cumsum(self.lengths) - self.lengths

    def batch(self, rows: np.ndarray) -> Batch:
        """Pads some rows.

        Args:
            rows: Which, `[batch]`.

        Returns:
            `token_ids`, `segment_ids` and `padding_mask`, each `[batch, tokens]` int32 (the longest row rounded up to a multiple
            of 8), and the labels `[batch]` int32. Padding has token id 0, which attention never sees.
        """
        lengths = self.lengths[rows]
        width = -(-int(lengths.max()) // _WIDTH_STEP) * _WIDTH_STEP
        within = np.arange(width)
        mask = within < lengths[:, np.newaxis]
        places = np.where(mask, self.begins[rows][:, np.newaxis] + within, 0)
        inputs = {
            "token_ids": np.where(mask, self.token_ids[places], 0),
            "segment_ids": np.where(mask, self.segment_ids[places], 0),
            "padding_mask": mask.astype(np.int32),
        }
        return inputs, self.labels[rows]


def encode(examples: Examples, pack: Callable[[Any], Packed], labels: Sequence[int] | None = None) -> Encoded:
    """Tokenizes examples once and for all.

    Args:
        examples: The rows.
        pack: Makes rows of token ids of texts or of a tuple (texts, pairs), e.g. `TextClassifierPreprocessor.pack`.
        labels: Index of each row's label.

    Returns:
        The rows in the same order.
    """
    chunks = []
    for first in range(0, len(examples), _TOKENIZED_TOGETHER):
        part = slice(first, first + _TOKENIZED_TOGETHER)
        packed = pack(examples.texts[part] if examples.pairs is None else (examples.texts[part], examples.pairs[part]))
        ids, segments = packed
        chunks.append((ids.flat_values.numpy(), segments.flat_values.numpy(), ids.row_lengths().numpy()))
    token_ids, segment_ids, lengths = (np.concatenate(parts) for parts in zip(*chunks, strict=True))
    return Encoded(token_ids, segment_ids, lengths, np.asarray(labels or np.zeros(len(lengths)), np.int32))


def training_batches(data: Encoded, batch_size: int, epochs: int, seed: int) -> tf.data.Dataset:
    """Batches of all epochs, one stream: shuffled, rows of like length together.

    Each epoch is shuffled anew; every 50 batches' worth of rows are sorted by length and cut into batches, and the batches
    shuffled. So little is padded, while which rows meet stays random.

    Args:
        data: The rows.
        batch_size: Rows of a batch; the last of an epoch may have fewer.
        epochs: How many times over the data.
        seed: The same seed gives the same batches.

    Returns:
        A dataset of (inputs, labels) as `Encoded.batch` makes them, `epochs * ceil(rows / batch_size)` of them.
    """

    def stream() -> Iterator[Batch]:
        for epoch in range(epochs):
            for rows in _shuffled(data.lengths, batch_size, np.random.default_rng([seed, epoch])):
                yield data.batch(rows)

    return _dataset(stream, epochs * math.ceil(len(data) / batch_size))


def evaluation_batches(data: Encoded, batch_size: int) -> tf.data.Dataset:
    """The batches of `ordered_batches` as a dataset.

    Args:
        data: The rows.
        batch_size: Rows of a batch.

    Returns:
        A dataset of (inputs, labels).
    """
    return _dataset(lambda: (batch for _, batch in ordered_batches(data, batch_size)), math.ceil(len(data) / batch_size))


def ordered_batches(data: Encoded, batch_size: int) -> Iterator[tuple[np.ndarray, Batch]]:
    """Batches for evaluation: rows sorted by length, each once.

    Args:
        data: The rows.
        batch_size: Rows of a batch.

    Yields:
        The places of the batch's rows in the data, `[batch]`, and the batch.
    """
    order = np.argsort(data.lengths, kind="stable")
    for first in range(0, len(order), batch_size):
        rows = order[first : first + batch_size]
        yield rows, data.batch(rows)


def _shuffled(lengths: np.ndarray, batch_size: int, random: np.random.Generator) -> list[np.ndarray]:
    order = random.permutation(len(lengths))
    size = batch_size * _SORTED_TOGETHER
    batches = []
    for first in range(0, len(order), size):
        rows = order[first : first + size]
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        batches += [rows[start : start + batch_size] for start in range(0, len(rows), batch_size)]
    random.shuffle(batches)
    return batches


def _dataset(stream: Callable[[], Iterator[Batch]], batches: int) -> tf.data.Dataset:
    inputs = dict.fromkeys(("token_ids", "segment_ids", "padding_mask"), tf.TensorSpec([None, None], tf.int32))
    dataset = tf.data.Dataset.from_generator(stream, output_signature=(inputs, tf.TensorSpec([None], tf.int32)))
    # Keras takes a dataset of unknown length that ends for one that broke off.
    return dataset.apply(tf.data.experimental.assert_cardinality(batches)).prefetch(tf.data.AUTOTUNE)
