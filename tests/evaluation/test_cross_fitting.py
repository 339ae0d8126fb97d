import json
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, log_softmax
from sklearn import metrics

from bert_keras import evaluation
from bert_keras.errors import InputError
from bert_keras.evaluation import wilson
from bert_keras.evaluation.abstaining import confidence_threshold
from bert_keras.evaluation.temperature import fit_temperature
from bert_keras.evaluation.thresholds import best_threshold, fit_thresholds


def one_label(rows: int = 600, scale: float = 1.0, noise: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Targets that are drawn from the softmax of logits, and these logits times a scale."""
    random = np.random.default_rng(rows)
    logits = random.normal(0, 2 * noise, [rows, 5])
    powers = np.exp(log_softmax(logits, axis=1))
    targets = np.array([random.choice(5, p=of) for of in powers])
    return targets, (scale * logits).astype(np.float32)


def f1(true: np.ndarray, predicted: np.ndarray) -> float:
    return float(2 * (true & predicted).sum() / (true.sum() + predicted.sum()))


def several_labels(rows: int = 600, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Targets of six labels, ever rarer, and logits that are too low for all of them."""
    random = np.random.default_rng(seed)
    targets = random.random([rows, 6]) < [0.5, 0.2, 0.1, 0.05, 0.02, 0.004]
    return targets, (random.normal(size=[rows, 6]) + 3 * targets - 3.5).astype(np.float32)


@pytest.mark.parametrize("scale", [0.2, 1.0, 6.0])
def test_the_temperature_of_logits_times_a_scale_is_that_scale(scale: float) -> None:
    targets, logits = one_label(4000, scale)
    assert fit_temperature(targets, logits) == pytest.approx(scale, rel=0.06)


def test_no_other_temperature_has_a_lower_loss() -> None:
    targets, logits = one_label(scale=3.0)
    found = fit_temperature(targets, logits)

    def loss(temperature: float) -> float:
        return float(-log_softmax(logits.astype(np.float64) / temperature, axis=1)[np.arange(600), targets].mean())

    assert all(loss(found) <= loss(found * change) for change in (0.5, 0.9, 0.99, 1.01, 1.1, 2.0))


def test_each_half_is_scored_by_what_was_fitted_on_the_other() -> None:
    targets, logits = one_label(scale=4.0)
    found = evaluation.cross_fit("single_label", targets, logits)
    assert found.calibration is not None and found.calibration.rows == 600
    assert found.calibration.temperature == pytest.approx(fit_temperature(targets, logits))
    order = np.random.default_rng(0).permutation(600)
    first, second = np.sort(order[:300]), np.sort(order[300:])
    for here, other in ((first, second), (second, first)):
        temperature = fit_temperature(targets[other], logits[other])
        expected = np.exp(log_softmax(logits[here] / np.float32(temperature), axis=1))
        np.testing.assert_allclose(found.outputs[here], expected, atol=1e-6)
    given = found.outputs[np.arange(600), targets].astype(np.float64)
    assert found.after["loss"] == pytest.approx(-np.log(given).mean())
    assert found.after["loss"] < found.before["loss"] and found.after["ece"] < found.before["ece"]


def test_what_does_not_help_on_other_rows_is_left_out() -> None:
    targets, logits = one_label(120)
    found = evaluation.cross_fit("single_label", targets, logits, wanted_precision=1.0)
    assert found.calibration is None and found.after == {}
    assert "no temperature" in found.why_not
    np.testing.assert_allclose(found.outputs, np.exp(log_softmax(logits, axis=1)), atol=1e-6)


def test_answers_that_are_all_right_say_nothing_about_how_sure_to_be() -> None:
    targets = np.arange(200) % 4
    logits = (5 * np.eye(4)[targets]).astype(np.float32)
    found = evaluation.cross_fit("single_label", targets, logits)
    assert found.calibration is not None and found.calibration.temperature == 1.0
    assert found.why_not == "too few answers are wrong to tell how sure they may be"
    assert found.abstaining is not None
    assert (found.abstaining.share, found.abstaining.right) == (1.0, 1.0)
    assert found.abstaining.low < 0.99


def test_few_rows_are_not_fitted_on() -> None:
    targets, logits = one_label(99)
    found = evaluation.cross_fit("single_label", targets, logits)
    assert found.calibration is None
    assert found.why_not == "there are 99 rows to fit on, and at least 100 are needed"


def test_a_regression_and_an_impossible_precision_are_refused() -> None:
    with pytest.raises(InputError, match="regression"):
        evaluation.cross_fit("regression", np.zeros(5), np.zeros([5, 1]))
    with pytest.raises(InputError, match=r"Received: 1\.5"):
        evaluation.cross_fit("single_label", np.zeros(5, int), np.zeros([5, 2]), 1.5)


def test_the_threshold_of_f1_is_that_of_all_thresholds_tried() -> None:
    random = np.random.default_rng(1)
    for _ in range(20):
        true, probabilities = random.random(40) < 0.3, random.random(40).round(1).astype(np.float32)
        if not true.any():
            continue
        found = best_threshold(true, probabilities)
        best = max(f1(true, probabilities >= level) for level in np.append(probabilities, 1.1))
        assert f1(true, probabilities >= np.float32(found)) == pytest.approx(best)
    assert best_threshold(np.zeros(3, bool), np.ones(3, np.float32)) == 0.5


def test_thresholds_by_label_raise_f1_on_rows_that_they_were_not_fitted_on() -> None:
    targets, logits = several_labels()
    found = evaluation.cross_fit("multi_label", targets, logits)
    assert found.calibration is not None and found.calibration.thresholds is not None
    assert found.chosen is not None
    for average in ("micro", "macro"):
        score = metrics.f1_score(targets, found.chosen, average=average, zero_division=0.0)
        assert found.after[f"{average}_f1"] == pytest.approx(score)
        assert found.after[f"{average}_f1"] > found.before[f"{average}_f1"] + 0.1
    others, other_logits = several_labels(seed=9)
    chosen = expit(other_logits) >= np.array(found.calibration.thresholds)
    fresh = metrics.f1_score(others, chosen, average="micro")
    assert abs(fresh - found.after["micro_f1"]) < 0.05  # an honest figure
    json.dumps(found.report())


def test_labels_of_few_rows_share_a_threshold() -> None:
    targets, logits = several_labels()
    probabilities = expit(logits)
    thresholds = fit_thresholds(targets, probabilities)
    rare = targets.sum(axis=0) < 5
    assert rare.any() and not rare.all()
    shared = np.float32(best_threshold(targets.ravel(), probabilities.ravel()))
    assert (thresholds[rare] == shared).all()
    for label in np.flatnonzero(~rare):
        assert thresholds[label] == np.float32(best_threshold(targets[:, label], probabilities[:, label]))


def test_the_surest_answers_are_as_right_as_was_wanted() -> None:
    targets, logits = one_label(3000, noise=1.5)
    found = evaluation.cross_fit("single_label", targets, logits, wanted_precision=0.95)
    assert found.abstaining is not None and found.calibration is not None
    assert found.calibration.abstain_below is not None
    assert found.abstaining.right == pytest.approx(0.95, abs=0.02)
    assert found.abstaining.low < 0.95 < found.abstaining.high
    assert found.abstaining.share == pytest.approx(found.abstaining.rows / 3000)


def test_the_lowest_threshold_that_is_right_often_enough_is_found() -> None:
    confidence = np.linspace(0.99, 0.01, 99)
    right = np.arange(99) < 60  # the surest 60 are right
    assert confidence_threshold(right, confidence, 1.0) == pytest.approx(confidence[59])
    assert confidence_threshold(right, confidence, 60 / 80) == pytest.approx(confidence[79])
    assert confidence_threshold(~right, confidence, 0.9) is None


@pytest.mark.parametrize(("hits", "rows", "low", "high"), [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775)])
def test_intervals_of_shares_are_wilsons(hits: int, rows: int, low: float, high: float) -> None:
    assert wilson(hits, rows) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize("task", ["single_label", "multi_label", "regression"])
def test_a_learning_curve_of_a_known_slope_says_what_more_rows_bring(task: str) -> None:
    random = np.random.default_rng(0)
    count, sizes = 4000, {100: 0.60, 200: 0.65, 400: 0.70, 800: 0.75}  # 0.05 a doubling
    outputs: dict[int, Any] = {}
    if task == "single_label":
        targets = random.integers(2, size=count)
        for size, share in sizes.items():
            wrong = random.permutation(count) >= share * count
            outputs[size] = np.eye(2)[np.where(wrong, 1 - targets, targets)]
    elif task == "multi_label":
        targets = np.ones([count, 1])
        for size, share in sizes.items():
            outputs[size] = (random.permutation(count) < count * share / (2 - share))[:, np.newaxis] * 1.0
    else:
        targets = np.zeros(count)
        outputs = {size: random.permutation(np.repeat([0.0, 2 * share], count // 2)) for size, share in sizes.items()}
    found = evaluation.learning_curve(task, targets, outputs)
    assert found.rows == (100, 200, 400, 800) and found.more == 800
    assert [score.value for score in found.scores] == pytest.approx(list(sizes.values()), abs=1e-3)
    assert found.gain is not None
    assert found.gain.value == pytest.approx(0.05, abs=1e-3)
    assert found.gain.low < 0.05 < found.gain.high
    json.dumps(found.report())


def test_a_gain_is_told_by_models_that_were_trained_in_one_way_alone() -> None:
    targets = np.zeros(100, int)
    outputs = {rows: np.eye(2)[(np.arange(100) >= right).astype(int)] for rows, right in ((10, 90), (20, 60), (40, 70))}
    found = evaluation.learning_curve("single_label", targets, outputs, [20, 40])
    assert found.gain is not None and found.gain.value == pytest.approx(0.1)
    alone = evaluation.learning_curve("single_label", targets, outputs, [40])
    assert alone.gain is None and [score.value for score in alone.scores] == pytest.approx([0.9, 0.6, 0.7])
    assert set(alone.report()) == {"metric", "rows", "scores"}


def test_one_number_of_rows_is_no_curve() -> None:
    with pytest.raises(InputError, match="at least two"):
        evaluation.learning_curve("regression", np.zeros(3), {5: np.zeros(3)})
