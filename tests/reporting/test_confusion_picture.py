import struct
from pathlib import Path

import numpy as np
import pytest

from bert_keras.evaluation import Confusion
from bert_keras.reporting import confusion_figure, draw_confusion


def size(path: Path) -> tuple[int, int]:
    """Width and height of a PNG, from its header."""
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert content.endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def draw(path: Path, labels: list[str]) -> tuple[int, int]:
    counts = np.random.default_rng(0).integers(0, 40, [len(labels), len(labels)])
    draw_confusion(counts.tolist(), labels, path)
    return size(path)


def test_two_labels_make_a_small_picture(tmp_path: Path) -> None:
    width, height = draw(tmp_path / "two.png", ["negative", "positive"])
    assert 500 <= height <= width <= 1000


def test_many_labels_make_a_picture_with_room_for_each(tmp_path: Path) -> None:
    width, height = draw(tmp_path / "many.png", [f"intent_number_{place}" for place in range(77)])
    assert 20 * 77 <= height <= width <= 4000


@pytest.mark.parametrize(
    "name",
    [
        "$",
        "costs $5 or $6",
        r"\$x$",
        "a_b_c",
        r"$\no such command$ would be broken mathematics",
        "[bold red]x[/]",
        "<b>&amp;</b>",
        "^{",
        "%s",
        "two\nlines",
        "x" * 500,
        "word " * 200,
    ],
)
def test_a_label_is_shown_whatever_signs_it_holds(tmp_path: Path, name: str) -> None:
    width, height = draw(tmp_path / "signs.png", [name, "other"])
    assert 500 <= height <= 1200
    assert 500 <= width <= 1200


@pytest.mark.parametrize("name", ["東京", "हिन्दी", "😀", "العربية"])
def test_a_label_in_a_script_that_the_font_lacks_does_not_warn(tmp_path: Path, name: str) -> None:
    width, height = draw(tmp_path / "scripts.png", [name, "other"])  # a warning would be an error
    assert min(width, height) >= 500


def test_a_label_without_rows_does_not_divide_by_zero(tmp_path: Path) -> None:
    draw_confusion([[0, 0], [0, 0]], ["a", "b"], tmp_path / "none.png")
    assert size(tmp_path / "none.png")[0] > 0


def test_nothing_is_left_beside_the_picture(tmp_path: Path) -> None:
    draw(tmp_path / "only.png", ["a", "b"])
    assert [path.name for path in tmp_path.iterdir()] == ["only.png"]


@pytest.mark.parametrize("count", [101, 150, 2000])
def test_of_many_labels_the_most_confused_make_a_picture_of_bounded_size(tmp_path: Path, count: int) -> None:
    random = np.random.default_rng(0)
    targets = random.integers(count, size=10_000)
    predicted = np.where(random.random(10_000) < 0.9, targets, random.integers(count, size=10_000))
    confusion = Confusion.of(targets, predicted, count)
    labels = [f"intent number {place}" for place in range(count)]
    draw_confusion(confusion, labels, tmp_path / "cells.png")
    width, height = size(tmp_path / "cells.png")
    assert 1000 < height <= width < 3000
    title = confusion_figure(confusion, labels).axes[0].get_title()
    assert title == f"{confusion.right:,} of 10,000 right ({confusion.right / 10_000:.1%})\n" + (
        f"the 20 most confused of {count:,} labels"
    )


def test_a_whole_matrix_of_many_labels_is_drawn_as_its_cells_are() -> None:
    counts = np.diag(np.full(120, 5))
    counts[3, 70] = 9
    axes = confusion_figure(counts.tolist(), list(map(str, range(120)))).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["3", "70", "118 other labels"]
    texts = {(text.get_position()): text.get_text() for text in axes.texts}
    # Across the predicted, down the true label; right and wrong of the others are not mixed.
    assert texts == {(0, 0): "5", (1, 0): "9", (1, 1): "5"}


def test_mistakes_have_another_hue_than_right_answers_and_the_order_moves_both() -> None:
    counts = np.array([[8, 2, 0], [0, 5, 0], [0, 0, 5]])
    axes = confusion_figure(counts.tolist(), ["a", "b", "c"], order=[2, 1, 0]).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["c", "b", "a"]
    cells = np.asarray(axes.images[0].get_array())
    right, wrong = cells[2, 2], cells[2, 1]  # the last row is now that of "a", of which two are taken for "b"
    assert right[2] > right[0] and wrong[0] > wrong[2]
    assert right[3] > wrong[3] > cells[0, 1][3] == 0
