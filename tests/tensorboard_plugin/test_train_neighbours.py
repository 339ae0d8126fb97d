"""The nearest training rows and the places of rows, as `visualize` writes them and as the tab gets them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bert_keras.insight.planes import Plane, write_planes
from bert_keras.insight.train_neighbours import LabelledRow, write_neighbours
from bert_keras.tensorboard_plugin.predicted_rows import predicted_rows, row_neighbours
from bert_keras.tensorboard_plugin.refusal import Refusal
from bert_keras.tensorboard_plugin.train_neighbours import digest_of

LINES = [{"text": "good", "gold": "p", "label": "n"}, {"text": "so", "pair": "bad", "gold": "n", "label": "n"}]
ROWS = [LabelledRow("good", "p"), LabelledRow(("so", "bad"), "n")]
TRAIN = [LabelledRow("fine 🙂" * 100, "p", "train.tsv, line 2"), LabelledRow(("not", "so"), "n", "train.tsv, line 3")]
FOUND = (np.array([[1, 0], [1, 0]]), np.array([[0.87654, 0.5], [1.0, -0.25]]))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run with predictions, neighbours and points."""
    folder = tmp_path / "run"
    (folder / "insight").mkdir(parents=True)
    predictions = folder / "predictions.jsonl"
    predictions.write_text("".join(json.dumps(line) + "\n" for line in LINES), encoding="utf-8")
    digest = digest_of(predictions)
    about = {"predictions": digest, "rows": 2, "train_rows": 9, "train": "of these"}
    write_neighbours(folder / "insight" / "neighbours.jsonl", ROWS, TRAIN, FOUND, about)
    plane = Plane("PCA", "Two directions.", np.array([[0.5, 1.0]]))
    write_planes(folder / "insight" / "points.json", [ROWS[1].key], [plane], digest)
    return folder


def asked(run: Path) -> dict[str, Any]:
    return predicted_rows(str(run.parent), "run/insight")


def test_each_row_has_its_neighbours_with_labels_places_and_similarities(run: Path) -> None:
    told = asked(run)
    assert told["neighbours"] == {"train_rows": 9, "compared": 2, "rows": 2, "searched": 2, "train": "of these"}
    for row, others in zip(told["rows"], ([True, False], [False, True]), strict=True):
        nearest = row_neighbours(str(run.parent), "run/insight", row[-1])["nearest"]
        assert [each[1] for each in nearest] == others
        assert [each[2:] for each in nearest] == [
            ["n", "not", "so", "train.tsv, line 3"],
            ["p", ("fine 🙂" * 100)[:300], None, "train.tsv, line 2"],
        ]
    assert nearest[1][0] == -0.25
    assert row_neighbours(str(run.parent), "run/insight", "0" * 16) == {"nearest": None}


def test_each_row_has_its_place_in_the_planes_if_there_is_one(run: Path) -> None:
    (plane,) = asked(run)["planes"]
    assert plane == {"name": "PCA", "about": "Two directions.", "points": [None, [0.5, 1.0]]}


def test_neighbours_and_places_of_other_predictions_are_not_shown(run: Path) -> None:
    with (run / "predictions.jsonl").open("a") as file:
        file.write(json.dumps(LINES[0]) + "\n")
    told = asked(run)
    assert told["planes"] == [] and "earlier predictions" in told["neighbours"]["problem"]
    with pytest.raises(Refusal, match="of earlier predictions; run visualize again"):
        row_neighbours(str(run.parent), "run/insight", told["rows"][0][-1])


@pytest.mark.parametrize("content", [b"", b"{}\n", b"[1]", b"\xff\xfe", b'{"version": 2}', b"[" * 5000, b'"a"'])
def test_a_damaged_file_of_neighbours_or_places_leaves_the_table_whole(run: Path, content: bytes) -> None:
    for name in ("neighbours.jsonl", "points.json"):
        (run / "insight" / name).write_bytes(content)
    told = asked(run)
    assert len(told["rows"]) == 2 and told["planes"] == []
    assert "problem" in told["neighbours"] and "compared" not in told["neighbours"]


def test_damaged_lines_are_left_out(run: Path) -> None:
    file = run / "insight" / "neighbours.jsonl"
    header, first, second = file.read_text().splitlines()
    key = json.loads(first)[0]
    for told, expected in (
        ([key, [[1, True, "x", "y", None, "z"], [1, 2], 3, [None] * 6]], [[1, True, "x", "y", None, "z"]]),
        ([key, 7], None),
        ([key, {"a": 1}], None),
    ):
        file.write_text("\n".join([header, json.dumps(told), second]))
        assert row_neighbours(str(run.parent), "run/insight", key)["nearest"] == expected
    file.write_text(f'{header}\n["{key}", oh\n')
    assert row_neighbours(str(run.parent), "run/insight", key)["nearest"] is None


def test_neighbours_outside_the_folder_of_the_run_are_not_read(run: Path) -> None:
    outside = run.parent / "outside.jsonl"
    (run / "insight" / "neighbours.jsonl").rename(outside)
    (run / "insight" / "neighbours.jsonl").symlink_to(outside)
    assert asked(run)["neighbours"] == {}
    with pytest.raises(Refusal, match="has no nearest training rows"):
        row_neighbours(str(run.parent), "run/insight", ROWS[0].key)


def test_a_run_without_them_says_what_writes_them(run: Path) -> None:
    (run / "insight" / "neighbours.jsonl").unlink()
    assert asked(run)["neighbours"] == {}
    with pytest.raises(Refusal, match="has no nearest training rows; visualize writes them"):
        row_neighbours(str(run.parent), "run/insight", "0" * 16)
