"""Readable names and values for those in reports."""

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
    "mse": "mean squared error",
    "pearson": "Pearson correlation",
    "spearman": "Spearman correlation",
    "tensorflow": "TensorFlow",
    "keras": "Keras",
    "numpy": "NumPy",
    "python": "Python",
}
_BETTER_LOWER = frozenset({"ece", "loss", "mae", "mse"})
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
    return f"{value:,}" if isinstance(value, int) else str(value)


def better_is_lower(metric: str) -> bool:
    """Returns whether a lower value of a metric is better."""
    return metric in _BETTER_LOWER
