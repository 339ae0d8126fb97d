import errno
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from programs import TRAINING_FLAGS, Ended, call, rows, write_table

from bert_keras import TextClassifier
from bert_keras.serving import SavedClassifier
from pipelines.training.run_folder import RunFolder

FILES = ("--train", "reviews/train.tsv", "--dev", "reviews/dev.tsv", "--precision", "float32", "--epochs", "1")


@pytest.fixture
def train(start: Path, tmp_path: Path) -> Callable[..., Ended]:
    """Trains on a small table."""
    for split, count in (("train", 24), ("dev", 9)):
        write_table(tmp_path / "reviews" / f"{split}.tsv", ("text", "label"), *rows(count, count))
    return lambda *flags: call(
        "classify", *TRAINING_FLAGS, "--probes", "2", *FILES, "--model", start, *flags, cwd=tmp_path
    )


def fail(*given: Any, **named: Any) -> Any:
    raise MemoryError("Unable to allocate 14.9 GiB for an array")


def whole(folder: Path) -> dict[str, Any]:
    """Asserts that a run has its model, its report and its export, and returns the report."""
    run = folder / "runs" / "reviews"
    assert TextClassifier.from_preset(str(run)).labels
    assert SavedClassifier.find(folder / "saved_models" / "reviews") is not None
    assert not (run / "checkpoint").exists()
    return json.loads((run / "report.json").read_text(encoding="utf-8"))


def test_pictures_that_cannot_be_drawn_end_no_run(
    train: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("output_pictures", "run_page"):
        monkeypatch.setattr(f"bert_keras.reporting.{module}.confusion_figure", fail)
    ended = train("--probes", "0")
    assert ended.status == 0, ended.err
    warnings = [line for line in ended.out.splitlines() if "failed and left out" in line]
    cause = "failed and left out, the run goes on (MemoryError: Unable to allocate 14.9 GiB for an array)"
    assert warnings[:3] == [
        f"warning: the picture 'confusion' in TensorBoard: {cause}",
        f"warning: the picture confusion_matrix.png: {cause}",
        f"warning: a picture of the report (confusion matrix): {cause}",
    ]
    assert all("(confusion matrix, " in warning for warning in warnings[3:])  # by cluster, if it has mistakes
    assert whole(tmp_path)["metrics"]["accuracy"] >= 0
    run = tmp_path / "runs" / "reviews"
    assert (run / "calibration.png").exists() and not (run / "confusion_matrix.png").exists()
    assert "The picture could not be drawn: confusion matrix." in (run / "report.html").read_text()


def test_logs_and_pages_that_fail_end_no_run(
    train: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "events")

    monkeypatch.setattr("bert_keras.event_files.writer.EventWriter._write", full)
    monkeypatch.setattr("bert_keras.reporting.page._environment", fail)
    monkeypatch.setattr("pipelines.classify.report.reporting.model_card", fail)
    ended = train()
    assert ended.status == 0, ended.err
    warned = [
        line.removeprefix("warning: ").split(": failed")[0] for line in ended.out.splitlines() if "failed" in line
    ]
    assert {
        "the log of the training's curves",
        "the picture 'confusion' in TensorBoard",
        "the log of predictions",
        "the table of hyperparameters in TensorBoard",
        "the page report.html",
        "the model card README.md",
    } <= set(warned)
    assert warned.count("the log of the training's curves") == 1  # not once a step
    whole(tmp_path)
    assert not (tmp_path / "runs" / "reviews" / "report.html").exists()
    assert "report  " not in ended.out


def test_a_model_that_cannot_be_written_does_end_the_run_with_its_last_epoch_kept(
    train: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, seen = tmp_path / "runs" / "reviews", []

    def look(*given: Any) -> None:
        seen.append((run / "checkpoint" / "state.safetensors").exists())

    def full(folder: RunFolder, model: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "model")

    monkeypatch.setattr("bert_keras.training.tensorboard_predictions.TensorBoardPredictions.on_epoch_end", look)
    monkeypatch.setattr(RunFolder, "write_model", full)
    ended = train("--probes", "0")
    assert seen == [True]  # the checkpoint is there before anything is drawn
    assert (ended.status, ended.err) == (2, "error: model: No space left on device\n")
    assert (run / "checkpoint" / "state.safetensors").exists() and not (run / "report.json").exists()


def test_three_hundred_labels_are_trained_reported_and_compared(start: Path, tmp_path: Path) -> None:
    lines = [(f"film {number}", f"label {number % 300}") for number in range(600)]
    for split in ("train", "dev"):
        write_table(tmp_path / "reviews" / f"{split}.tsv", ("text", "label"), *lines)
    ended = call("classify", *TRAINING_FLAGS, *FILES, "--model", start, "--probes", "0", cwd=tmp_path)
    assert ended.status == 0, ended.err
    assert "failed and left out" not in ended.out
    report = whole(tmp_path)
    assert "confusion" not in report["metrics"]
    assert len(report["metrics"]["classes"]) == 300
    wrong = round(600 * (1 - report["metrics"]["accuracy"]))
    assert sum(cell["rows"] for cell in report["metrics"]["most_confused"]) <= wrong
    # The most frequent label of train is right for two rows of 600.
    assert report["baseline"]["dev"]["accuracy"] == pytest.approx(2 / 600)
    run = tmp_path / "runs" / "reviews"
    first = json.loads((run / "predictions.jsonl").read_text().splitlines()[0])
    assert 200 <= len(first["probabilities"]) <= 202
    assert first["gold"] in first["probabilities"] and first["label"] in first["probabilities"]
    card = (run / "README.md").read_text(encoding="utf-8")
    assert "lowest F1 first, 100 of 300" in card
    width, height = np.frombuffer((run / "confusion_matrix.png").read_bytes()[16:24], ">u4")
    assert max(width, height) < 3_000
    shutil.copytree(run, tmp_path / "runs" / "again")
    compared = call("compare", "runs/reviews", "runs/again", cwd=tmp_path)
    assert compared.status == 0, compared.err
    assert f"{report['metrics']['accuracy']:.4f}" in compared.out
