import numpy as np
import pytest

from bert_keras.evaluation import first_ranks, paired_cosines, ranking_scores, similarity_scores

AXES = np.eye(3, dtype=np.float32)


def test_the_place_of_the_best_relevant_text_counts_from_one() -> None:
    queries = np.array([[3, 2, 1], [0, 1, 0], [0, 0, 5]], np.float32)
    relevant = [np.array([2]), np.array([0, 1]), np.array([], int)]
    assert first_ranks(queries, AXES, relevant, [None] * 3).tolist() == [3, 1, 0]
    # The query's own text is not ranked, though nothing is nearer.
    assert first_ranks(queries[:1], AXES, [np.array([1])], [0]).tolist() == [1]


def test_vectors_that_are_all_alike_find_nothing() -> None:
    alike = np.ones([4, 3], np.float32)
    assert first_ranks(alike, alike, [np.array([row]) for row in range(4)], [None] * 4).tolist() == [4] * 4


def test_the_metrics_of_a_search_are_those_of_its_ranks() -> None:
    found = ranking_scores(np.array([1, 2, 4, 20]))
    assert found == pytest.approx({"mrr": 0.45, "recall_at_1": 0.25, "recall_at_10": 0.75})


def test_correlations_are_of_the_cosines_and_zero_for_constant_ones() -> None:
    cosines = paired_cosines(np.array([[1.0, 0], [1, 1], [2, 0]]), np.array([[0, 1.0], [1, 0], [3, 0]]))
    np.testing.assert_allclose(cosines, [0, np.sqrt(0.5), 1])
    assert similarity_scores(np.array([1.0, 5, 9]), cosines)["spearman"] == pytest.approx(1)
    assert similarity_scores(np.array([1.0, 5, 9]), np.ones(3)) == {"spearman": 0.0, "pearson": 0.0}
