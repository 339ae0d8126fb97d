"""Numbers of answers, in the digits that TensorFlow Serving prints."""

import math

import numpy as np


def decimal_text(value: float) -> str:
    """Returns a number of a message: six digits if those give it back as a float32 (or double), else nine (17).

    Args:
        value: A finite number.
    """
    if abs(value) <= 3.4028234663852886e38:
        single = float(np.float32(value))
        six = f"{single:.6g}"
        return _with_point(six if float(np.float32(float(six))) == single else f"{single:.9g}")
    six = f"{value:.6g}"
    return _with_point(six if float(six) == value else f"{value:.17g}")


def decimal_texts(values: np.ndarray) -> list[str]:
    """Returns the numbers of an array as JSON.

    Args:
        values: A flat array of float32 or float64.

    Returns:
        Their texts: six digits if those give a number back, else nine (17 for float64), with `.0` if it is whole.
    """
    numbers = values.tolist()
    texts = [f"{number:.6g}" for number in numbers]
    back = np.array([float(text) for text in texts], values.dtype)
    digits = 9 if values.dtype == np.float32 else 17
    for place in np.flatnonzero(back != values).tolist():
        texts[place] = f"{numbers[place]:.{digits}g}"
    return [text if "." in text or "e" in text else _with_point(text) for text in texts]


def _with_point(text: str) -> str:
    """Returns the text of a number, with `.0` behind a whole one, and JSON's usual words for what is not finite."""
    if "n" in text:
        number = float(text)
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    return text if "." in text or "e" in text else f"{text}.0"
