"""classify with a teacher: labels by name, each model its own tokenizer, and a table of what was kept and gained."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mistakes import assert_told_in_a_line, nothing_written
from programs import LABELS, TRAINING_FLAGS, Ended, call, rows, write_table

from bert_keras import BertTokenizer, TextClassifier, insight
from bert_keras.data import Chosen, Columns, Source
from bert_keras.errors import DataError
from bert_keras.models import TextClassifierPreprocessor
from bert_keras.serving import SavedClassifier
from pipelines.classify.config import ClassifyConfig
from pipelines.classify.data import ClassifyData
from pipelines.classify.unlabelled import check_unlabelled, other_columns

FILES = ("--train", "train.tsv", "--dev", "dev.tsv")
BACKBONE = {"num_layers": 3, "hidden_dim": 32, "intermediate_dim": 32, "max_sequence_length": 64}


@pytest.fixture(scope="module")
def folder(
    build_classifier: Callable[..., TextClassifier], vocabulary: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Tables, and `teacher`, a classifier of random weights with the labels and the tokens in another order."""
    folder = tmp_path_factory.mktemp("taught")
    for split, (count, seed) in {"train": (24, 0), "dev": (12, 1)}.items():
        write_table(folder / f"{split}.tsv", ("text", "label"), *rows(count, seed))
    write_table(folder / "more.tsv", ("text",), *((text,) for text, _ in rows(9, 5)), rows(12, 1)[0][:1])
    other = [*vocabulary[:5], *reversed(vocabulary[5:])]
    preprocessor = TextClassifierPreprocessor(BertTokenizer(other, lowercase=False), 32)
    teacher = build_classifier(backbone=BACKBONE, preprocessor=preprocessor, labels=sorted(LABELS.values())[::-1])
    teacher.save_to_preset(str(folder / "teacher"))
    build_classifier(backbone=BACKBONE | {"seed": 3}, max_length=64).save_to_preset(str(folder / "start"))
    return folder


@pytest.fixture(scope="module")
def ended(folder: Path) -> Ended:
    more = ("--unlabelled", "more.tsv", "--layers", 2, "--temperature", 3, "--epochs", 1, "--name", "small")
    return call("classify", *FILES, "--model", "start", "--teacher", "teacher", *TRAINING_FLAGS, *more, cwd=folder)


def told(ended: Ended) -> str:
    return " ".join(ended.out.split())


def test_what_is_learned_from_whom_is_said(ended: Ended) -> None:
    assert ended.status == 0, ended.err
    assert "its logits for 24 rows and 10 without labels; hidden states of layers 1 like 2" in told(ended)
    assert "dev: 1 rows stand among those without labels too" in told(ended)


def test_a_trained_head_that_gives_way_is_said(ended: Ended, folder: Path) -> None:
    line = "a fresh head takes the place of the trained one, of whose labels none is here: negative, positive"
    assert f"start: {line}" in told(ended)
    run = folder / "runs" / "small"
    assert json.loads((run / "report.json").read_text(encoding="utf-8"))["model"]["replaced_head"] == line
    assert line in (run / "README.md").read_text(encoding="utf-8")


def test_the_model_is_smaller_and_stands_beside_its_teacher_everywhere(ended: Ended, folder: Path) -> None:
    run = folder / "runs" / "small"
    report = json.loads((run / "report.json").read_text(encoding="utf-8"))
    compared = report["teacher"]
    model, teacher = (TextClassifier.from_preset(str(of)) for of in (run, folder / "teacher"))
    assert (compared["model"]["layers"], compared["teacher"]["layers"]) == (2, 3) == (model.backbone.num_layers, 3)
    assert compared["model"]["parameters"] == model.count_params() < compared["teacher"]["parameters"]
    assert compared["layers_compared"] == {"model": [1], "teacher": [2]}
    dev = rows(12, 1)
    for side, of in (("model", model), ("teacher", teacher)):
        right = [
            answer.label == label for answer, (_, label) in zip(of.classify([t for t, _ in dev]), dev, strict=True)
        ]
        assert compared[side]["metrics"]["dev"]["accuracy"] == pytest.approx(np.mean(right))
        assert compared[side]["rows_per_second"] > 0
    recipe = report["training"]["recipe"]
    assert (recipe["temperature"], recipe["teacher_weight"], recipe["states_weight"]) == (3.0, 0.5, 1.0)
    assert recipe["layers"] == "2 (even)"
    read = {"file": "more.tsv", "rows_read": 10, "rows_left_out": {}}
    assert report["data"]["unlabelled"] == read | {"columns": {"text": "text", "pair": None, "label": None}}
    card, page = ((run / name).read_text(encoding="utf-8") for name in ("README.md", "report.html"))
    kept = f"{compared['model']['metrics']['dev']['accuracy']:.4f}"
    assert "Beside its teacher, `teacher`" in card and f"| {kept} |" in card
    assert "Beside its teacher" in page
    assert "rows a second" in card and "rows a second" in page and "rows a second" in ended.out


def test_a_row_has_what_the_teacher_says_of_its_own_text_by_the_names_of_labels(folder: Path, ended: Ended) -> None:
    teacher = TextClassifier.from_preset(str(folder / "teacher"))
    paths: dict[str, Any] = {name: str(folder / f"{name}.tsv") for name in ("train", "dev")}
    options = {"model": str(folder / "start"), "teacher": str(folder / "teacher"), "runs": str(folder / "runs")}
    data = ClassifyData(ClassifyConfig(**paths, **options, max_length=32, layers=2))
    places = np.array([20, 3, 11])
    targets = data.train.batch(places)[1]
    texts = [rows(24, 0)[place] for place in places.tolist()]
    for numbers, (_, label), answer in zip(targets, texts, teacher.classify([t for t, _ in texts]), strict=True):
        assert data.model.labels[int(numbers[0])] == label
        powers = np.exp(numbers[2:5])
        by_name = dict(zip(data.model.labels, (powers / powers.sum()).tolist(), strict=True))
        assert by_name == pytest.approx(answer.probabilities, abs=1e-5)
    assert data.model.labels != teacher.labels


@pytest.mark.parametrize("first", ["It was good.", "kind"])
def test_rows_without_labels_in_other_columns_are_told_of_those_of_train(first: str, tmp_path: Path) -> None:
    path = tmp_path / "more.txt"
    path.write_text(f"{first}\nIt was bad.\n", encoding="utf-8")
    columns = Columns(trained=Chosen("sentence", None, ("label",)), pairs=False)
    with pytest.raises(DataError, match=f"more.txt: .* columns of train, 'sentence', .* Received: {first}$"):
        check_unlabelled(Source(str(path), columns))


def test_rows_without_labels_that_are_read_in_a_usual_column_of_another_name_are_warned_of(tmp_path: Path) -> None:
    for name, head in (("same", "text,question"), ("other", "question,answer")):
        (tmp_path / f"{name}.csv").write_text(f"{head}\ngood film,bad film\n", encoding="utf-8")
    columns = Columns(trained=Chosen("text", None, ("label",)), pairs=False)
    same, other = (Source(str(tmp_path / f"{name}.csv"), columns) for name in ("same", "other"))
    assert list(other_columns(same)) == []
    (warning,) = other_columns(other)
    assert "other.csv: --unlabelled is read in other columns than train, which it lacks: text 'question'" in warning
    assert "instead of text 'text'" in warning


def test_a_dry_run_does_not_ask_the_teacher(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bert_keras.training.teacher_outputs", None)
    more = ("--runs", "dry", "--dry_run", "true")
    ended = call("classify", *FILES, "--model", "start", "--teacher", "teacher", *TRAINING_FLAGS, *more, cwd=folder)
    assert ended.status == 0, ended.err
    assert "nothing was trained" in ended.out


def test_an_export_lacks_the_heads_that_the_loss_of_dev_depends_on_least(folder: Path, ended: Ended) -> None:
    model = TextClassifier.from_preset(str(folder / "runs" / "small"))
    texts, labels = zip(*rows(12, 1), strict=True)
    targets = np.array([model.labels.index(label) for label in labels])
    importance = insight.head_importance(model, [(list(texts), targets)])
    least = [divmod(int(place), 2) for place in np.argsort(importance.ravel())[:2]]
    exported = call("export", "--model", "runs/small", "--prune_heads", 0.5, "--name", "fewer", cwd=folder)
    assert exported.status == 0, exported.err
    assert "without 2 of 4" in exported.out and "scored on 12 dev rows" in exported.out
    served = SavedClassifier(folder / "saved_models" / "fewer" / "1")
    with insight.masked_heads(model, least):
        for one, other in zip(served.classify(texts), model.classify(texts), strict=True):
            assert one.probabilities == pytest.approx(other.probabilities, abs=1e-5)
    refused = (
        (("--prune_heads", 1), "--prune_heads must be above 0 and below 1"),
        (("--prune_heads", 0.1), "at least one of the model's 4 heads, and not all of them. Received: 0.1, which is 0"),
        (("--prune_heads", 0.9), "Received: 0.9, which is 4 of them"),
        (("--prune_heads", 0.5, "--signatures", "strings,explain"), "explain tells the attention of every head"),
        (("--prune_heads", 0.5, "--pair_head"), "--pair_head exports a head of pre-training; leave one of both out"),
    )
    for flags, message in refused:
        assert_told_in_a_line(call("export", "--model", "runs/small", *flags, cwd=folder), message)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--temperature", 3), "--temperature is about what a teacher says; add --teacher MODEL. Received: 3.0"),
        (("--layers_from", "first"), "--layers_from says which layers are kept; add --layers N"),
        (("--layers", 0), "--layers must be 1 or above"),
        (("--layers", 2, "--adapt", "lora"), "--adapt lora keeps a whole model"),
        (("--teacher", "teacher", "--teacher_weight", 2), "teacher_weight must be above 0 and up to 1"),
        (("--teacher", "teacher", "--learning_curve", "true"), "--learning_curve trains on parts of the rows"),
        (("--teacher", "teacher", "--few_shot", "always"), "--teacher is an option of plain fine-tuning"),
        (("--teacher", "teacher", "--task", "regression", "--temperature", 2), "a regression has numbers"),
        (("--teacher", "nowhere"), "nowhere"),
    ],
)
def test_options_that_do_not_go_together_are_refused(flags: tuple[object, ...], message: str, folder: Path) -> None:
    with nothing_written(folder):
        assert_told_in_a_line(call("classify", *FILES, "--model", "start", *flags, cwd=folder), message)


def test_a_teacher_that_does_not_fit_is_told_of_in_a_line(
    folder: Path, start: Path, reader: Path, ended: Ended
) -> None:
    given = ("--model", "start", "--name", "another", "--epochs", 1, "--max_length", 32)
    cases: dict[tuple[object, ...], str] = {
        (
            "--teacher",
            start,
        ): "the teacher's labels must be those of the data, by name and in any order. Received: only",
        ("--teacher", reader): f"--teacher must be a classifier. Received: {reader}, which holds a SpanExtractor",
        ("--teacher", "teacher", "--task", "multi_label"): "which is a single_label classifier",
        ("--teacher", "teacher", "--layers", 4): "layers must be from 1 to 3, which the model has. Received: 4",
        (
            "--teacher",
            "teacher",
            "--layers",
            1,
            "--states_weight",
            1,
        ): "Received: 1 layers of size 32, of the teacher 3",
        ("--teacher", "saved_models/small"): "an export gives probabilities alone. Received: saved_models/small",
    }
    for flags, message in cases.items():
        assert_told_in_a_line(call("classify", *FILES, *given, *flags, cwd=folder), message)
    assert not (folder / "runs" / "another").exists()
