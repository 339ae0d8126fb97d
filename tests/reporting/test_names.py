import math

import pytest

from bert_keras.reporting import number, score


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0000"),
        (0.91234, "0.9123"),
        (-0.5, "-0.5000"),
        (0.00012345, "0.0001234"),
        (999.99994, "999.9999"),
        (1234.567, "1,234.57"),
        (24_912.4, "24,912.40"),
        (343_210_987.6, "343,210,988"),
        (3.4e12, "3.4e+12"),
        (2.5e-9, "2.5e-09"),
        (math.nan, "nan"),
        (math.inf, "inf"),
    ],
)
def test_a_score_is_readable_in_any_unit(value: float, text: str) -> None:
    assert score(value) == text


def test_a_difference_has_its_sign() -> None:
    assert (score(0.1, "+"), score(-1234.5, "+"), score(0.0, "+")) == ("+0.1000", "-1,234.50", "+0.0000")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (9.0, "9"),
        (0.10000000149, "0.1"),
        (33_927.0, "33,927"),
        (33_927.27, "33,927.3"),
        (-4.25, "-4.25"),
        (1_234_567.0, "1,234,567"),
        (1e-7, "1e-07"),
        (2e20, "2e+20"),
    ],
)
def test_a_number_of_the_data_is_shown_with_six_digits(value: float, text: str) -> None:
    assert number(value) == text
