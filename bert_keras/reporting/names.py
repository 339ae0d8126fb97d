"""Readable names and values for those in reports."""

import math

from bert_keras.evaluation import LOWER_IS_BETTER

_TITLES = {
    "HasAns_exact": "exact match where there is an answer",
    "HasAns_f1": "F1 where there is an answer",
    "NoAns_f1": '"no answer" where there is none',
    "exact": "exact match",
    "best_exact": "exact match at its best threshold",
    "best_f1": "F1 at its best threshold",
    "best_span_exact": "exact match of the best span",
    "best_span_f1": "F1 of the best span",
    "ece": "calibration error (ECE)",
    "f1": "F1",
    "macro_f1": "macro F1",
    "mae": "mean absolute error",
    "matthews_correlation": "Matthews correlation",
    "micro_f1": "micro F1",
    "mrr": "mean reciprocal rank",
    "mse": "mean squared error",
    "pearson": "Pearson correlation",
    "recall_at_1": "recall at 1",
    "recall_at_10": "recall at 10",
    "rmse": "root mean squared error",
    "spearman": "Spearman correlation",
    "tensorflow": "TensorFlow",
    "keras": "Keras",
    "numpy": "NumPy",
    "python": "Python",
}
TASK_TITLES = {
    "single_label": "one label a text",
    "multi_label": "any number of labels a text",
    "regression": "a number a text",
}


def title(name: str) -> str:
    """Returns the readable name of a number in a report."""
    return _TITLES.get(name, name.replace("_", " "))


def plain(value: object) -> str:
    """Returns a setting or a fact of a report as readable text."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.6g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(plain, value)) or "-"
    return f"{value:,}" if isinstance(value, int) else str(value)


def score(value: float, sign: str = "") -> str:
    """Returns a metric as text: four decimals, but fewer for large numbers and significant digits for tiny ones.

    Args:
        value: The metric, e.g. a share or an error in the unit of the data.
        sign: "+" to show the sign of a positive value.
    """
    size = abs(value)
    if size and (size < 0.001 or size >= 1e9):
        return f"{value:{sign}.4g}"
    return f"{value:{sign},.{4 if size < 1000 else 2 if size < 100_000 else 0}f}"


def percent(value: float) -> str:
    """Returns a metric in percent as text."""
    return f"{value:.2f}"


def number(value: float) -> str:
    """Returns a number of the data or of a prediction as text, with six significant digits."""
    size = abs(value)
    if size and (size < 0.0001 or size >= 1e15):
        return f"{value:.6g}"
    decimals = max(0, 5 - math.floor(math.log10(size))) if size else 0
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def better_is_lower(metric: str) -> bool:
    """Returns whether a lower value of a metric is better."""
    return metric in LOWER_IS_BETTER
