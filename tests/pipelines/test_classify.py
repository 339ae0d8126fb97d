import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from mistakes import nothing_written
from programs import LABELS, TRAINING_FLAGS, Workspace, call, rows, start_unchecked, write_table

from bert_keras import TextClassifier
from bert_keras.files import listed
from bert_keras.serving import SavedClassifier

SORTED_LABELS = sorted(LABELS.values())
FILES = {
    ".lock",
    "README.md",
    "calibration.png",
    "config.yaml",
    "confusion_matrix.png",
    "model",
    "predictions.jsonl",
    "report.html",
    "report.json",
    "tensorboard",
    "words.json",
}


@pytest.fixture(scope="module")
def report(workspace: Workspace) -> dict[str, Any]:
    return json.loads((workspace.run / "report.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def predictions(workspace: Workspace) -> list[dict[str, Any]]:
    lines = (workspace.run / "predictions.jsonl").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    return [json.loads(line) for line in lines]


def test_a_run_leaves_its_files_and_nothing_else(workspace: Workspace) -> None:
    assert {path.name for path in workspace.run.iterdir()} == FILES
    assert {path.name for path in workspace.folder.iterdir()} == {"reviews", "runs", "saved_models"}
    assert [path.name for path in (workspace.folder / "saved_models" / "reviews").iterdir()] == ["1"]
    assert (workspace.run / "confusion_matrix.png").read_bytes().startswith(b"\x89PNG")
    assert {path.parent.name for path in (workspace.run / "tensorboard").rglob("events.*")} == {
        "train",
        "dev",
        "tensorboard",
    }


def test_a_run_learns_what_one_word_decides(report: dict[str, Any]) -> None:
    for metrics, count in (("metrics", 45), ("test_metrics", 30)):
        assert report[metrics]["accuracy"] == report[metrics]["macro_f1"] == 1.0
        assert report[metrics]["loss"] < 0.4  # that of guessing is 1.1
        assert list(report[metrics]["classes"]) == SORTED_LABELS
        assert np.trace(report[metrics]["confusion"]) == count


def test_the_report_tells_how_it_was_trained(report: dict[str, Any]) -> None:
    training = report["training"]
    assert (training["epochs"], training["steps"]) == (5, 5 * 19)
    assert training["examples_per_second"] == pytest.approx(5 * 150 / training["seconds"])
    assert len(training["history"]["val_accuracy"]) == 5
    assert report["seed"] == 5


def test_the_report_tells_what_was_read_and_left_out(report: dict[str, Any]) -> None:
    left_out = {"empty text": 1, "empty label": 1}
    for split, read in (("train", 152), ("dev", 47), ("test", 32)):
        expected = {"file": f"reviews/{split}.tsv", "rows_read": read, "rows_left_out": left_out}
        assert report["data"][split].items() >= expected.items()


def test_the_report_tells_which_columns_were_read(report: dict[str, Any]) -> None:
    for split in ("train", "dev", "test"):
        assert report["data"][split]["columns"] == {"text": "text", "pair": None, "label": "label"}
        assert report["data"][split]["columns_not_used"] == []


def test_the_report_tells_which_model_in_which_environment(
    report: dict[str, Any], workspace: Workspace, start: Path
) -> None:
    classifier = TextClassifier.from_preset(str(workspace.run))
    parameters = classifier.count_params()
    expected = {"preset": str(start), "task": "single_label", "labels": SORTED_LABELS}
    expected |= {"parameters": parameters, "trainable_parameters": parameters, "adapter": None}
    gone = listed(["negative", "positive"])
    expected["replaced_head"] = f"a fresh head takes the place of the trained one, of whose labels none is here: {gone}"
    assert report["model"] == expected
    assert report["environment"]["precision"] in ("float32", "bfloat16")
    assert report["environment"]["cores"] >= 1
    assert {"tensorflow", "tensorflow-text", "keras", "keras-hub", "bert_keras"} <= report["environment"][
        "versions"
    ].keys()


def test_predictions_hold_every_row_with_its_line_as_it_stands_in_the_file(predictions: list[dict[str, Any]]) -> None:
    expected = [("dev", line, *row) for line, row in enumerate(rows(45, 1), 2)]
    expected += [("test", line, *row) for line, row in enumerate(rows(30, 2), 2)]
    assert [tuple(row[name] for name in ("split", "line", "text", "gold")) for row in predictions] == expected
    for row in predictions:
        assert list(row["probabilities"]) == SORTED_LABELS
        assert row["probability"] == row["probabilities"][row["label"]] == max(row["probabilities"].values())


def test_predictions_are_those_of_the_model_that_is_saved(
    predictions: list[dict[str, Any]], workspace: Workspace
) -> None:
    answers = TextClassifier.from_preset(str(workspace.run)).classify([row["text"] for row in predictions])
    assert [answer.label for answer in answers] == [row["label"] for row in predictions]
    for row, answer in zip(predictions, answers, strict=True):
        assert row["probabilities"] == pytest.approx(answer.probabilities, abs=1e-5)


def test_the_screen_shows_the_run_from_data_to_export(workspace: Workspace) -> None:
    out = workspace.ended.out
    assert [line[:10] for line in out.splitlines() if line.startswith("epoch ")] == [
        f"epoch {epoch}/5 " for epoch in range(1, 6)
    ]
    assert "1 empty text, 1 empty label" in out
    assert "checks ok" in out
    for line in ("run     runs/reviews", "export  saved_models/reviews/1", "  tensorboard --logdir runs"):
        assert line in out.splitlines()
    assert "bert-keras predict --model saved_models/reviews --input FILE" in out
    assert workspace.ended.err == ""


def test_labels_stand_on_the_screen_as_they_are(workspace: Workspace) -> None:
    for label in LABELS.values():
        assert label in workspace.ended.out


@pytest.fixture(scope="module")
def again(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A copy of the run, made again in another process from its own config."""
    folder = shutil.copytree(workspace.folder, tmp_path_factory.mktemp("again") / "workspace")
    (folder / "runs" / "reviews" / "tensorboard" / "left_over").touch()
    flags = ("--config", "runs/reviews/config.yaml", "--overwrite", "true")
    return Workspace(folder, start_unchecked("classify", *flags, cwd=folder))


def test_a_config_gives_its_run_again(again: Workspace, report: dict[str, Any]) -> None:
    assert again.ended.status == 0, again.ended.err
    repeated = json.loads((again.run / "report.json").read_text(encoding="utf-8"))
    for part in ("metrics", "test_metrics", "data", "model", "seed"):
        assert repeated[part] == report[part]
    assert repeated["training"]["history"] == report["training"]["history"]
    assert repeated["training"]["seconds"] != report["training"]["seconds"]


def test_an_overwritten_run_is_replaced_and_exported_as_the_next_version(again: Workspace) -> None:
    assert sorted(path.name for path in (again.folder / "saved_models" / "reviews").iterdir()) == ["1", "2"]
    assert not (again.run / "tensorboard" / "left_over").exists()
    assert {path.name for path in again.run.iterdir()} == FILES


def test_the_config_holds_every_option_as_it_was_used(
    workspace: Workspace, start: Path, report: dict[str, Any]
) -> None:
    config = yaml.safe_load((workspace.run / "config.yaml").read_text(encoding="utf-8"))
    assert config == {
        "train": "reviews/train.tsv",
        "dev": "reviews/dev.tsv",
        "test": "reviews/test.tsv",
        "task": "single_label",
        "text_column": None,
        "pair_column": None,
        "label_column": None,
        "label_separator": None,
        "label_names": None,
        "missing_labels": None,
        "merge_labels": False,
        "corrections": None,
        "annotators": "majority",
        "dialect": None,
        "separator": None,
        "model": str(start),
        "base": None,
        "add_tokens": None,
        "max_length": 32,
        "trainable": "all",
        "adapt": "none",
        "adapters_over": None,
        "rank": 16,
        "layers": None,
        "layers_from": "even",
        "teacher": None,
        "unlabelled": None,
        "temperature": None,
        "teacher_weight": None,
        "states_weight": None,
        "epochs": 5,
        "batch_size": 8,
        "token_budget": None,
        "learning_rate": 3e-3,
        "warmup_share": 0.1,
        "weight_decay": 0.01,
        "clip_norm": 1.0,
        "layer_decay": 1.0,
        "label_smoothing": 0.0,
        "class_weights": "none",
        "patience": None,
        "stop_metric": None,
        "keep": "best",
        "few_shot": "auto",
        "calibrate": "auto",
        "wanted_precision": 0.99,
        "learning_curve": False,
        "slices": None,
        "precision": report["environment"]["precision"],  # what auto has come to
        "deterministic": False,
        "workers": None,
        "join_seconds": 300.0,
        "cluster": None,
        "gradient_type": "float32",
        "seed": 5,
        "checkpoint_minutes": 5.0,
        "probes": 2,
        "embeddings": False,
        "name": "reviews",
        "runs": "runs",
        "saved_models": "saved_models",
        "overwrite": False,
        "dry_run": False,
    }


def test_a_finished_run_is_not_replaced_unasked(workspace: Workspace) -> None:
    with nothing_written(workspace.folder):
        ended = call("classify", "--config", "runs/reviews/config.yaml", cwd=workspace.folder)
    assert ended.status == 2
    assert ended.err == (
        "error: runs/reviews: there is a run of this name already; choose another --name, or add --overwrite true\n"
    )


def test_a_mistake_in_an_overwriting_run_leaves_the_finished_one(workspace: Workspace) -> None:
    flags = ["--config", "runs/reviews/config.yaml", "--overwrite", "true", "--model", "no_such_model"]
    with nothing_written(workspace.folder):
        assert call("classify", *flags, cwd=workspace.folder).status == 2


@pytest.fixture(scope="module")
def pairs(start: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A run on pairs with numbers for labels, in bfloat16."""
    folder = tmp_path_factory.mktemp("pairs")
    random = np.random.default_rng(3)
    words = random.choice(["good", "bad"], [60, 2])
    table = [(f"the film was {a}", f"a {b} play", "10" if a == b else "9") for a, b in words]
    for split in ("train", "dev"):
        write_table(folder / "reviews" / f"{split}.csv.tsv", ("first", "second", "label"), *table)
    flags: list[object] = [
        "--train",
        "reviews/train.csv.tsv",
        "--dev",
        "reviews/dev.csv.tsv",
        "--text_column",
        "first",
        "--pair_column",
        "second",
    ]
    flags += ["--model", start, *TRAINING_FLAGS, "--epochs", "2", "--precision", "bfloat16"]
    ended = call("classify", *flags, cwd=folder)
    assert ended.status == 0, ended.err
    return Workspace(folder, ended)


def test_a_model_of_pairs_is_exported_to_take_pairs(pairs: Workspace) -> None:
    served = SavedClassifier.find(pairs.folder / "saved_models" / "reviews")
    assert served is not None
    assert served.inputs == ["text", "pair"]
    classifier = TextClassifier.from_preset(str(pairs.run), dtype="float32")
    assert classifier.pairs
    rows = [("the film was good", "a bad play"), ("bad", "")]
    for one, other in zip(served.classify(rows), classifier.classify(rows), strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-5)


def test_a_run_on_pairs_writes_both_texts_and_orders_numbers_by_value(pairs: Workspace) -> None:
    lines = (pairs.run / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    first = json.loads(lines[0])
    assert first["text"].startswith("the film was ")
    assert first["pair"].endswith(" play")
    assert list(first["probabilities"]) == ["9", "10"]
    report = json.loads((pairs.run / "report.json").read_text(encoding="utf-8"))
    assert report["model"]["labels"] == ["9", "10"]
    assert "test_metrics" not in report


def test_a_run_in_bfloat16_saves_float32(pairs: Workspace) -> None:
    report = json.loads((pairs.run / "report.json").read_text(encoding="utf-8"))
    assert report["environment"]["precision"] == "bfloat16"
    assert "checks ok" in pairs.ended.out
    classifier = TextClassifier.from_preset(str(pairs.run), dtype="float32")
    assert {variable.dtype for variable in classifier.weights} == {"float32"}


def test_a_run_with_adapters_keeps_them_alone_and_exports_a_whole_model(
    workspace: Workspace, start: Path, tmp_path: Path
) -> None:
    shutil.copytree(workspace.folder / "reviews", tmp_path / "reviews")
    files = ["--train", "reviews/train.tsv", "--dev", "reviews/dev.tsv"]
    flags = [*TRAINING_FLAGS, "--adapt", "lora", "--rank", "4", "--learning_rate", "1e-2", "--epochs", "10"]
    # Many small steps, in a precision in which every processor learns from them.
    flags += ["--batch_size", "2", "--precision", "float32"]
    ended = call("classify", *files, "--model", start, *flags, cwd=tmp_path)
    assert ended.status == 0, ended.out + ended.err
    assert "checks ok" in ended.out
    run = tmp_path / "runs" / "reviews"
    assert {path.name for path in (run / "model").iterdir()} == {"adapter.json", "adapter.safetensors"}
    report = json.loads((run / "report.json").read_text(encoding="utf-8"))
    assert report["metrics"]["accuracy"] > 0.6  # a constant answer has a third
    assert report["model"]["trainable_parameters"] < report["model"]["parameters"]
    base = "/".join(start.parts[-2:])  # a card holds no path of a machine
    assert f"an adapter (rank `4`, base `{base}`" in (run / "README.md").read_text(encoding="utf-8")
    served, own = (
        SavedClassifier.find(tmp_path / "saved_models" / "reviews"),
        TextClassifier.from_preset(str(run), dtype="float32"),
    )
    assert served is not None
    for one, other in zip(served.classify(["good", "bad film"]), own.classify(["good", "bad film"]), strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-5)
