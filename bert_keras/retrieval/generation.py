"""The arrays of an index from those that it had and from documents that were read."""

from collections.abc import Sequence

import numpy as np

from bert_keras.retrieval.changes import Changes
from bert_keras.retrieval.stored import Stored, TextArrays, VectorArrays
from bert_keras.retrieval.words import Words


def next_arrays(changes: Changes, before: Stored | None, words: Words) -> tuple[TextArrays, np.ndarray]:
    """Puts paragraphs together.

    Args:
        changes: The documents in their order, and those that were read.
        before: The index as it was.
        words: What finds the words of texts.

    Returns:
        The arrays of the paragraphs, and the number that each had before, `[paragraphs]`; -1 for a new one.
    """
    letters: list[bytes] = []
    numbers, places = [np.zeros(0, np.int64)], [np.zeros([0, 4], np.int64)]
    for file, first in zip(changes.files, changes.firsts, strict=True):
        if first is None or before is None:
            text, cut = changes.read[file.path].document.text, changes.read[file.path].paragraphs
            letters += [text[part.start : part.end].encode() for part in cut]
            numbers.append(np.full(len(cut), -1))
            places.append(np.array([(part.start, part.end, part.page, part.line) for part in cut]).reshape(-1, 4))
        else:
            kept = np.arange(first, first + file.paragraphs)
            letters += [before.text(number).encode() for number in kept.tolist()]
            numbers.append(kept)
            places.append(before.texts.places[kept])
    of = np.concatenate(numbers)
    found, counts = _words(of, letters, before, words)
    bounds = np.cumsum(np.array([0, *map(len, letters)], np.int64))
    return TextArrays(np.frombuffer(b"".join(letters), np.uint8), bounds, np.concatenate(places), found, counts), of


def next_vectors(of: np.ndarray, before: Stored | None) -> VectorArrays:
    """Returns the vectors that paragraphs have already, given the number that each had before."""
    if before is None:
        return no_vectors(len(of))
    vectors, known = (
        np.concatenate([array, np.zeros_like(array, shape=(1, *array.shape[1:]))]) for array in before.vectors
    )
    return VectorArrays(vectors[of], known[of])  # -1 is the last one, which is none


def no_vectors(paragraphs: int) -> VectorArrays:
    """Returns the vectors of paragraphs that have none."""
    return VectorArrays(np.zeros([paragraphs, 0], np.float32), np.zeros(paragraphs, bool))


def with_dimension(arrays: VectorArrays, dimension: int) -> VectorArrays:
    """Returns a copy in which there is room for vectors of a size, which may have none so far."""
    vectors = np.zeros([len(arrays.known), dimension], np.float32)
    if arrays.known.any():
        vectors[arrays.known] = arrays.vectors[arrays.known]
    return VectorArrays(vectors, arrays.known.copy())


def _words(
    of: np.ndarray, letters: Sequence[bytes], before: Stored | None, words: Words
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the words of all paragraphs and their numbers; only new paragraphs are split."""
    new = np.flatnonzero(of < 0)
    found, counts_new = words.of([letters[place].decode() for place in new.tolist()])
    parts: list[np.ndarray] = [np.zeros(0, np.uint64)] * len(of)
    for place, part in zip(new.tolist(), np.split(found, np.cumsum(counts_new)[:-1]), strict=False):
        parts[place] = part
    if before is not None:
        ends = np.cumsum(before.texts.counts)
        for place in np.flatnonzero(of >= 0).tolist():
            number = of[place]
            parts[place] = before.texts.words[ends[number] - before.texts.counts[number] : ends[number]]
    return np.concatenate([np.zeros(0, np.uint64), *parts]), np.array([*map(len, parts)], np.int64)
