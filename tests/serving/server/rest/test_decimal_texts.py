import numpy as np
import pytest
from hypothesis import given, strategies as st

from bert_keras.serving.server.rest.numbers import decimal_text, decimal_texts


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.5, "0.5"),
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (0.7472147, "0.747214675"),
        (1e9, "1e+09"),
        (123456.0, "123456.0"),
        (16777216.0, "16777216.0"),
        (3e-5, "3e-05"),
        (9.69539178e-05, "9.69539178e-05"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
    ],
)
def test_numbers_have_six_digits_if_those_give_them_back_else_nine(number: float, text: str) -> None:
    assert decimal_texts(np.array([number], np.float32)) == [text]


def test_doubles_have_six_digits_or_seventeen() -> None:
    assert decimal_texts(np.array([0.1, 1 / 3])) == ["0.1", "0.33333333333333331"]
    assert decimal_text(1e300) == "1e+300"


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=8))
def test_each_float32_comes_back(numbers: list[float]) -> None:
    array = np.array(numbers, np.float32)
    texts = decimal_texts(array)
    assert np.array([float(text) for text in texts], np.float32).tobytes() == array.tobytes()
    assert all("." in text or "e" in text for text in texts)
