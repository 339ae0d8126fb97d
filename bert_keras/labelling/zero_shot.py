"""Labels of texts without a labelled row: the description whose vector points most nearly the same way."""

import numpy as np

from bert_keras.insight.nearest import unit_vectors

_SCALE = 20.0  # of cosines, with which models of sentence-transformers are trained (Reimers and Gurevych 2019)
_SHARE = 0.5  # of a description in the direction of its label, beside the rows that are near it


def zero_shot(vectors: np.ndarray, descriptions: np.ndarray) -> np.ndarray:
    """Computes how probable each label is from the vectors of rows and of what the labels mean.

    Directions are taken from the mean of the rows, and of the descriptions from their own, since descriptions have
    in common that they are no such texts. Each label's direction then moves once towards the rows that are near it
    (soft k-means begun at the descriptions; of several steps, later ones may forget what the descriptions mean).

    Args:
        vectors: The sentence vector of each row, `[rows, size]`; at least one row.
        descriptions: The sentence vectors of the labels' descriptions, `[labels, size]`; at least two.

    Returns:
        The softmax over the labels of 20 times the cosine, `[rows, labels]` float32. They rank labels and rows; how
        often the most probable label is right, labelled rows alone can tell.
    """
    rows = unit_vectors(vectors, vectors.mean(axis=0))
    begun = unit_vectors(descriptions, descriptions.mean(axis=0))
    near = unit_vectors(_softmax(rows @ begun.T).T @ rows)
    labels = unit_vectors(_SHARE * begun + near)
    return _softmax(rows @ labels.T)


def _softmax(cosines: np.ndarray) -> np.ndarray:
    powers = np.exp(_SCALE * (cosines - cosines.max(axis=1, keepdims=True)))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
