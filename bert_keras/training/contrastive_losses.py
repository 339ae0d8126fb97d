"""The losses that train a text encoder: each compares the vectors of all rows of a step with one another."""

from collections.abc import Callable, Sequence
from functools import partial

import tensorflow as tf

from bert_keras.training.label_contrast import label_contrast

VectorLoss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""A function from targets `[groups, …]` and vectors `[groups * texts, dimension]` to losses, `[groups]` float32. The
vectors are those of all first texts, then those of all second ones, and so on."""
_NEVER = -1e9  # the score of what is no negative, whose softmax is 0


def multiple_negatives_ranking(
    targets: tf.Tensor, vectors: tf.Tensor, scale: float = 20.0, symmetric: bool = False
) -> tf.Tensor:
    """Computes the cross entropy of each anchor's own positive among those of all anchors (Henderson et al. 2017).

    A text that the step has as a positive of the same anchor, and the anchor itself, are not negatives of it.

    Args:
        targets: The numbers of the texts of each group, equal for equal texts: the anchor, its positive, and its
            negatives if there are any, `[groups, texts]` int32.
        vectors: The vectors; see `VectorLoss`.
        scale: The factor of the cosines, the inverse of a temperature.
        symmetric: Whether the mean is taken with the cross entropy of each positive's anchor among all anchors.

    Returns:
        The losses, `[groups]` float32.
    """
    groups = tf.shape(targets)[0]
    units = _unit(vectors)
    anchors, candidates = units[:groups], units[groups:]
    scores = scale * tf.matmul(anchors, candidates, transpose_b=True)
    texts = tf.transpose(targets)
    of_candidates = tf.reshape(texts[1:], [-1])
    own = tf.eye(groups, tf.shape(scores)[1], dtype=tf.bool)
    same_anchor = tf.cast(texts[0][:, tf.newaxis] == texts[0][tf.newaxis], tf.float32)
    is_positive = tf.cast(texts[1][:, tf.newaxis] == of_candidates[tf.newaxis], tf.float32)
    known = (tf.matmul(same_anchor, is_positive) > 0) | (texts[0][:, tf.newaxis] == of_candidates[tf.newaxis])
    forward = _own_cross_entropy(tf.where(known & ~own, _NEVER, scores))
    if not symmetric:
        return forward
    backwards = tf.transpose(tf.where((known & ~own)[:, :groups], _NEVER, scores[:, :groups]))
    return (forward + _own_cross_entropy(backwards)) / 2


def cosent(targets: tf.Tensor, vectors: tf.Tensor, scale: float = 20.0) -> tf.Tensor:
    """Computes the loss of pairs whose cosines are not in the order of their scores (CoSENT; Su 2022).

    It is the logarithm of one plus the sum of `exp(scale * (cosine of the lower - cosine of the higher))` over all two
    pairs of different scores.

    Args:
        targets: The score of each pair, `[groups]` float32; higher ones are of texts that are more alike.
        vectors: The vectors of the first and the second texts; see `VectorLoss`.
        scale: The factor of the cosines.

    Returns:
        The loss of all pairs together, for each of them, `[groups]` float32.
    """
    cosines = scale * pair_cosines(targets, vectors)
    apart = cosines[:, tf.newaxis] - cosines[tf.newaxis]
    lower = targets[:, tf.newaxis] < targets[tf.newaxis]
    terms = tf.concat([[0.0], tf.reshape(tf.where(lower, apart, _NEVER), [-1])], axis=0)
    return tf.fill(tf.shape(cosines), tf.reduce_logsumexp(terms))


def supervised_contrastive(targets: tf.Tensor, vectors: tf.Tensor, scale: float = 20.0) -> tf.Tensor:
    """Computes the supervised contrastive loss (Khosla et al. 2020, equation 2).

    Args:
        targets: The label of both texts of each group, `[groups]` int32.
        vectors: The vectors of the first and the second texts; see `VectorLoss`.
        scale: The factor of the cosines, the inverse of the temperature.

    Returns:
        The mean loss of both texts of each group, `[groups]` float32.
    """
    losses = label_contrast(tf.tile(targets, [2]), vectors, 1 / scale)
    return tf.reduce_mean(tf.reshape(losses, [2, -1]), axis=0)


def matryoshka(loss: VectorLoss, dimensions: Sequence[int]) -> VectorLoss:
    """Returns the mean of a loss of vectors and of their beginnings (Kusupati et al. 2022), each of which then serves.

    Args:
        loss: The loss.
        dimensions: The sizes of the beginnings.
    """

    def of_beginnings(targets: tf.Tensor, vectors: tf.Tensor) -> tf.Tensor:
        return tf.add_n([loss(targets, vectors[:, :size]) for size in dimensions]) / len(dimensions)

    return of_beginnings


def contrastive_loss(kind: str, scale: float = 20.0, symmetric: bool = False) -> VectorLoss:
    """Returns the loss of a kind of groups, of `data.TextGroups.kind`.

    Args:
        kind: "pairs", "triples", "scored_pairs" or "labelled_texts".
        scale: The factor of the cosines.
        symmetric: As in `multiple_negatives_ranking`.
    """
    if kind == "scored_pairs":
        return partial(cosent, scale=scale)
    if kind == "labelled_texts":
        return partial(supervised_contrastive, scale=scale)
    return partial(multiple_negatives_ranking, scale=scale, symmetric=symmetric)


def pair_cosines(targets: tf.Tensor, vectors: tf.Tensor) -> tf.Tensor:
    """Returns the cosine of the first and the second text of each group, `[groups]`."""
    groups = tf.shape(targets)[0]
    units = _unit(vectors)
    return tf.reduce_sum(units[:groups] * units[groups : 2 * groups], axis=1)


def _unit(vectors: tf.Tensor) -> tf.Tensor:
    return tf.math.l2_normalize(tf.cast(vectors, tf.float32), axis=-1, epsilon=1e-24)


def _own_cross_entropy(scores: tf.Tensor) -> tf.Tensor:
    """Returns the cross entropy of each row's own column, the one of the same number."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(tf.range(tf.shape(scores)[0]), scores)
