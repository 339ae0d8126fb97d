import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from programs import Ended, call, write_table
from sklearn import metrics

from bert_keras import TextClassifier
from bert_keras.reporting import read_kept_slices, read_run
from bert_keras.serving.calibration_file import CALIBRATION_FILE

LABELS = ("bad", "film", "good")
FLAGS = (
    "--task",
    "multi_label",
    "--epochs",
    "2",
    "--batch_size",
    "16",
    "--learning_rate",
    "2e-3",
    "--max_length",
    "16",
)


def rows(count: int, seed: int) -> list[tuple[str, str]]:
    """Texts with any number of the words that are their labels; one of them is rare."""
    random = np.random.default_rng(seed)
    table = []
    for _ in range(count):
        there = [label for label, share in zip(LABELS, (0.3, 0.15, 0.5), strict=True) if random.random() < share]
        words = [*random.choice(["the", "was", "a", "not", "."], 3), *there]
        table.append((" ".join(random.permutation(words)), "|".join(there) or "NULL"))
    return [row for row in table if row[1] != "NULL"]


@pytest.fixture(scope="module")
def calibrated(start: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    folder = tmp_path_factory.mktemp("calibrated")
    for split, count, seed in (("train", 320, 0), ("dev", 220, 1)):
        write_table(folder / "words" / f"{split}.tsv", ("text", "label"), *rows(count, seed))
    files = ("--train", "words/train.tsv", "--dev", "words/dev.tsv", "--model", start, "--probes", "0")
    ended = call("classify", *files, *FLAGS, "--learning_curve", "true", "--slices", "length", "cluster:3", cwd=folder)
    assert ended.status == 0, ended.out + ended.err
    return folder, ended


@pytest.fixture(scope="module")
def report(calibrated: tuple[Path, Ended]) -> dict[str, Any]:
    return json.loads((calibrated[0] / "runs" / "words" / "report.json").read_text(encoding="utf-8"))


def predictions(folder: Path) -> list[dict[str, Any]]:
    with (folder / "runs" / "words" / "predictions.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def table(rows: list[Any]) -> np.ndarray:
    return np.array([[label in names for label in LABELS] for names in rows])


def test_thresholds_are_fitted_kept_and_told(calibrated: tuple[Path, Ended], report: dict[str, Any]) -> None:
    folder, ended = calibrated
    of = report["calibration"]
    assert of["why_not"] == "" and of["kept"]["rows"] == len(predictions(folder))
    assert of["after"]["micro_f1"] > of["before"]["micro_f1"]
    for name in ("micro_f1", "macro_f1"):
        assert report["metrics"][name] == of["after"][name]
    said = f"Thresholds by label, fitted on {of['kept']['rows']} rows of dev"
    for name in ("README.md", "report.html"):
        assert said in (folder / "runs" / "words" / name).read_text(encoding="utf-8")
    assert "what now:" in ended.out and said[:19] in ended.out


def test_the_model_its_export_and_the_predictions_use_the_same_thresholds(
    calibrated: tuple[Path, Ended], report: dict[str, Any]
) -> None:
    folder, _ = calibrated
    model = TextClassifier.from_preset(str(folder / "runs" / "words"))
    assert model.calibration is not None and model.calibration.to_json() == report["calibration"]["kept"]
    exported = (folder / "saved_models" / "words" / "1" / CALIBRATION_FILE).read_text(encoding="utf-8")
    assert json.loads(exported) == report["calibration"]["kept"]
    found = predictions(folder)
    answers: list[Any] = model.classify([row["text"] for row in found])
    assert [list(answer.labels) for answer in answers] == [row["labels"] for row in found]


def test_the_report_and_comparisons_score_each_row_by_thresholds_not_fitted_on_it(
    calibrated: tuple[Path, Ended], report: dict[str, Any]
) -> None:
    folder, _ = calibrated
    found = predictions(folder)
    gold, held_out = table([row["gold"] for row in found]), table([row["held_out_labels"] for row in found])
    assert metrics.f1_score(gold, held_out, average="micro") == pytest.approx(report["metrics"]["micro_f1"])
    run = read_run(folder / "runs" / "words", "dev")
    np.testing.assert_array_equal(run.chosen_of(LABELS), held_out)


def test_a_learning_curve_is_drawn_and_told_on_request(calibrated: tuple[Path, Ended], report: dict[str, Any]) -> None:
    folder, ended = calibrated
    curve, count = report["learning_curve"], report["data"]["train"]["rows_read"]
    assert curve["rows"] == [count // part for part in (4, 2, 1)]  # an eighth is fewer than 32 rows
    assert curve["interval"][0] <= curve["gain"] <= curve["interval"][1]
    page = (folder / "runs" / "words" / "report.html").read_text(encoding="utf-8")
    assert 'id="learning"' in page and "rows more bring about" in page
    assert curve["ways"] == ["fine-tuned"] * 3
    assert f"learning curve: training on {count // 4} of {count} rows, fine-tuned" in ended.out


def test_parts_of_dev_are_measured_in_the_report_and_kept_for_comparisons(
    calibrated: tuple[Path, Ended], report: dict[str, Any]
) -> None:
    folder, _ = calibrated
    found = predictions(folder)
    right = [set(row["gold"]) == set(row["held_out_labels"]) for row in found]
    kept = read_kept_slices(folder / "runs" / "words")
    assert kept is not None and kept.right.tolist() == right
    for by in ("length", "cluster:3"):
        parts = [part for part in report["slices"] if part["by"] == by]
        assert sum(part["rows"] for part in parts) == len(found)
        assert sum(part["right"] for part in parts) == sum(right)
        assert {(by, part["value"]) for part in parts} == {part for part in kept.parts if part[0] == by}
    assert len([part for part in report["slices"] if part["by"] == "cluster:3"]) == 3
    assert "Parts of dev" in (folder / "runs" / "words" / "report.html").read_text(encoding="utf-8")


def test_a_run_of_few_dev_rows_says_why_it_is_not_calibrated(workspace: Any) -> None:
    said = json.loads((workspace.run / "report.json").read_text(encoding="utf-8"))["calibration"]
    assert said["kept"] is None and "there are 45 rows to fit on" in said["why_not"]
    assert "The calibration is left as it is: there are 45 rows" in workspace.ended.out.replace("\n", " ")
    assert TextClassifier.from_preset(str(workspace.run)).calibration is None
