"""The picture of a learning curve."""

from typing import Any

from bert_keras.reporting.curve_pictures import learning_curve_figure

SCORES = [{"value": value, "low": value - 0.1, "high": value + 0.1} for value in (0.6, 0.7, 0.8)]
CURVE: dict[str, Any] = {"metric": "accuracy", "rows": [100, 200, 400], "scores": SCORES}


def named(curve: dict[str, Any]) -> dict[str, list[tuple[float, float]]]:
    """Returns the points of each line that the legend names."""
    (axes,) = learning_curve_figure(curve).axes
    lines, names = axes.get_legend_handles_labels()
    return {name: line.get_xydata().tolist() for line, name in zip(lines, names, strict=True)}


def test_each_way_to_train_has_marks_of_its_own_and_no_gain_is_drawn_that_is_not_known() -> None:
    mixed = CURVE | {"ways": ["by contrast", "by contrast", "fine-tuned"]}
    assert named(mixed) == {"by contrast": [[100, 0.6], [200, 0.7]], "fine-tuned": [[400, 0.8]]}
    alike = CURVE | {"ways": ["fine-tuned"] * 3, "more": 400, "gain": 0.1}
    assert named(alike) == {"fine-tuned": [[100, 0.6], [200, 0.7], [400, 0.8]], "expected": [[400, 0.8], [800, 0.9]]}


def test_a_curve_of_an_earlier_version_is_drawn() -> None:
    assert list(named(CURVE | {"more": 400, "gain": 0.1})) == ["trained", "expected"]
