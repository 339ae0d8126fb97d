import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import sparse, stats

from bert_keras import evaluation
from bert_keras.evaluation import bootstrap, bootstrap_difference, bootstrap_rows, mcnemar
from bert_keras.evaluation.resampled import _METRICS

MEAN = {"mean": lambda means: means[..., 0]}


def test_the_interval_of_a_share_is_that_of_the_binomial_distribution() -> None:
    right = np.repeat([1, 0], [800, 200])[:, np.newaxis]
    interval = bootstrap(right, MEAN)["mean"]
    assert interval.value == 0.8
    low, high = stats.binom.ppf([0.025, 0.975], 1000, 0.8) / 1000
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.002)


def test_the_interval_of_a_mean_of_many_values_is_the_one_of_the_central_limit() -> None:
    values = np.random.default_rng(1).normal(5, 2, [2000, 1])
    interval = bootstrap(values, MEAN, resamples=4000)["mean"]
    error = 1.96 * values.std() / math.sqrt(2000)
    assert interval.value == pytest.approx(values.mean())
    assert (interval.low, interval.high) == pytest.approx(
        (values.mean() - error, values.mean() + error), abs=0.1 * error
    )


def test_the_seed_decides_and_rows_may_stand_in_any_order() -> None:
    values = np.random.default_rng(1).integers(0, 3, [300, 2])
    statistics = {"ratio": lambda means: means[..., 0] / means[..., 1]}
    first = bootstrap(values, statistics, seed=3)
    assert bootstrap(values[::-1], statistics, seed=3) == first
    assert bootstrap(values, statistics, seed=4) != first


def test_a_difference_is_narrower_than_its_sides_where_they_agree_on_most_rows() -> None:
    first = np.repeat([1, 0], [800, 200])[:, np.newaxis]
    second = first.copy()
    second[795:830] = 1 - second[795:830]  # five lost, thirty gained
    difference = bootstrap_difference(first, second, MEAN)["mean"]
    assert difference.value == pytest.approx(0.025)
    spread = math.sqrt(0.035 - 0.025**2) / math.sqrt(1000)
    assert (difference.low, difference.high) == pytest.approx(
        (0.025 - 1.96 * spread, 0.025 + 1.96 * spread), abs=0.0015
    )
    assert difference.high - difference.low < (lambda i: i.high - i.low)(bootstrap(first, MEAN)["mean"]) / 2


def test_a_metric_of_whole_rows_agrees_with_the_one_of_their_means() -> None:
    values = np.random.default_rng(1).exponential(size=400)
    slow = bootstrap_rows(400, lambda rows: float(values[rows].mean()), resamples=3000)
    fast = bootstrap(values[:, np.newaxis], MEAN)["mean"]
    assert slow.value == pytest.approx(fast.value)
    assert (slow.low, slow.high) == pytest.approx((fast.low, fast.high), abs=0.012)


@pytest.fixture(params=["single_label", "multi_label", "regression"])
def case(request: pytest.FixtureRequest) -> tuple[str, np.ndarray, np.ndarray, np.ndarray]:
    """A task, the truth for 300 rows, and what a good model and a worse one say."""
    random = np.random.default_rng(0)
    if request.param == "regression":
        targets = random.normal(3, 1, 300)
        return request.param, targets, targets + random.normal(0, 0.2, 300), targets + random.normal(0, 2, 300)
    targets = random.integers(3, size=300) if request.param == "single_label" else random.integers(0, 2, [300, 3])
    truth = np.eye(3)[targets] if targets.ndim == 1 else targets
    good, worse = (
        np.clip(0.5 + (truth - 0.5) * 0.6 + random.normal(0, noise, [300, 3]), 0.01, 0.99) for noise in (0.2, 0.6)
    )
    return request.param, targets, good, worse


def test_every_interval_is_around_the_score_itself(case: tuple[str, np.ndarray, np.ndarray, np.ndarray]) -> None:
    task, targets, good, _ = case
    scores = evaluation.scores(task, targets, good, ["a", "b", "c"])
    for name, interval in evaluation.intervals(task, targets, good).items():
        assert interval.value == pytest.approx(scores[name]), name
        assert interval.low < interval.value < interval.high, name


def test_a_metric_of_the_means_over_some_rows_is_the_score_of_those_rows(
    case: tuple[str, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    task, targets, good, _ = case
    rows = np.r_[0:40, 0:40, 100]  # drawn as a resample may be
    scores = evaluation.scores(task, targets[rows], good[rows], ["a", "b", "c"])
    for metrics in _METRICS[task]:
        columns = metrics.columns(targets, good, None)
        assert columns is not None
        means = columns[rows].mean(axis=0)
        for name, statistic in metrics.statistics.items():
            assert statistic(means) == pytest.approx(scores[name]), name
            assert statistic(np.stack([means, means])).shape == (2,)


def test_a_clear_difference_is_seen_with_its_sign(case: tuple[str, np.ndarray, np.ndarray, np.ndarray]) -> None:
    task, targets, good, worse = case
    first, second = (evaluation.scores(task, targets, outputs, ["a", "b", "c"]) for outputs in (good, worse))
    for name, interval in evaluation.difference_intervals(task, targets, good, worse).items():
        assert interval.value == pytest.approx(second[name] - first[name]), name
        assert interval.low > 0 if name in evaluation.LOWER_IS_BETTER else interval.high < 0, name


def test_a_model_does_not_differ_from_itself(case: tuple[str, np.ndarray, np.ndarray, np.ndarray]) -> None:
    task, targets, good, _ = case
    for interval in evaluation.difference_intervals(task, targets, good, good).values():
        assert (interval.value, interval.low, interval.high) == pytest.approx((0, 0, 0), abs=1e-15)


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"),
    [(0, 0, 1.0), (3, 3, 1.0), (0, 5, 2 / 32), (1, 5, 2 * (1 + 6) / 64), (2, 8, 2 * (1 + 10 + 45) / 1024)],
)
def test_mcnemars_probability_is_the_binomial_one_worked_out_by_hand(
    only_first: int, only_second: int, p: float
) -> None:
    first = np.repeat([True, False, True, False], [only_first, only_second, 40, 10])
    second = np.repeat([False, True, True, False], [only_first, only_second, 40, 10])
    found = mcnemar(first, second)
    assert (found.only_first, found.only_second) == (only_first, only_second)
    assert found.p == pytest.approx(p)


@pytest.mark.parametrize(
    ("task", "right"),
    [("single_label", lambda t, o: o.argmax(1) == t), ("multi_label", lambda t, o: ((o >= 0.5) == t).all(1))],
)
def test_a_row_is_right_when_all_its_labels_are(
    task: str, right: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> None:
    outputs = np.array([[0.6, 0.4], [0.4, 0.6], [0.9, 0.8], [0.1, 0.2]])
    targets = np.array([0, 0, 0, 1]) if task == "single_label" else np.array([[1, 0], [1, 0], [1, 1], [0, 0]])
    assert evaluation.rows_right(task, targets, outputs).tolist() == right(targets, outputs).tolist()


def test_many_labels_have_the_intervals_of_the_same_rows_with_few() -> None:
    random = np.random.default_rng(5)
    targets = random.integers(3, size=400)
    outputs = np.eye(3)[np.where(random.random(400) < 0.7, targets, (targets + 1) % 3)]
    few = evaluation.intervals("single_label", targets, outputs)
    # 100 labels more, which nobody has and nobody predicts.
    many = evaluation.intervals("single_label", targets, np.pad(outputs, [(0, 0), (0, 100)]))
    for name in ("accuracy", "macro_f1", "matthews_correlation"):
        assert many[name].value == pytest.approx(few[name].value), name
        assert (many[name].low, many[name].high) == pytest.approx((few[name].low, few[name].high), abs=0.01), name


def test_several_of_many_labels_have_the_intervals_of_the_same_rows_with_few() -> None:
    random = np.random.default_rng(6)
    targets = (random.random([300, 4]) < 0.4).astype(np.float32)
    outputs = np.where(random.random([300, 4]) < 0.8, targets, 1 - targets) * 0.8 + 0.1
    few = evaluation.intervals("multi_label", targets, outputs)
    wide = [(0, 0), (0, 80)]
    many = evaluation.intervals("multi_label", np.pad(targets, wide), np.pad(outputs, wide))
    for name in ("micro_f1", "macro_f1", "subset_accuracy"):
        assert many[name].value == pytest.approx(few[name].value), name
        assert (many[name].low, many[name].high) == pytest.approx((few[name].low, few[name].high), abs=0.01), name


def test_sparse_rows_are_resampled_like_dense_ones() -> None:
    dense = (np.random.default_rng(1).random([500, 6]) < 0.1).astype(np.int8)
    statistics = {"first": lambda means: means[..., 0], "all": lambda means: means.sum(axis=-1)}
    one, other = bootstrap(dense, statistics), bootstrap(sparse.csr_array(dense), statistics)
    for name in statistics:
        assert one[name].value == pytest.approx(other[name].value)
        assert (one[name].low, one[name].high) == pytest.approx((other[name].low, other[name].high), abs=0.006)


def test_only_the_metrics_that_are_asked_for_are_resampled() -> None:
    targets = np.arange(20.0)
    assert list(evaluation.intervals("regression", targets, targets + 1, ("rmse", "mae"))) == ["mae", "rmse"]
