"""Rows in planes: the principal components, and t-SNE for as many as it takes a reasonable time for."""

import importlib

import numpy as np
import pytest

from bert_keras.insight.pca import principal_components
from bert_keras.insight.planes import planes

CLOUDS = np.repeat(np.eye(3, 8) * 10, 12, axis=0) + np.random.default_rng(0).normal(size=[36, 8])


def test_rows_of_one_cloud_stand_together_in_both_planes() -> None:
    made = {each.name: each for each in planes(CLOUDS.astype(np.float32))}
    assert list(made) == ["t-SNE", "PCA"]
    for each in made.values():
        groups = each.points.reshape(3, 12, 2)
        centres = groups.mean(axis=1)
        inside = np.linalg.norm(groups - centres[:, np.newaxis], axis=2).mean()
        between = np.linalg.norm(centres[0] - centres[1:], axis=1).min()
        assert between > 2 * inside, each.name


def test_the_principal_components_say_how_much_they_show(monkeypatch: pytest.MonkeyPatch) -> None:
    # The room has the function under the module's name.
    monkeypatch.setattr(importlib.import_module("bert_keras.insight.planes"), "MOST_TSNE", 10)
    (plane,) = planes(CLOUDS)
    found = principal_components(CLOUDS, 2)
    assert np.allclose(plane.points, found.project(CLOUDS), atol=1e-4)
    assert f"{found.kept:.0%} of all" in plane.about


def test_few_or_equal_vectors_have_no_plane() -> None:
    assert planes(CLOUDS[:3]) == [] and planes(np.ones([20, 4])) == []
