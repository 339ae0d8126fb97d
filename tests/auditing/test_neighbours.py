"""Neighbours are the nearest by angle, and outliers are far from theirs."""

import numpy as np

from bert_keras.auditing import find_neighbours, neighbours as module


def test_neighbours_are_those_of_the_whole_matrix_of_angles() -> None:
    vectors = np.random.default_rng(0).normal(size=[60, 5]).astype(np.float32)
    centred = vectors - vectors.mean(axis=0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    similar = unit @ unit.T
    np.fill_diagonal(similar, -np.inf)
    found = find_neighbours(vectors, nearest=4)
    assert found.rows.tolist() == np.argsort(-similar, axis=1)[:, :4].tolist()
    assert np.allclose(found.distances, 1 - np.sort(similar, axis=1)[:, :-5:-1], atol=1e-6)


def test_of_many_rows_each_is_compared_with_evenly_spread_ones(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(module, "_MOST_COMPARED", 10)
    found = find_neighbours(np.random.default_rng(0).normal(size=[40, 3]), nearest=3)
    assert found.compared == 10
    assert set(found.rows.ravel().tolist()) <= set(range(0, 40, 4))
    assert not (found.rows == np.arange(40)[:, np.newaxis]).any()


def test_a_row_far_from_all_clouds_is_an_outlier() -> None:
    random = np.random.default_rng(0)
    clouds = np.repeat([[10.0, 0, 0], [0, 10.0, 0]], 25, axis=0) + random.normal(size=[50, 3])
    found = find_neighbours(np.concatenate([clouds, [[0, 0, 10.0]]]))
    assert found.far.argmax() == 50
    assert 50 in found.outliers() and len(found.outliers()) <= 3


def test_rows_that_are_nearly_all_equal_have_no_outliers() -> None:
    assert find_neighbours(np.tile(np.eye(3), [20, 1])).outliers().tolist() == []
