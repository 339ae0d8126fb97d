"""classify on few rows: chosen by itself, said, kept as an ordinary classifier, and refused where it means nothing."""

import json
import signal
from pathlib import Path

import keras
import numpy as np
import pytest
from mistakes import assert_told_in_a_line
from programs import LABELS, Ended, Workspace, call, rows, write_table

from bert_keras import TextClassifier
from bert_keras.data import Encoded
from bert_keras.training.checkpoint import Checkpoints
from bert_keras.training.state import TrainingState
from pipelines.classify.config import ClassifyConfig
from pipelines.classify.few_shot import choose_few_shot

_STOPPED: list[Ended] = []


@pytest.fixture(scope="module")
def few(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A run on 24 rows of three labels, over a sentence encoder, which was stopped in its second step and went on."""
    folder = tmp_path_factory.mktemp("few")
    for split, (count, seed) in {"train": (24, 0), "dev": (15, 1)}.items():
        write_table(folder / f"{split}.tsv", ("text", "label"), *rows(count, seed))
    flags = ("--train", "train.tsv", "--dev", "dev.tsv", "--model", encoder_folder, "--name", "few", "--max_length", 16)
    flags += ("--probes", 1, "--learning_curve", "true")

    def due(checkpoints: Checkpoints) -> bool:
        signal.raise_signal(signal.SIGTERM)
        return False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkpoints, "due", due)
        _STOPPED.append(call("classify", *flags, cwd=folder))
    return Workspace(folder, call("classify", *flags, cwd=folder), "few")


def test_a_stopped_training_goes_on_when_the_same_command_is_given_again(few: Workspace) -> None:
    ((status, out, err),) = ((of.status, of.out, of.err) for of in _STOPPED)
    assert status == 130
    assert "stopped at step 2 of 20 of the contrast, saved in runs/few/checkpoint; the same command goes on" in err
    assert "going on" not in out
    assert "going on with the unfinished training in runs/few/checkpoint" in few.ended.out
    assert not (few.run / "checkpoint").exists()


def test_few_rows_are_trained_on_by_contrast_which_is_said(few: Workspace) -> None:
    assert few.ended.status == 0, few.ended.err
    assert "8 rows a label, which is few: by contrast and a fitted head" in few.ended.out
    epochs = [line[:10] for line in few.ended.out.splitlines() if line.startswith("epoch ")]
    assert epochs == ["epoch 1/1 "] * 3  # of all rows, a quarter and a half
    report = json.loads((few.run / "report.json").read_text(encoding="utf-8"))
    assert report["few_shot"]["chosen"] is True and report["few_shot"]["rows_a_label"] == 8
    assert report["training"]["recipe"]["method"] == "contrast of few rows, then a fitted head"
    assert (report["training"]["epochs"], report["training"]["steps"]) == (20, 20)


def test_its_temperature_is_of_training_rows_that_were_held_out_as_dev_has_too_few(few: Workspace) -> None:
    report = json.loads((few.run / "report.json").read_text(encoding="utf-8"))
    found = report["calibration"]
    assert found["of_train"] and found["kept"]["rows"] == 12
    assert "fitted on 12 rows of train that a second training on the others did not see, moves on dev" in few.ended.out
    model = TextClassifier.from_preset(str(few.run))
    assert model.calibration is not None and model.calibration.temperature == found["kept"]["temperature"] != 1
    # Dev is scored by the temperature, which was fitted on none of its rows.
    lines = (few.run / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    of_gold = [row["probabilities"][row["gold"]] for row in map(json.loads, lines)]
    assert report["metrics"]["loss"] == pytest.approx(-np.mean(np.log(of_gold)), rel=1e-4)
    assert found["after"]["loss"] == pytest.approx(report["metrics"]["loss"])


def test_the_points_of_its_learning_curve_are_trained_as_it_is_which_is_told(few: Workspace) -> None:
    curve = json.loads((few.run / "report.json").read_text(encoding="utf-8"))["learning_curve"]
    assert (curve["rows"], curve["ways"]) == ([6, 12, 24], ["by contrast"] * 3)  # an eighth is one row a label
    assert "learning curve: training on 6 of 24 rows, by contrast" in few.ended.out
    (line,) = (line for line in few.ended.out.splitlines() if line.startswith("│ 12 ") and "by contrast" in line)
    score = curve["scores"][1]
    assert f"{score['value']:.4f}" in line and f"{score['low']:.4f} to {score['high']:.4f}" in line


def test_what_is_kept_is_an_ordinary_classifier(few: Workspace) -> None:
    model = TextClassifier.from_preset(str(few.run))
    assert (model.pooling, model.labels) == ("unit_mean", tuple(sorted(LABELS.values())))
    lines = (few.run / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    answers = model.classify([row["text"] for row in told])
    for row, answer in zip(told, answers, strict=True):
        assert row["probabilities"] == pytest.approx(answer.probabilities, abs=1e-5)


def test_its_export_passes_its_checks_and_predicts_the_same(few: Workspace) -> None:
    assert "checks ok" in few.ended.out
    ended = call("predict", "--model", "saved_models/few", "--input", "dev.tsv", "--output", "-", cwd=few.folder)
    served = [json.loads(line) for line in ended.out.splitlines()]
    model = TextClassifier.from_preset(str(few.run))
    for row, answer in zip(served, model.classify([text for text, _ in rows(15, 1)]), strict=True):
        assert row["probability"] == pytest.approx(answer.probability, abs=1e-5)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--epochs", 5), "--epochs is an option of plain fine-tuning, which --few_shot always replaces"),
        (("--class_weights", "balanced"), "--class_weights is an option of plain fine-tuning"),
        (("--task", "regression"), "a regression has numbers; leave it out. Received: --few_shot always"),
    ],
)
def test_what_means_nothing_to_it_is_refused(flags: tuple[object, ...], message: str, tmp_path: Path) -> None:
    given = ("--train", "t.tsv", "--dev", "d.tsv", "--few_shot", "always", *flags)
    assert_told_in_a_line(call("classify", *given, cwd=tmp_path), message)


class _Counted(Encoded):
    """Rows of which only the number of each label is known."""

    def __init__(self, *counts: int) -> None:
        object.__setattr__(self, "name", "t.tsv")
        object.__setattr__(self, "lengths", np.ones(sum(counts)))
        object.__setattr__(self, "counts", np.array(counts))

    def label_counts(self) -> np.ndarray:
        return self.counts  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("settings", "counts", "pairs", "chosen", "why"),
    [
        ({}, (8, 8), False, True, "8 rows a label, which is few"),
        ({}, (8, 9), False, True, "8.5 rows a label, which is few"),
        ({}, (60, 60), False, False, ""),
        ({"learning_curve": True}, (8, 8), False, True, "8 rows a label, which is few"),
        ({}, (8, 8), True, False, ""),
        ({"few_shot": "never"}, (8, 8), False, False, ""),
        ({"learning_rate": 1e-4}, (8, 8), False, False, "yet plain fine-tuning, as --learning_rate is of"),
        ({}, (1, 1), False, False, "yet plain fine-tuning, as no label has two rows"),
        ({"few_shot": "always"}, (60, 60), True, True, "as --few_shot always says"),
        ({"few_shot": "always"}, (1, 1), False, None, "no label has two rows"),
        ({"few_shot": "always"}, (600, 600), False, None, r"for few rows, up to 512 a label. Received: t.tsv with 600"),
    ],
)
def test_the_choice_is_by_rows_a_label_and_by_what_is_asked_for(
    settings: dict[str, object],
    counts: tuple[int, ...],
    pairs: bool,
    chosen: bool | None,
    why: str,
    encoder_folder: Path,
) -> None:
    config = ClassifyConfig(train="t.tsv", dev="d.tsv", model=str(encoder_folder), **settings)  # type: ignore[arg-type]
    if chosen is None:
        with pytest.raises(Exception, match=why):
            choose_few_shot(config, _Counted(*counts), pairs)
        return
    found = choose_few_shot(config, _Counted(*counts), pairs)
    assert (found.chosen, why in found.why, bool(found.why)) == (chosen, True, bool(why))


def test_another_model_than_a_sentence_encoder_is_fine_tuned_as_ever(start: Path) -> None:
    found = choose_few_shot(ClassifyConfig(train="t.tsv", dev="d.tsv", model=str(start)), _Counted(8, 8), False)
    assert (found.chosen, found.why) == (False, "")


def test_an_unfinished_training_of_another_kind_is_not_lost(few: Workspace, encoder_folder: Path) -> None:
    flags = ("--train", "train.tsv", "--dev", "dev.tsv", "--model", encoder_folder, "--name", "other")
    kept = Checkpoints(few.folder / "runs" / "other" / "checkpoint")
    kept.begin({"epochs": 3}, {"weight": keras.Variable(np.zeros(2), name="weight")}, replace=False)
    kept.save(TrainingState(step=2))
    ended: Ended = call("classify", *flags, "--max_length", 16, cwd=few.folder)
    assert_told_in_a_line(
        ended, "there is an unfinished training with other settings. Received: epochs 3 there, 20 now"
    )
    assert kept.there
