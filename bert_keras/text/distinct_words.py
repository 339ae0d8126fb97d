"""Tokenization of many texts at once, in which each distinct word is split into pieces only once.

A word piece never crosses a blank, so the pieces of a text are those of its words. Among the words of some thousand
texts few are distinct; to look them up in Arrow's hash table takes less time than to split them.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf


def is_arrow(texts: Any) -> bool:
    """Returns whether texts are an Arrow array; without importing Arrow."""
    arrow = sys.modules.get("pyarrow")
    return arrow is not None and isinstance(texts, arrow.Array)


def string_tensor(texts: Any) -> tf.Tensor:
    """Converts an Arrow array of strings without null to a tensor, `[texts]` string."""
    import pyarrow

    raw = pyarrow.large_binary() if pyarrow.types.is_large_string(texts.type) else pyarrow.binary()
    return tf.constant(texts.cast(raw).to_numpy(zero_copy_only=False), tf.string, [len(texts)])


def tokenize_distinct(texts: Any, tokenize: Callable[[tf.Tensor], tf.RaggedTensor]) -> tf.RaggedTensor:
    """Splits texts into word pieces.

    Args:
        texts: An Arrow array of strings without null.
        tokenize: A function that splits strings, given as a tensor.

    Returns:
        The token ids of the texts, as `tokenize` would return them for all, `[texts, (tokens)]` int32.
    """
    import pyarrow
    import pyarrow.compute

    words = pyarrow.compute.split_pattern(texts, " ")
    distinct = words.values.dictionary_encode()
    pieces = tokenize(string_tensor(distinct.dictionary))
    of_words = pyarrow.ListArray.from_arrays(
        pieces.row_splits.numpy().astype(np.int32), pyarrow.array(pieces.flat_values.numpy())
    )
    taken = of_words.take(distinct.indices)
    splits = taken.offsets.to_numpy()[words.offsets.to_numpy()]
    return tf.RaggedTensor.from_row_splits(taken.values.to_numpy(), splits.astype(np.int64), validate=False)
