import numpy as np
import pytest
from sklearn.decomposition import PCA

from bert_keras.insight.pca import principal_components


@pytest.mark.parametrize(("points", "dimensions"), [(9_000, 12), (40, 60)])
def test_components_and_variances_are_those_of_scikit_learn(points: int, dimensions: int) -> None:
    vectors = np.random.default_rng(3).normal(size=(points, dimensions)).cumsum(axis=1).astype(np.float32) + 50
    found, reference = principal_components(vectors, 5), PCA(5, svd_solver="full").fit(vectors.astype(np.float64))
    overlap = np.abs(np.sum(found.components * reference.components_, axis=1))
    np.testing.assert_allclose(overlap, 1, atol=1e-9)
    np.testing.assert_allclose(found.kept, reference.explained_variance_ratio_.sum(), atol=1e-9)
    np.testing.assert_allclose(
        np.abs(found.project(vectors)), np.abs(reference.transform(vectors.astype(np.float64))), atol=1e-4
    )


def test_two_directions_keep_all_of_a_plane_and_distances_in_it() -> None:
    random = np.random.default_rng(0)
    plane = (random.normal(size=(30, 2)) @ random.normal(size=(2, 6)) + 1000).astype(np.float32)
    found = principal_components(plane, 2)
    projected = found.project(plane)
    assert found.kept == pytest.approx(1, abs=1e-6)
    between = [np.linalg.norm(rows[:, np.newaxis] - rows, axis=-1) for rows in (plane.astype(np.float64), projected)]
    np.testing.assert_allclose(*between, atol=2e-3)


def test_the_same_vectors_give_the_same_picture_whatever_their_order() -> None:
    vectors = np.random.default_rng(1).normal(size=(50, 4)) * [4, 3, 2, 1]
    one, other = principal_components(vectors, 4), principal_components(vectors[::-1], 4)
    np.testing.assert_allclose(one.components, other.components, atol=1e-9)
    assert (one.components[np.arange(4), np.abs(one.components).argmax(axis=1)] > 0).all()


def test_vectors_that_are_all_the_same_lose_nothing() -> None:
    assert principal_components(np.ones((5, 4)), 2).kept == 1.0
