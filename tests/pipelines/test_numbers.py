import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mistakes import assert_told_in_a_line
from programs import LABELS, TRAINING_FLAGS, Workspace, call, rows, write_table

from bert_keras import TextClassifier
from bert_keras.classification import Regression
from bert_keras.serving import SavedClassifier

SALARIES = dict(zip(LABELS.values(), (91_000, 24_000, 55_000), strict=True))
FILES = ("--train", "salaries/train.tsv", "--dev", "salaries/dev.tsv", "--task", "regression")


def table(path: Path, count: int, seed: int) -> list[tuple[str, float]]:
    """Rows whose number one word decides, but for some of it."""
    random = np.random.default_rng(seed)
    lines = [(text, float(SALARIES[label] + random.integers(-500, 500))) for text, label in rows(count, seed)]
    write_table(path, ("text", "salary"), *((text, f"{number:.0f}") for text, number in lines))
    return lines


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[float], list[float]]:
    """A folder with tables of numbers, and the numbers of train and of dev."""
    folder = tmp_path_factory.mktemp("numbers")
    train, dev = (table(folder / "salaries" / f"{split}.tsv", *of) for split, of in DATA.items())
    return folder, [number for _, number in train], [number for _, number in dev]


DATA = {"train": (150, 0), "dev": (45, 1)}


@pytest.fixture(scope="module")
def run(made: tuple[Path, list[float], list[float]], start: Path) -> Workspace:
    folder = made[0]
    ended = call("classify", *FILES, "--label_column", "salary", "--model", start, *TRAINING_FLAGS, cwd=folder)
    assert ended.status == 0, ended.out + ended.err
    return Workspace(folder, ended, "salaries")


@pytest.fixture(scope="module")
def report(run: Workspace) -> dict[str, Any]:
    return json.loads((run.run / "report.json").read_text(encoding="utf-8"))


def test_the_error_in_the_targets_unit_beats_predicting_the_mean(
    report: dict[str, Any], made: tuple[Path, list[float], list[float]]
) -> None:
    _, train, dev = made
    off = np.abs(np.array(dev) - np.mean(train))
    assert report["baseline"]["dev"]["mae"] == pytest.approx(off.mean(), rel=1e-5)
    assert report["baseline"]["dev"]["rmse"] == pytest.approx(np.sqrt(np.square(off).mean()), rel=1e-5)
    assert report["metrics"]["mae"] < 0.5 * off.mean()
    low, high = report["interval"]["dev"]["mae"]
    assert low < report["metrics"]["mae"] < high < off.mean()
    assert next(iter(report["metrics"])) == "mae"


def test_the_history_is_in_the_targets_unit_and_ends_with_the_scores(report: dict[str, Any]) -> None:
    history = report["training"]["history"]
    assert history.keys() == {"loss", "mae", "val_loss", "val_mae"}
    assert history["val_mae"][-1] == pytest.approx(report["metrics"]["mae"], rel=0.02)  # bfloat16, if it is chosen
    assert history["val_loss"][-1] == pytest.approx(report["metrics"]["mse"], rel=0.1)
    assert 1_000 < history["mae"][0] < 100_000


def test_the_screen_and_the_card_name_the_error_first(run: Workspace, report: dict[str, Any]) -> None:
    out = " ".join(run.ended.out.replace("│", " ").replace("┃", " ").split())
    assert "dev value 95 % interval constant" in out
    assert "constant: predicting the mean, " in out
    assert "mean absolute error" in out and out.index("mean absolute error") < out.index("Pearson correlation")
    assert f"{report['baseline']['dev']['mae']:,.2f}" in out
    card = (run.run / "README.md").read_text(encoding="utf-8")
    assert "| mean absolute error | " in card and "Constant: `predicting the mean, " in card


def test_predictions_the_model_and_the_export_give_the_same_numbers_in_the_unit(run: Workspace) -> None:
    lines = [json.loads(line) for line in (run.run / "predictions.jsonl").read_text().splitlines()]
    texts, told = [line["text"] for line in lines], [line["score"] for line in lines]
    served = SavedClassifier.find(run.folder / "saved_models" / "salaries")
    assert served is not None
    for model in (TextClassifier.from_preset(str(run.run), dtype="float32"), served):
        said = model.classify(texts)
        assert all(isinstance(answer, Regression) for answer in said)
        assert [answer.score for answer in said] == pytest.approx(told, rel=1e-5)
    assert np.ptp(told) > 30_000


def test_equal_numbers_are_one_line_of_error(made: tuple[Path, list[float], list[float]], start: Path) -> None:
    folder = made[0]
    write_table(folder / "equal" / "rows.tsv", ("text", "label"), *[(text, "3.5") for text, _ in rows(9, 0)])
    flags = ["--train", "equal/rows.tsv", "--dev", "equal/rows.tsv", "--task", "regression", "--model", start]
    flags += ["--max_length", "32", "--precision", "float32"]
    ended = call("classify", *flags, cwd=folder)
    assert_told_in_a_line(
        ended, "equal/rows.tsv: at least two different numbers are needed to train. Received: 9 rows, all 3.5"
    )
    assert not (folder / "runs" / "equal" / "config.yaml").exists()


def test_a_stop_metric_of_another_task_is_told_before_anything_is_written(
    made: tuple[Path, list[float], list[float]], run: Workspace, start: Path
) -> None:
    flags = [*FILES, "--label_column", "salary", "--model", start, *TRAINING_FLAGS, "--precision", "float32"]
    flags += ["--stop_metric", "accuracy", "--name", "salaries", "--overwrite"]
    before = {path: path.read_bytes() for path in run.run.rglob("*.*") if path.is_file()}
    ended = call("classify", *flags, cwd=made[0])
    expected = "stop_metric must be one of mae, loss, rmse, pearson, spearman, mse. Received: 'accuracy'"
    assert_told_in_a_line(ended, expected)
    assert {path: path.read_bytes() for path in before} == before
