"""classify on few rows and on more without labels: what is left out and kept is said, and whether they helped."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mistakes import assert_told_in_a_line, nothing_written
from programs import LABELS, Workspace, call, rows, write_table

from bert_keras import TextClassifier, training

FILES = ("--train", "train.tsv", "--dev", "dev.tsv", "--max_length", 16, "--probes", 0)
TRAIN, DEV = ([text for text, _ in rows(count, seed)] for count, seed in ((12, 0), (15, 1)))
MORE = [*(text for text, _ in rows(40, 7)), TRAIN[0], *DEV[:2]]


_CALIBRATED: list[tuple[Any, ...]] = []


@pytest.fixture(scope="module")
def both(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A run on 12 rows of three labels, and on 40 others, of which one stands in train and two in dev."""
    folder = tmp_path_factory.mktemp("self_labelled")
    for split, (count, seed) in {"train": (12, 0), "dev": (15, 1)}.items():
        write_table(folder / f"{split}.tsv", ("text", "label"), *rows(count, seed))
    write_table(folder / "more.tsv", ("text",), *((text,) for text in MORE))
    flags = ("--model", encoder_folder, "--unlabelled", "more.tsv", "--name", "both")
    with pytest.MonkeyPatch.context() as patch:
        # Which is both trainings once more; `tests/training` tests what it returns.
        patch.setattr(training, "few_shot_calibration", lambda *given, replace: _CALIBRATED.append(given))
        return Workspace(folder, call("classify", *FILES, *flags, cwd=folder), "both")


def told(workspace: Workspace) -> str:
    return " ".join(workspace.ended.out.split())


def test_rows_of_train_and_dev_are_not_learned_from_which_is_said(both: Workspace) -> None:
    assert both.ended.status == 0, both.ended.err
    left, of_dev = len({*MORE} - {*TRAIN, *DEV}), sum(text in DEV for text in MORE)
    assert f"more.tsv: {left} rows without labels, without {of_dev} of dev or test and " in told(both)
    of_data = json.loads((both.run / "report.json").read_text(encoding="utf-8"))["data"]["unlabelled"]
    assert (of_data["file"], of_data["rows_read"], of_data["rows_of_dev_or_test"]) == ("more.tsv", 43, of_dev)
    assert of_data["rows_repeated"] == 43 - of_dev - left


def test_how_many_of_each_label_are_kept_is_said_and_in_the_report(both: Workspace) -> None:
    report = json.loads((both.run / "report.json").read_text(encoding="utf-8"))
    found = report["few_shot"]["unlabelled"]
    assert list(found["kept"]) == sorted(LABELS.values())
    kept = sum(found["kept"].values())
    assert 0 < kept <= found["rows"] / 2 + 3
    assert f"labelled {found['rows']} rows, and kept the surest {kept}: " in told(both)
    assert f"and of {kept} that it labelled itself" in report["training"]["recipe"]["method"]
    assert [line[:9] for line in both.ended.out.splitlines() if line.startswith("epoch ")] == ["epoch 1/1"] * 2


def test_whether_they_help_is_told_by_dev_and_nothing_chosen_by_it(both: Workspace) -> None:
    report = json.loads((both.run / "report.json").read_text(encoding="utf-8"))
    found = report["few_shot"]["unlabelled"]
    lines = (both.run / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    right = [row["label"] == row["gold"] for row in map(json.loads, lines)]
    assert found["dev_accuracy"]["with"] == pytest.approx(np.mean(right)) == report["metrics"]["accuracy"]
    gained = found["became_right"] - found["became_wrong"]
    assert gained == round(15 * (found["dev_accuracy"]["with"] - found["dev_accuracy"]["without"]))
    assert f"{found['dev_accuracy']['without']:.4f} without; " in told(both)
    assert "dev cannot tell whether they help" in told(both)
    assert f"dev accuracy {found['dev_accuracy']['without']:.4f}" in told(both)  # of the first training's epoch


def test_its_temperature_is_that_of_a_training_with_such_rows(both: Workspace) -> None:
    ((model, train, _, others, checkpoints),) = _CALIBRATED
    assert checkpoints.folder == Path("runs/both/checkpoint/part-calibration")
    assert isinstance(model, TextClassifier) and model.pooling == "unit_mean"
    assert (len(train), len(others)) == (12, len({*MORE} - {*TRAIN, *DEV}))


def test_what_is_kept_is_an_ordinary_classifier(both: Workspace) -> None:
    model = TextClassifier.from_preset(str(both.run))
    lines = (both.run / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    for row, answer in zip(found, model.classify([row["text"] for row in found]), strict=True):
        assert row["probabilities"] == pytest.approx(answer.probabilities, abs=1e-5)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--few_shot", "never"), "and not for plain fine-tuning from labels; add --teacher MODEL, or leave the other"),
        (("--epochs", 2), "leave the other option out. Received: --epochs 2"),
        (("--task", "multi_label"), "gives each row one label, for --task single_label"),
        (("--task", "regression"), "gives each row one label, for --task single_label"),
        (("--unlabelled", "empty.tsv"), "empty.tsv: the file is empty"),
        (("--unlabelled", "names.tsv"), "names.tsv: no rows to use"),
        (("--unlabelled", "others.tsv"), "others.tsv"),
        (("--unlabelled", "broken.tsv"), "broken.tsv"),
        (("--unlabelled", "dev.tsv"), "dev.tsv: all of its texts stand in train.tsv or dev.tsv too"),
        (("--unlabelled", "nowhere.tsv"), "nowhere.tsv"),
        (("--train", "many.tsv"), "or --few_shot always, or leave it out. Received: many.tsv with 40 rows a label"),
    ],
)
def test_what_means_nothing_is_told_in_a_line(
    flags: tuple[object, ...], message: str, both: Workspace, encoder_folder: Path
) -> None:
    (both.folder / "empty.tsv").write_text("")
    (both.folder / "names.tsv").write_text("text\n")
    (both.folder / "others.tsv").write_text("subject\tdate\nhello\t1\n")
    (both.folder / "broken.tsv").write_bytes(b"text\ngood \xff\xfe film\n")
    write_table(both.folder / "many.tsv", ("text", "label"), *rows(120, 3))
    with nothing_written(both.folder / "saved_models"):
        given = ("--model", encoder_folder, "--unlabelled", "more.tsv", "--name", "other", *flags)
        assert_told_in_a_line(call("classify", *FILES, *given, cwd=both.folder), message)
    assert not (both.folder / "runs" / "other").exists()
