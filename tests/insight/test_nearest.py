"""The nearest rows are those of the whole matrix of cosines."""

import numpy as np
import pytest

from bert_keras.insight import nearest as module
from bert_keras.insight.nearest import nearest_rows, unit_vectors


@pytest.mark.parametrize("at_a_time", [1, 100, 2**24])
def test_nearest_rows_are_those_of_the_whole_matrix_of_cosines(at_a_time: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_A_TIME", at_a_time)
    random = np.random.default_rng(0)
    others = random.normal(3, 1, [40, 5])
    unit = unit_vectors(others, others.mean(axis=0))
    asked = unit_vectors(random.normal(3, 1, [7, 5]), others.mean(axis=0))
    cosines = asked @ unit.T
    places, similar = nearest_rows(asked, unit, 6)
    assert places.tolist() == np.argsort(-cosines, axis=1)[:, :6].tolist()
    assert np.allclose(similar, -np.sort(-cosines, axis=1)[:, :6])


def test_a_row_that_is_itself_among_the_others_is_left_out() -> None:
    unit = unit_vectors(np.eye(4) + 0.1, np.zeros(4))
    places, _ = nearest_rows(unit[:2], unit, 9, np.array([0, -1]))
    assert places.shape == (2, 3)
    assert 0 not in places[0] and places[1, 0] == 1
