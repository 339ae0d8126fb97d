"""The table that shows a model beside the teacher that it learned from: what was kept, and what was gained."""

from collections.abc import Iterator, Mapping
from typing import Any

from bert_keras.reporting.names import better_is_lower, score, title

TEACHER_HEADS = ("", "teacher", "this model", "")
"""The headings of the table."""


def teacher_rows(report: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Returns the rows of the table.

    Args:
        report: The content of `report.json`.

    Returns:
        Each row: a quantity, its value of the teacher and of the model, and how they compare. Empty without a teacher.
    """
    compared = report.get("teacher")
    return [] if compared is None else list(_rows(compared["teacher"], compared["model"]))


def _rows(teacher: Mapping[str, Any], model: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for split, metrics in teacher["metrics"].items():
        for name, value in metrics.items():
            of_model = model["metrics"][split][name]
            yield f"{title(name)} on {split}", score(value), score(of_model), _kept(name, value, of_model)
    for name, what, form in (
        ("layers", "layers", "{:,}"),
        ("parameters", "parameters", "{:,}"),
        ("megabytes", "size in float32", "{:,.1f} MB"),
    ):
        one, other = teacher[name], model[name]
        yield what, form.format(one), form.format(other), f"{other / one:.0%} of it" if one else ""
    one, other = teacher.get("rows_per_second"), model.get("rows_per_second")
    if one and other:
        yield "rows a second", f"{one:,.0f}", f"{other:,.0f}", f"{other / one:.2f} times"


def _kept(name: str, value: float, of_model: float) -> str:
    if better_is_lower(name) or value <= 0:
        return f"{of_model - value:+.4f}"
    return f"{of_model / value:.1%} kept"
