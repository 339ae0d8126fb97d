import math

import numpy as np
import pytest
import tensorflow as tf

from bert_keras.training.contrastive_losses import (
    cosent,
    matryoshka,
    multiple_negatives_ranking,
    supervised_contrastive,
)

# sentence-transformers 6.2.0 computed the losses of these vectors, which are not of length 1.
VECTORS = np.random.default_rng(3).normal(size=[12, 6]).round(3).astype(np.float32)
PAIRS, TRIPLES = np.arange(8).reshape(4, 2), np.arange(12).reshape(4, 3)
EXPECTED = {
    "ranking": 2.152058,
    "triples": 3.582929,
    "symmetric": 2.195687,
    "cosent": 6.131959,
    "matryoshka": 9.600941,
}


def loss(function, targets, vectors, **settings) -> float:  # type: ignore[no-untyped-def]
    found = function(tf.constant(targets), tf.constant(vectors), **settings).numpy()
    assert found.shape == (len(targets),)
    return float(found.mean())


def test_losses_equal_those_of_sentence_transformers() -> None:
    pairs, scores = PAIRS.astype(np.int32), np.array([0.1, 0.9, 0.4, 0.9], np.float32)
    of_two = matryoshka(multiple_negatives_ranking, [6, 3])
    found = {
        "ranking": loss(multiple_negatives_ranking, pairs, VECTORS[:8]),
        "triples": loss(multiple_negatives_ranking, TRIPLES.astype(np.int32), VECTORS),
        "symmetric": loss(multiple_negatives_ranking, pairs, VECTORS[:8], symmetric=True),
        "cosent": loss(cosent, scores, VECTORS[:8]),
        "matryoshka": 2 * loss(of_two, pairs, VECTORS[:8]),
    }
    assert found == pytest.approx(EXPECTED, abs=1e-4)


def test_known_positives_are_nobody_s_negatives() -> None:
    same = np.array([[0, 1], [0, 2], [3, 1], [4, 0]], np.int32)  # an anchor and a positive twice, an anchor as positive
    alone = [math.log(1 + sum(math.exp(20 * (_cosine(a, c) - _cosine(a, a + 4))) for c in others))
             for a, others in ((0, ()), (1, ()), (2, (5, 7)), (3, (4, 5, 6)))]  # fmt: skip
    found = multiple_negatives_ranking(tf.constant(same), tf.constant(VECTORS[:8])).numpy()
    np.testing.assert_allclose(found, alone, rtol=1e-4, atol=1e-5)


def test_the_supervised_contrastive_loss_is_the_mean_over_all_texts_of_a_label() -> None:
    labels = np.array([0, 1, 0], np.int32)
    units, of_text = VECTORS[:6] / np.linalg.norm(VECTORS[:6], axis=1, keepdims=True), [0, 1, 0, 0, 1, 0]
    scores = 20 * units.astype(np.float64) @ units.T
    losses = []
    for row in range(6):
        others = [place for place in range(6) if place != row]
        total = math.log(sum(math.exp(scores[row, other]) for other in others))
        alike = [other for other in others if of_text[other] == of_text[row]]
        losses.append(-sum(scores[row, other] - total for other in alike) / len(alike))
    found = supervised_contrastive(tf.constant(labels), tf.constant(VECTORS[:6])).numpy()
    np.testing.assert_allclose(found, (np.array(losses[:3]) + losses[3:]) / 2, rtol=1e-4)


def _cosine(one: int, other: int) -> float:
    a, b = VECTORS[one].astype(np.float64), VECTORS[other].astype(np.float64)
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
