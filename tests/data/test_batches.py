from collections import Counter

import numpy as np
import pytest

from bert_keras.data.batches import EpochPlan, training_steps

LENGTHS = np.random.default_rng(5).integers(3, 61, 1003)


def rows_of(plan: EpochPlan) -> list[list[int]]:
    """The rows of each step, whatever passes it is cut into."""
    return [sorted(np.concatenate(passes).tolist()) for passes in plan]


def tokens_of(passes: list[np.ndarray], lengths: np.ndarray = LENGTHS) -> list[int]:
    """The tokens of each pass, padding included."""
    return [len(rows) * int(lengths[rows].max()) for rows in passes]


@pytest.mark.parametrize("batch_size", [1, 17, 32, 1003, 5000])
@pytest.mark.parametrize("budget", [1, 500, 100_000])
def test_every_epoch_has_every_row_once_in_steps_of_the_batch_size(batch_size: int, budget: int) -> None:
    plan = training_steps(LENGTHS, batch_size, budget, seed=1, epoch=0)
    steps = rows_of(plan)
    assert sorted(sum(steps, [])) == list(range(1003))
    assert len(plan) == len(steps) == -(-1003 // batch_size)
    assert {len(rows) for rows in steps[:-1]} <= {batch_size}
    assert len(steps[-1]) == 1003 - batch_size * (len(steps) - 1)


def test_no_pass_is_beyond_the_budget_but_a_row_that_is_so_by_itself() -> None:
    for passes in training_steps(LENGTHS, 32, 300, 1, 0):
        assert max(tokens_of(passes)) <= 300
    passes = sum(training_steps(LENGTHS, 32, 40, 1, 0), [])
    assert {len(rows) for rows in passes if LENGTHS[rows].max() > 40} == {1}
    assert max(tokens for rows, tokens in zip(passes, tokens_of(passes), strict=True) if len(rows) > 1) <= 40


def test_a_step_within_the_budget_is_one_pass_and_one_beyond_it_is_cut_into_few() -> None:
    assert {len(passes) for passes in training_steps(LENGTHS, 32, 32 * 64, 1, 0)} == {1}
    for passes in training_steps(LENGTHS, 32, 1024, 1, 0):
        assert len(passes) <= -(-32 * int(LENGTHS[np.concatenate(passes)].max()) // 1024)


def test_the_budget_does_not_change_which_rows_meet() -> None:
    wide, narrow = (rows_of(training_steps(LENGTHS, 32, budget, 1, 0)) for budget in (100_000, 200))
    assert wide == narrow


def test_seed_and_epoch_alone_decide_the_order() -> None:
    plans = {key: rows_of(training_steps(LENGTHS, 32, 8192, *key)) for key in ((1, 0), (1, 1), (2, 0))}
    assert rows_of(training_steps(LENGTHS, 32, 8192, 1, 0)) == plans[1, 0]
    sets = [{tuple(rows) for rows in plan} for plan in plans.values()]
    assert sets[0].isdisjoint(sets[1]) and sets[0].isdisjoint(sets[2])


def test_a_step_asked_for_alone_is_the_one_of_the_whole_epoch() -> None:
    plan = training_steps(LENGTHS, 32, 500, 1, 0)
    for step in (0, 7, len(plan) - 1):
        for one, other in zip(plan[step], list(plan)[step], strict=True):
            assert one.tolist() == other.tolist()
    assert [rows_of(plan)[place] for place in (3, 4)] == [
        sorted(np.concatenate(passes).tolist()) for passes in plan[3:5]
    ]


def test_rows_of_like_length_go_together_while_steps_come_in_no_order_of_length() -> None:
    lengths = np.tile(LENGTHS, 6)

    def padding(steps: list[np.ndarray]) -> float:
        return 1 - lengths.sum() / sum(tokens_of(steps, lengths))

    at_random = np.array_split(np.random.default_rng(0).permutation(len(lengths)), len(lengths) // 32)
    trained = sum(training_steps(lengths, 32, 100_000, 1, 0), [])
    assert padding(at_random) > 0.4
    assert padding(trained) < padding(at_random) / 3
    longest = [lengths[rows].max() for rows in trained]
    assert longest != sorted(longest) and longest != sorted(longest, reverse=True)


def test_the_last_step_is_of_rows_of_any_length() -> None:
    lasts = [np.concatenate(training_steps(LENGTHS, 32, 8192, seed, 0)[-1]) for seed in range(40)]
    assert np.mean([LENGTHS[rows].mean() for rows in lasts]) == pytest.approx(LENGTHS.mean(), rel=0.1)


def test_which_rows_meet_is_random() -> None:
    neighbours = Counter()
    for epoch in range(30):
        for rows in rows_of(training_steps(LENGTHS, 32, 8192, 0, epoch)):
            neighbours.update(rows if 0 in rows else [])
    assert len(neighbours) > 300


def test_a_plan_of_many_rows_takes_little_time_and_memory() -> None:
    lengths = np.random.default_rng(0).integers(3, 100, 2_000_000).astype(np.uint16)
    plan = training_steps(lengths, 32, 8192, 0, 0)
    assert len(plan) == 62_500
    assert sum(map(len, plan[-1])) == 32
    assert plan._order.nbytes == 8_000_000
