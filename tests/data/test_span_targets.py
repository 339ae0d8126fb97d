import dataclasses

import numpy as np
import pytest

from bert_keras.data.encoded import Encoded
from bert_keras.data.stored_targets import NoTargets, SpanTargets, StoredTargets

# Windows of two answers, none, one, three, and none.
SPANS = np.array([[3, 4], [5, 5], [7, 9], [4, 4], [4, 6], [8, 8]], np.int32)
TARGETS = SpanTargets(SPANS, np.array([2, 2, 3, 6, 6]))
ALL = np.arange(5)
FIRST = [[3, 4], [0, 0], [7, 9], [4, 4], [0, 0]]
MANY = SpanTargets(np.arange(6000).reshape(-1, 2), 3 * np.arange(1, 1001), np.zeros(1000))  # three answers each


def drawing(draws: list[float]) -> SpanTargets:
    return dataclasses.replace(TARGETS, draws=np.array(draws))


def encoded(targets: StoredTargets) -> Encoded:
    """Rows of three tokens each."""
    places = np.arange(len(targets))
    tokens, lengths, hashes = (
        np.zeros(3 * len(targets), np.uint16),
        np.full(len(targets), 3),
        np.zeros(len(targets), np.uint64),
    )
    return Encoded("a", ("a",), "spans", "", 0, {}, tokens, 3 * places, lengths, lengths, hashes, places, (0,), targets)


def test_a_window_learns_its_first_answer_and_without_one_to_point_to_cls() -> None:
    taken = TARGETS.take(ALL)
    assert taken.tolist() == FIRST
    assert taken.dtype == np.int32
    assert TARGETS.answers.tolist() == [2, 0, 1, 3, 0]
    assert len(TARGETS) == 5


def test_windows_are_taken_in_any_order_and_more_than_once() -> None:
    assert TARGETS.take(np.array([4, 3, 3, 0])).tolist() == [FIRST[4], FIRST[3], FIRST[3], FIRST[0]]


def test_a_draw_takes_the_answer_that_it_falls_on() -> None:
    assert drawing([0.0] * 5).take(ALL).tolist() == FIRST
    assert drawing([0.49, 0.9, 0.9, 0.34, 0.0]).take(ALL).tolist() == [[3, 4], [0, 0], [7, 9], [4, 6], [0, 0]]
    assert drawing([0.5, 0.9, 0.9, 0.33, 0.9]).take(ALL).tolist() == [[5, 5], [0, 0], [7, 9], [4, 4], [0, 0]]


@pytest.mark.parametrize("answers", [1, 2, 3, 5, 6, 7, 49, 1000])
def test_the_highest_draw_there_is_takes_the_last_answer(answers: int) -> None:
    spans = np.arange(2 * answers + 2).reshape(-1, 2)
    targets = SpanTargets(spans, np.array([answers, answers + 1]), np.array([np.nextafter(1, 0)] * 2))
    assert targets.take(np.arange(2)).tolist() == spans[-2:].tolist()


def test_where_no_window_holds_an_answer_all_point_to_cls() -> None:
    targets = SpanTargets(np.zeros([0, 2], np.int32), np.zeros(3, np.int64))
    for either in (targets, dataclasses.replace(targets, draws=np.full(3, 0.9))):
        assert either.take(np.arange(3)).tolist() == [[0, 0]] * 3
        assert either.subset(np.array([2, 0])).take(np.arange(2)).tolist() == [[0, 0]] * 2


@pytest.mark.parametrize("rows", [[0], [3, 0], [4, 3, 2, 1, 0], [1, 4], [2, 2], []])
def test_a_subset_learns_what_its_windows_do(rows: list[int]) -> None:
    targets, places = drawing([0.6, 0.1, 0.2, 0.7, 0.9]), np.array(rows, np.int64)
    chosen = targets.subset(places)
    assert len(chosen) == len(rows)
    np.testing.assert_array_equal(chosen.take(np.arange(len(rows))), targets.take(places))
    np.testing.assert_array_equal(chosen.answers, targets.answers[places])
    np.testing.assert_array_equal(
        chosen.spans, np.concatenate([SPANS[:0], *(np.split(SPANS, [2, 2, 3, 6])[row] for row in rows)])
    )


def test_an_epoch_draws_anew_and_the_same_again() -> None:
    every = np.arange(1000)
    first, again, other_epoch, other_seed = (MANY.drawn(*how).take(every) for how in ((1, 0), (1, 0), (1, 1), (2, 0)))
    np.testing.assert_array_equal(first, again)
    for other in (other_epoch, other_seed):
        assert 0.6 < (first != other).any(axis=1).mean() < 0.73  # two thirds


def test_each_of_several_answers_is_drawn_as_often() -> None:
    drawn = MANY.drawn(0, 0).take(np.arange(1000))[:, 0] // 2 % 3
    assert np.bincount(drawn).min() > 290


def test_what_is_not_drawn_stays_the_first() -> None:
    assert TARGETS.drawn(1, 2) is TARGETS


def test_a_window_has_one_key_whatever_is_drawn() -> None:
    keys = drawing([0.9] * 5).keys(ALL)
    assert keys.tolist() == [(first << 32) | last for first, last in FIRST]
    assert keys.dtype == np.uint64
    assert not np.array_equal(keys, SpanTargets(SPANS[::-1], TARGETS.ends).keys(ALL))


def test_spans_have_no_labels() -> None:
    assert TARGETS.with_labels(["a"]) is TARGETS
    assert TARGETS.counts().tolist() == []
    assert TARGETS.names == ()
    assert encoded(TARGETS).label_names() == []


def test_rows_learn_in_each_epoch_what_is_drawn_in_it() -> None:
    rows = encoded(MANY)
    places = np.array([5, 900, 77])
    seen = [rows.in_epoch(3, epoch).batch(places)[1] for epoch in range(40)]
    for epoch in (0, 39):
        np.testing.assert_array_equal(seen[epoch], MANY.drawn(3, epoch).take(places))
    assert len({targets.tobytes() for targets in seen}) > 15  # of 27
    np.testing.assert_array_equal(rows.batch(places)[1], MANY.take(places))


def test_rows_whose_targets_are_not_drawn_are_the_same_in_each_epoch() -> None:
    labels = encoded(NoTargets(4))
    assert labels.in_epoch(3, 1) is labels
    np.testing.assert_array_equal(encoded(TARGETS).in_epoch(3, 1).targets, TARGETS.take(ALL))
