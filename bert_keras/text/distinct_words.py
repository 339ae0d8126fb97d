"""Tokenization of many texts at once, in which each distinct word is split into pieces only once.

A word piece never crosses a blank, so the pieces of a text are those of its words. Among the words of some thousand
texts few are distinct; to look them up in Arrow's hash table takes less time than to split them.
"""

import sys
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

_PLAIN = np.isin(np.arange(256), [*range(0x20, 0x7F), *b"\t\r\n"])

Split: TypeAlias = Callable[[tf.Tensor], tf.RaggedTensor]


def is_arrow(texts: Any) -> bool:
    """Returns whether texts are an Arrow array; without importing Arrow."""
    arrow = sys.modules.get("pyarrow")
    return arrow is not None and isinstance(texts, arrow.Array)


def string_tensor(texts: Any) -> tf.Tensor:
    """Converts an Arrow array of strings without null to a tensor, `[texts]` string."""
    import pyarrow

    raw = pyarrow.large_binary() if pyarrow.types.is_large_string(texts.type) else pyarrow.binary()
    return tf.constant(texts.cast(raw).to_numpy(zero_copy_only=False), tf.string, [len(texts)])


def tokenize_distinct(texts: Any, split_plain: Split, split_any: Split, longest: int) -> tf.RaggedTensor:
    """Splits texts into word pieces.

    Args:
        texts: An Arrow array of strings without null.
        split_plain: A function that splits strings of ASCII without control characters other than tabs and line ends.
        split_any: A function that splits any strings.
        longest: The most bytes of a string for `split_plain`.

    Returns:
        The token ids of the texts, as `split_any` would return them for all, `[texts, (tokens)]` int32.
    """
    import pyarrow

    words, first_words = _words(texts)
    if not len(words):
        return tf.RaggedTensor.from_row_splits(
            np.zeros(0, np.int32), np.zeros(len(first_words), np.int64), validate=False
        )
    coded = words.dictionary_encode()
    plain = _are_plain(coded.dictionary, longest)
    parts = [
        split(string_tensor(coded.dictionary.filter(pyarrow.array(chosen))))
        for split, chosen in ((split_plain, plain), (split_any, ~plain))
    ]
    numbers = np.where(plain, np.cumsum(plain) - 1, np.count_nonzero(plain) + np.cumsum(~plain) - 1)
    lengths = np.concatenate([part.row_lengths().numpy() for part in parts])
    pieces = pyarrow.ListArray.from_arrays(
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32),
        pyarrow.array(np.concatenate([part.flat_values.numpy() for part in parts])),
    )
    taken = pieces.take(pyarrow.array(numbers[coded.indices.to_numpy()]))
    splits = taken.offsets.to_numpy()[first_words].astype(np.int64)
    return tf.RaggedTensor.from_row_splits(taken.values.to_numpy(), splits, validate=False)


def _words(texts: Any) -> tuple[Any, np.ndarray]:
    """Cuts texts before each blank, without a copy of a byte.

    Returns:
        The words of all texts, and the index of each text's first word with that of the end, `[texts + 1]`.
    """
    import pyarrow

    edges, data = _edges(texts)
    raw = np.frombuffer(data, np.uint8)[: edges[-1]]
    begins_word = raw == ord(" ")
    begins_word[edges[edges < len(raw)]] = True
    begins_word[: edges[0]] = False
    ends = np.append(np.flatnonzero(begins_word), len(raw))
    words = pyarrow.Array.from_buffers(
        pyarrow.large_string(), len(ends) - 1, [None, pyarrow.py_buffer(ends), pyarrow.py_buffer(data)]
    )
    return words, np.searchsorted(ends, edges)


def _edges(texts: Any) -> tuple[np.ndarray, Any]:
    """Returns where each text begins in a buffer, and where the last ends, `[texts + 1]`; and the buffer."""
    import pyarrow

    if not len(texts):
        return np.zeros(1, np.int64), b""
    _, offsets, data = texts.buffers()
    wide = pyarrow.types.is_large_string(texts.type)
    return np.frombuffer(offsets, np.int64 if wide else np.int32)[texts.offset :][: len(texts) + 1], data or b""


def _are_plain(words: Any, longest: int) -> np.ndarray:
    """Returns whether each word fits `split_plain`, `[words]` bool."""
    edges, data = _edges(words)
    odd = ~_PLAIN[np.frombuffer(data, np.uint8)]
    odd_before = np.concatenate([[0], np.cumsum(odd)])[edges]
    return (np.diff(odd_before) == 0) & (np.diff(edges) <= longest)
