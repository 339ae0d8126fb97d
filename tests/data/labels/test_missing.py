import math

import pytest

from bert_keras.data.labels.missing import MISSING, is_missing

MARKS = frozenset(MISSING)


@pytest.mark.parametrize(
    "value",
    [None, "", " ", "\t", math.nan, "NaN", "nan", "NULL", " null ", "None", "\\N", "N/A", "<NA>", "#N/A", "NaT"],
)
def test_what_tools_write_for_nothing_is_missing(value: object) -> None:
    assert is_missing(value, MARKS)


@pytest.mark.parametrize(
    "value", ["neutral", "none", "nullable", "na", "0", 0, 0.0, False, "False", "-1", -1, "-", "[]", []]
)
def test_everything_else_is_a_label(value: object) -> None:
    assert not is_missing(value, MARKS)


def test_named_marks_replace_the_usual_ones() -> None:
    marks = frozenset(["-", "-1"])
    assert [is_missing(value, marks) for value in ("-", " -1 ", "NULL", "", None, math.nan)] == [
        True,
        True,
        False,
        True,
        True,
        True,
    ]
