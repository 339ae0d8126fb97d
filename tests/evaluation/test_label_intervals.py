import numpy as np
import pytest

from bert_keras import evaluation


@pytest.mark.parametrize("several", [False, True])
def test_the_f1_of_a_label_is_in_its_interval_which_is_that_of_drawing_rows(several: bool) -> None:
    random = np.random.default_rng(0)
    targets = random.integers(3, size=200)
    outputs = np.eye(4)[np.where(random.random(200) < 0.7, targets, random.integers(3, size=200))]
    given = np.eye(4)[targets] if several else targets
    found = evaluation.f1_intervals(given, outputs)
    task = "multi_label" if several else "single_label"
    scores = evaluation.scores(task, given, outputs, ["a", "b", "c", "none"])["classes"]
    for label, (low, high) in zip("abc", found, strict=False):
        assert low < scores[label]["f1"] < high
    assert found[3] == (0.0, 0.0)
    true, predicted = targets == 0, outputs.argmax(axis=1) == 0
    f1 = []
    for _ in range(4000):
        rows = random.integers(200, size=200)
        hits = (true & predicted)[rows].sum()
        f1.append(2 * hits / (true[rows].sum() + predicted[rows].sum()))
    assert found[0] == pytest.approx(np.quantile(f1, [0.025, 0.975]), abs=0.02)
