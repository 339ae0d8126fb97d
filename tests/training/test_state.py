import json
import math

import pytest

from bert_keras.training.state import BestEpoch, TrainingState


def best_of(metric: str, values: list[float]) -> BestEpoch:
    best = BestEpoch()
    for epoch, value in enumerate(values):
        best.take(epoch, metric, value)
    return best


@pytest.mark.parametrize("metric", ["loss", "mse", "mae", "ece"])
def test_of_losses_and_errors_the_least_is_the_best(metric: str) -> None:
    assert best_of(metric, [3.0, 1.0, 2.0, 1.5]) == BestEpoch(1, 1.0, 2)


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1", "micro_f1", "pearson", "spearman", "matthews_correlation"])
def test_of_all_others_the_most_is_the_best(metric: str) -> None:
    assert best_of(metric, [0.3, 0.1, 0.9, 0.5]) == BestEpoch(2, 0.9, 1)


def test_of_equal_epochs_the_first_is_the_best() -> None:
    assert best_of("accuracy", [0.5, 0.5]) == BestEpoch(0, 0.5, 1)


def test_of_equal_epochs_the_one_of_the_lower_loss_is_the_best_and_waiting_goes_on() -> None:
    best = BestEpoch()
    for epoch, (value, loss) in enumerate([(0.5, 0.9), (0.5, 0.7), (0.5, 0.8), (0.4, 0.1)]):
        best.take(epoch, "accuracy", value, loss)
    assert best == BestEpoch(1, 0.5, 3, 0.7)
    best.take(4, "accuracy", 0.6, 2.0)
    assert best == BestEpoch(4, 0.6, 0, 2.0)


def test_an_epoch_without_a_number_is_never_better_and_any_number_beats_it() -> None:
    assert best_of("accuracy", [0.5, math.nan]) == BestEpoch(0, 0.5, 1)
    assert best_of("loss", [math.nan, 0.7]) == BestEpoch(1, 0.7, 0)


def test_a_state_comes_back_from_json_to_the_last_bit() -> None:
    state = TrainingState(epoch=3, step=2, rows=17, seconds=1 / 3, best=BestEpoch(2, 0.1 + 0.2, 1))
    state.add_step(8, math.pi, [1e-300, 2.0])
    state.add_step(1, math.e, [0.1, 0.2])
    state.end_epoch({"loss": 2 / 3})
    state.add_step(5, 1 / 7, [1 / 9, 1.0])
    again = TrainingState.from_json(json.loads(json.dumps(state.to_json())))
    assert again == state
    assert again.best == state.best
    assert (again.epoch, again.step, again.rows) == (4, 1, 31)


def test_sums_are_over_rows_and_begin_anew_with_each_epoch() -> None:
    state = TrainingState()
    state.add_step(3, 1.0, [2.0, 3.0])
    state.add_step(1, 5.0, [1.0, 1.0])
    assert (state.loss, state.counts, state.step) == (8.0, [3.0, 4.0], 2)
    state.end_epoch({"loss": 2.0})
    assert (state.loss, state.counts, state.step, state.epoch, state.history) == (0.0, [], 0, 1, {"loss": [2.0]})
