import numpy as np
import pytest

from bert_keras.retrieval import nearest, similar_pairs


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """Vectors of any length, of which row 7 is a multiple of row 3, and row 9 is nothing."""
    made = np.random.default_rng(0).normal(size=(2500, 8)).astype(np.float32)
    made[7], made[9] = 4 * made[3], 0
    return made


def cosines_of(vectors: np.ndarray, queries: np.ndarray) -> np.ndarray:
    lengths = [np.maximum(np.linalg.norm(of.astype(np.float64), axis=1), 1e-12) for of in (queries, vectors)]
    return queries.astype(np.float64) @ vectors.T.astype(np.float64) / np.outer(*lengths)


def test_the_nearest_rows_are_those_of_the_highest_cosines(vectors: np.ndarray) -> None:
    rows, cosines = nearest(vectors, vectors[3:6], 5)
    expected = cosines_of(vectors, vectors[3:6])
    np.testing.assert_allclose(cosines, -np.sort(-expected, axis=1)[:, :5], atol=1e-5)
    np.testing.assert_allclose(np.take_along_axis(expected, rows, axis=1), cosines, atol=1e-5)
    assert set(rows[0, :2].tolist()) == {3, 7}


def test_files_of_vectors_are_searched_block_by_block(
    vectors: np.ndarray, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path_factory.mktemp("vectors") / "vectors.npy"
    np.save(path, vectors)
    monkeypatch.setattr("bert_keras.retrieval.near_vectors._ROWS", 700)
    for one, other in zip(
        nearest(np.load(path, mmap_mode="r"), vectors[:2], 4), nearest(vectors, vectors[:2], 4), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-6)
    assert nearest(vectors[:2], vectors[:1], 10)[0].shape == (1, 2)


def test_all_pairs_above_a_cosine_are_found_once(vectors: np.ndarray) -> None:
    pairs, cosines = similar_pairs(vectors, 0.93)
    expected = np.triu(cosines_of(vectors, vectors), 1)
    assert set(map(tuple, pairs.tolist())) == set(
        zip(*map(np.ndarray.tolist, np.nonzero(expected >= 0.93)), strict=True)
    )
    assert pairs[0].tolist() == [3, 7]
    assert (np.diff(cosines) <= 0).all()
    np.testing.assert_allclose(cosines, expected[tuple(pairs.T)], atol=1e-5)
    assert similar_pairs(vectors[:1], 0.5)[0].shape == (0, 2)
