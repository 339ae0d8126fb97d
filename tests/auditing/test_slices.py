"""Slices are measured as by hand, and called worse only in spite of many looks."""

import numpy as np
import pytest
from scipy import stats

from bert_keras.auditing import Part, holm, length_parts, slices, value_parts
from bert_keras.evaluation import wilson


def test_intervals_are_wilsons() -> None:
    # Newcombe 1998, table I: 81 of 263, and none of 20.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(20, 20) == pytest.approx((0.8389, 1.0), abs=5e-5)


def test_holms_correction_is_that_of_a_case_worked_out_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    assert holm([]) == []


def test_a_part_is_compared_with_all_other_rows() -> None:
    right = np.array([True] * 80 + [False] * 20 + [True] * 10 + [False] * 20)
    part = Part("column:source", "shop", np.arange(130) >= 100)
    found = slices(right, [part])[0]
    assert (found.rows, found.right, found.accuracy) == (30, 10, pytest.approx(1 / 3))
    assert found.others == pytest.approx(0.8)
    assert found.p == found.adjusted_p == pytest.approx(stats.fisher_exact([[10, 20], [80, 20]])[1])
    assert found.verdict == "worse"
    assert slices(~right, [part])[0].verdict == "better"


def test_many_looks_at_noise_find_nothing() -> None:
    random = np.random.default_rng(0)
    right = random.random(2000) < 0.8
    parts = [Part("regex", str(number), random.random(2000) < 0.1) for number in range(200)]
    found = slices(right, parts)
    assert sum((each.p or 1) < 0.05 for each in found) >= 3  # without the correction some would be called so
    assert not [each for each in found if each.verdict]


def test_small_parts_are_shown_and_not_tested_and_empty_ones_left_out() -> None:
    right = np.arange(40) % 2 == 0
    small, whole, empty = (np.arange(40) < count for count in (9, 40, 0))
    found = slices(right, [Part("by", name, rows) for name, rows in (("s", small), ("w", whole), ("e", empty))])
    assert [(each.value, each.p, each.adjusted_p) for each in found] == [("s", None, None), ("w", None, None)]
    assert found[1].others is None


def test_each_text_is_in_one_part_by_length_and_each_row_in_one_by_value() -> None:
    texts = ["", "a", "a " * 8, "a " * 9, "a " * 16, "a " * 17]
    parts = length_parts(texts)
    assert [(part.value, np.flatnonzero(part.rows).tolist()) for part in parts] == [
        ("1 to 8 words", [0, 1, 2]),
        ("9 to 16 words", [3, 4]),
        ("17 to 32 words", [5]),
    ]
    parts = value_parts("label", ["b", "a", "b"])
    assert [(part.value, part.rows.tolist()) for part in parts] == [
        ("b", [True, False, True]),
        ("a", [False, True, False]),
    ]
