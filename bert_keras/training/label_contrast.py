"""The contrast of labelled rows: vectors of one label move together, those of different labels apart."""

import tensorflow as tf

TEMPERATURE = 0.1
"""The usual temperature (Khosla et al. 2020, section 4.4)."""
_NEVER = -1e9  # a row is not compared with itself


def label_contrast(targets: tf.Tensor, vectors: tf.Tensor, temperature: float = TEMPERATURE) -> tf.Tensor:
    """Computes the supervised contrastive loss of a batch (Khosla et al. 2020, section 3.2.2, their "out" form).

    For each row it is the cross entropy of a softmax over the cosines with all other rows, where the rows that share
    its label are right, each equally much. With several labels a row, a row is right by the share of both rows' labels
    that both have, as sets compare (Jaccard). Each row is encoded once, and is in a pair with every other.

    Args:
        targets: The index of each row's label, `[batch]`; or zeros and ones, `[batch, labels]`.
        vectors: The vectors, `[batch, size]`, of any length above 0.
        temperature: What the cosines are divided by.

    Returns:
        The losses, `[batch]` float32; 0 for a row that no other row shares a label with.
    """
    unit = tf.math.l2_normalize(tf.cast(vectors, tf.float32), axis=-1)
    others = 1 - tf.eye(tf.shape(unit)[0])
    cosines = tf.matmul(unit, unit, transpose_b=True) / temperature + (1 - others) * _NEVER
    logs = tf.nn.log_softmax(cosines) * others  # so that what is never right is not multiplied by its -1e9
    alike = _alike(targets) * others
    total = tf.reduce_sum(alike, axis=1)
    return -tf.math.divide_no_nan(tf.reduce_sum(alike * logs, axis=1), total)


def _alike(targets: tf.Tensor) -> tf.Tensor:
    """Returns how much two rows' labels are the same, from 0 to 1, `[batch, batch]` float32."""
    if len(targets.shape) == 1:
        return tf.cast(tf.equal(targets[:, tf.newaxis], targets[tf.newaxis]), tf.float32)
    held = tf.cast(targets > 0.5, tf.float32)
    both = tf.matmul(held, held, transpose_b=True)
    count = tf.reduce_sum(held, axis=1)
    either = count[:, tf.newaxis] + count[tf.newaxis] - both
    # Rows without any label are alike in that.
    return tf.where(either > 0, tf.math.divide_no_nan(both, either), 1.0)
