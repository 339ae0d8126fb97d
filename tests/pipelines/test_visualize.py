import csv
import importlib
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from asked import squad, write_squad
from logged import logged
from mistakes import assert_told_in_a_line, nothing_written
from programs import LABELS, Ended, Workspace, call, write_table

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.checkpoints import save_hugging_face
from bert_keras.errors import InputError
from bert_keras.insight.masked_heads import masked_heads
from bert_keras.tensorboard_plugin import PLUGIN_NAME
from bert_keras.tensorboard_plugin.predicted_rows import predicted_rows, row_neighbours
from pipelines.visualize.log import LogFolder
from pipelines.visualize.tables import explained_text
from pipelines.visualize.tensorboard import open_tensorboard

QUESTION = "what is it ?"
CONTEXT = "a film was bad .\n" * 12 + "the film was good ."
QUICK = ("--methods", "raw", "--mask_words", "false")
"""For tests of other things than what explains an answer, which takes longest."""
ODD = [
    "",
    " ",
    "\U0001f600 caf\u00e9",
    "\u05e9\u05dc\u05d5\u05dd the film",
    "<img src=x onerror=alert(1)>",
    "[bold]good[/] :smile:",
    "good " * 600,
]


@pytest.fixture(scope="module")
def model(build_classifier: Callable[..., TextClassifier], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A preset of two layers with two heads each, of random weights."""
    folder = tmp_path_factory.mktemp("presets") / "tiny"
    build_classifier().save_to_preset(str(folder))
    return folder


@pytest.fixture
def document(tmp_path: Path) -> Path:
    (tmp_path / "film.txt").write_text(CONTEXT, encoding="utf-8")
    return tmp_path / "film.txt"


def visualize(folder: Path, *flags: object, model: object) -> Ended:
    ended = call("visualize", "--model", model, *flags, cwd=folder)
    assert (ended.status, ended.err) == (0, ""), ended.err
    return ended


def test_texts_are_logged_with_what_the_model_says_to_them(model: Path, tmp_path: Path) -> None:
    texts = ["the film was good", "not bad"]
    ended = visualize(tmp_path, "--text", *texts, model=model)
    log = logged(tmp_path / "runs" / "tiny" / "insight")
    assert list(log) == ["1 the film was good", "2 not bad"]
    classifier = TextClassifier.from_preset(str(model), dtype="float32")
    for (header,), text, answer in zip(log.values(), texts, classifier.classify(texts), strict=True):
        assert (header["first"], header["second"]) == (text, None)
        assert header["prediction"]["predicted"] == [answer.label]
        assert header["prediction"]["probabilities"] == pytest.approx(list(answer.probabilities.values()), abs=1e-4)
        assert header["prediction"]["true"] is None
        assert header["model"]["name"] == "tiny"
        assert list(header["methods"]) == ["raw", "rollout", "gradient", "norm", "integrated_gradients"]
        for layer in header["attention"]:
            assert layer.sum(axis=-1) == pytest.approx(1, abs=0.05)
        assert answer.label in ended.out
    assert "tensorboard --logdir runs/tiny" in ended.out
    opened = {"run": "insight", "tag": next(iter(log.values()))[0]["name"], "view": "text"}
    link = "".join(f"&p.{PLUGIN_NAME}.{key}={quote(value, safe='')}" for key, value in opened.items())
    assert f"http://localhost:6006/#{PLUGIN_NAME}{link}\n" in ended.out


def test_pairs_and_readers_contexts_may_be_typed(
    build_classifier: Callable[..., TextClassifier], reader: Path, tmp_path: Path
) -> None:
    build_classifier(pairs=True).save_to_preset(str(tmp_path / "pairs"))
    visualize(tmp_path, "--text", "good", "bad", "--pair", "film", "", *QUICK, model="pairs")
    texts = [
        (header["first"], header["second"]) for (header,) in logged(tmp_path / "runs" / "pairs" / "insight").values()
    ]
    assert texts == [("good", "film"), ("bad", "")]
    visualize(tmp_path, "--text", QUESTION, "--pair", "the film was good", *QUICK, model=reader)
    ((header,),) = logged(tmp_path / "runs" / "reader" / "insight").values()
    assert (header["task"], header["second"]) == ("answer", "the film was good")


def test_a_run_by_itself_shows_its_own_dev_rows_beside_its_export(workspace: Workspace, tmp_path: Path) -> None:
    ended = visualize(workspace.folder, "--limit", 3, *QUICK, "--logdir", tmp_path / "log", model="runs/reviews")
    assert "reviews/dev.tsv: none of 45 rows is wrong; the first ones are shown" in ended.out
    log = logged(tmp_path / "log" / "reviews")
    assert len(log) == 3
    for (header,) in log.values():
        assert header["prediction"]["true"] == header["prediction"]["predicted"]
        assert 0 <= header["served_difference"] < 1e-4


def test_a_run_keeps_the_nearest_training_rows_and_the_places_of_what_it_has_predicted(
    model: Path, tmp_path: Path
) -> None:
    run = tmp_path / "runs" / "tiny"
    shutil.copytree(model, run / "model")
    (run / "config.yaml").write_text("train: train.tsv\n")
    rows = [(f"a film {word} {other}", label) for word, label in LABELS.items() for other in ("good", "bad", "the")]
    write_table(tmp_path / "train.tsv", ("text", "label"), *rows * 3, ("film", ""))
    lines = [{"text": text, "gold": label, "label": LABELS["good"], "probability": 0.6} for text, label in rows]
    (run / "predictions.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    flags = ("--text", "good", "--methods", "raw", "--mask_words", "false")
    ended = visualize(tmp_path, *flags, "--neighbours", 15, model="runs/tiny")
    train = len(rows) * 3
    assert f"nearest of 15 of {train} training rows for {len(rows)} predicted rows" in ended.out
    told = predicted_rows(str(run), "insight")
    assert (told["neighbours"]["compared"], told["neighbours"]["train_rows"]) == (15, train)
    assert {plane["name"] for plane in told["planes"]} == {"PCA", "t-SNE"}
    with (tmp_path / "train.tsv").open(newline="") as file:
        written = list(csv.reader(file, delimiter="\t"))
    for row in told["rows"]:
        nearest = row_neighbours(str(run), "insight", row[-1])["nearest"]
        assert len(nearest) == 8
        assert [each[0] for each in nearest] == sorted((each[0] for each in nearest), reverse=True)
        for similarity, other, label, text, _, place in nearest:
            assert other == (label != row[3])
            assert written[int(place.removeprefix("train.tsv, line ")) - 1] == [text, label]
            assert similarity == pytest.approx(1, abs=1e-3) or text != row[1]
    # What was written of the same predictions is not computed again.
    again = visualize(tmp_path, *flags, "--neighbours", 15, model="runs/tiny")
    assert "nearest of" not in again.out and predicted_rows(str(run), "insight") == told
    (tmp_path / "train.tsv").unlink()
    gone = visualize(tmp_path, *flags, model="runs/tiny")
    assert "no nearest training rows: " in gone.out and "train.tsv" in gone.out


def test_a_broken_config_of_a_run_is_told_in_a_line(model: Path, tmp_path: Path) -> None:
    shutil.copytree(model, tmp_path / "run" / "model")
    (tmp_path / "run" / "config.yaml").write_text("saved_models: [")
    ended = call("visualize", "--model", "run", "--text", "good", *QUICK, cwd=tmp_path)
    assert_told_in_a_line(ended, "run/config.yaml: no valid YAML (")


def test_wrong_rows_come_first_the_surest_before_the_others(workspace: Workspace, tmp_path: Path) -> None:
    rows = [("good", "good"), ("the film was bad", "good"), ("cafe", "cafe"), ("bad", "good"), ("", "bad")]
    write_table(tmp_path / "rows.tsv", ("text", "label"), *((text, LABELS[label]) for text, label in rows))
    flags = ["--input", tmp_path / "rows.tsv", "--choose", "wrong", "--limit", 2, *QUICK, "--logdir", tmp_path / "log"]
    ended = visualize(workspace.folder, *flags, model="runs/reviews")
    said = TextClassifier.from_preset(str(workspace.run)).classify([text for text, _ in rows])
    answers = zip(rows, said, strict=True)  # a row without text is not asked about
    wrong = [(answer.probability, text) for (text, label), answer in answers if text and answer.label != LABELS[label]]
    log = [header for (header,) in logged(tmp_path / "log" / "reviews").values()]
    assert [header["first"] for header in log] == [text for _, text in sorted(wrong, reverse=True)][:2]
    assert all(header["prediction"]["true"] != header["prediction"]["predicted"] for header in log)
    assert f"{len(wrong)} of 4 rows are wrong; shown are 2" in ended.out


def test_labels_that_the_model_does_not_have_are_told_and_left_out(workspace: Workspace, tmp_path: Path) -> None:
    write_table(tmp_path / "rows.tsv", ("text", "label"), ("good", "unheard of"), ("bad", LABELS["bad"]))
    ended = visualize(
        workspace.folder, "--input", tmp_path / "rows.tsv", *QUICK, "--logdir", tmp_path / "log", model="runs/reviews"
    )
    file = tmp_path / "rows.tsv"
    told = f"1 row has a label that the model does not have, first 'unheard of' in {file}, line 2. Known: "
    assert f"warning: {file}: {told}" in ended.out
    true = [header["prediction"]["true"] for (header,) in logged(tmp_path / "log" / "reviews").values()]
    assert true == [None, [LABELS["bad"]]]


def test_labels_that_the_model_does_not_have_are_counted_among_the_rows_that_may_be_wrong(
    workspace: Workspace, tmp_path: Path
) -> None:
    rows = [("good", "Good"), ("bad", "Bad"), ("cafe", LABELS["bad"]), ("film", "")]
    write_table(tmp_path / "rows.tsv", ("text", "label"), *rows)
    write_table(tmp_path / "strange.tsv", ("text", "label"), *rows[:2])
    flags = ["--choose", "wrong", *QUICK, "--logdir", tmp_path / "log"]
    ended = visualize(workspace.folder, "--input", tmp_path / "rows.tsv", *flags, model="runs/reviews")
    assert "1 of 1 rows are wrong; shown are 1" in ended.out
    assert "rows.tsv: 2 rows have labels that the model does not have, first 'Good' in" in ended.out
    ended = call(
        "visualize", "--model", "runs/reviews", "--input", tmp_path / "strange.tsv", *flags, cwd=workspace.folder
    )
    assert_told_in_a_line(
        ended, "nothing can be wrong, for 2 rows have labels that the model does not have, first 'Good'"
    )
    assert f"Known: {', '.join(sorted(LABELS.values()))}" in ended.err


def test_vectors_leave_out_rows_without_a_true_label_and_say_how_many(model: Path, tmp_path: Path) -> None:
    rows = [("good", "strange"), ("bad", ""), ("not bad", "positive"), ("a film", "negative"), ("play", "odd")]
    write_table(tmp_path / "few.tsv", ("text", "label"), *rows)
    write_table(tmp_path / "rows.tsv", ("text", "label"), *rows, ("the play", "positive"))
    flags = ["--limit", 1, *QUICK, "--embeddings", "--layers", 1, "--logdir", "log"]
    ended = call("visualize", "--model", model, "--input", "few.tsv", *flags, cwd=tmp_path)
    assert_told_in_a_line(ended, "the projector needs at least 3 points")
    assert "few.tsv: 2 rows have labels that the model does not have, first 'strange'" in ended.out
    ended = visualize(tmp_path, "--input", "rows.tsv", *flags, model=model)
    lines = (tmp_path / "log" / "tiny" / "sentences" / "000.tsv").read_text(encoding="utf-8").splitlines()
    place = lines[0].split("\t").index("label")
    assert [line.split("\t")[place] for line in lines[1:]] == ["positive", "negative", "positive"]
    assert "2 rows have labels that the model does not have, first 'strange' in rows.tsv, line 2" in ended.out
    assert "warning: rows.tsv: 1 rows without a true target are left out" in ended.out


def test_a_model_of_single_texts_is_shown_them_alone_and_one_of_pairs_both(
    build_classifier: Callable[..., TextClassifier], model: Path, tmp_path: Path
) -> None:
    build_classifier(pairs=True).save_to_preset(str(tmp_path / "pairs"))
    write_table(tmp_path / "rows.tsv", ("sentence1", "sentence2", "label"), ("good", "film", "positive"))
    for name, path, second in (("tiny", model, None), ("pairs", "pairs", "film")):
        ended = visualize(tmp_path, "--input", "rows.tsv", *QUICK, "--logdir", "log", model=path)
        ((header,),) = logged(tmp_path / "log" / name).values()
        assert (header["first"], header["second"]) == ("good", second)
        assert (", pair 'sentence2'" in ended.out) == (second is not None)
        assert ("'sentence2' is there and not used: the model takes single texts" in ended.out) == (second is None)
    for flags, message in (
        (["--model", "pairs", "--text", "good"], "pairs: the model takes pairs of texts; give --pair"),
        (["--model", model, "--text", "good", "--pair", "bad"], "the model takes single texts; leave --pair out"),
        (["--model", model, "--input", "rows.tsv", "--pair_column", "sentence2"], "leave --pair_column out"),
        (["--model", "pairs", "--text", "a", "--pair", "b", "--compare", model], "compare models of one kind"),
    ):
        assert_told_in_a_line(call("visualize", *flags, cwd=tmp_path), message)


def test_the_true_label_of_predictions_is_the_gold_one(model: Path, tmp_path: Path) -> None:
    row = {"text": "good", "gold": "negative", "label": "positive", "probabilities": {}}
    (tmp_path / "predictions.jsonl").write_text(json.dumps(row))
    visualize(tmp_path, "--input", "predictions.jsonl", *QUICK, "--logdir", "log", model=model)
    ((header,),) = logged(tmp_path / "log" / "tiny").values()
    assert header["prediction"]["true"] == ["negative"]


@pytest.mark.parametrize(
    ("name", "content"), [("a.txt", "good\nbad\n"), ("a.jsonl", '{"text": "good"}\n{"text": "bad"}\n')]
)
def test_rows_need_no_labels(model: Path, tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    visualize(tmp_path, "--input", name, *QUICK, model=model)
    headers = [header for (header,) in logged(tmp_path / "runs" / "tiny" / "insight").values()]
    assert [header["first"] for header in headers] == ["good", "bad"]
    assert [header["prediction"]["true"] for header in headers] == [None, None]


def test_other_tasks_show_their_truth(build_classifier: Callable[..., TextClassifier], tmp_path: Path) -> None:
    build_classifier(task="multi_label").save_to_preset(str(tmp_path / "many"))
    build_classifier(task="regression", labels=[]).save_to_preset(str(tmp_path / "number"))
    write_table(
        tmp_path / "rows.tsv", ("text", "label", "score"), ("good", "positive|negative", "2.5"), ("bad", "", "-1")
    )
    for choose in ("first", "wrong"):
        visualize(tmp_path, "--input", "rows.tsv", "--choose", choose, *QUICK, model="many")
        visualize(
            tmp_path, "--input", "rows.tsv", "--choose", choose, "--label_column", "score", *QUICK, model="number"
        )
        many = [header["prediction"]["true"] for (header,) in logged(tmp_path / "runs" / "many" / "insight").values()]
        assert all(sorted(true) in ([], ["negative", "positive"]) for true in many)
        (two,) = [h for (h,) in logged(tmp_path / "runs" / "number" / "insight").values() if h["first"] == "good"]
        assert float(two["prediction"]["true"][0]) == 2.5


def test_a_question_is_shown_in_the_window_of_its_answer(
    reader_workspace: Workspace, document: Path, tmp_path: Path
) -> None:
    flags = ["--question", QUESTION, "--context", document, *QUICK, "--logdir", tmp_path / "log"]
    ended = visualize(reader_workspace.folder, *flags, model="runs/questions")
    ((header,),) = logged(tmp_path / "log" / "questions").values()
    expected = SpanExtractor.from_preset(str(reader_workspace.run), dtype="float32").answer(QUESTION, CONTEXT)
    answer = header["answer"]
    assert answer["predicted"]["text"] == expected.text == "good"
    assert (answer["predicted"]["start"], answer["predicted"]["end"]) == (expected.start, expected.end)
    assert len(answer["windows"]) > 1
    window = answer["windows"][answer["shown"]]
    assert window["start"] <= expected.start < expected.end <= window["end"]
    assert 0 <= header["served_difference"] < 1e-4
    assert "good" in ended.out


def test_questions_of_a_file_have_their_right_answers(reader: Path, tmp_path: Path) -> None:
    content = squad(6, 1)
    write_squad(tmp_path / "dev.json", content)
    visualize(tmp_path, "--input", "dev.json", "--limit", 4, *QUICK, model=reader)
    gold = [header["answer"]["gold"] for (header,) in logged(tmp_path / "runs" / "reader" / "insight").values()]
    assert [[span["text"] for span in spans] for spans in gold] == [[], ["good"], ["good"], []]
    (tmp_path / "asks.jsonl").write_text(json.dumps({"question": QUESTION, "context": "the film was good"}))
    visualize(tmp_path, "--input", "asks.jsonl", *QUICK, model=reader)
    ((header,),) = logged(tmp_path / "runs" / "reader" / "insight").values()
    assert header["answer"]["gold"] is None


def test_words_that_are_replaced_give_a_record_and_a_line_of_their_own(model: Path, tmp_path: Path) -> None:
    ended = visualize(tmp_path, "--text", "the film was good", "bad", "--replace", "good=bad", "film=play", model=model)
    log = logged(tmp_path / "runs" / "tiny" / "insight")
    changed = "1 the film was good [good → bad, film → play]"
    assert list(log) == ["1 the film was good", changed, "2 bad"]
    (answer,) = TextClassifier.from_preset(str(model), dtype="float32").classify(["the play was bad"])
    assert log[changed][0]["first"] == "the play was bad"
    assert log[changed][0]["prediction"]["probabilities"] == pytest.approx(
        list(answer.probabilities.values()), abs=1e-4
    )
    assert "what if" in ended.out


def test_without_heads_the_prediction_is_that_of_the_masked_model(model: Path, tmp_path: Path) -> None:
    visualize(tmp_path, "--text", "the film was good", "--mask_heads", "0.1,1.0", *QUICK, model=model)
    before, after = (header for (header,) in logged(tmp_path / "runs" / "tiny" / "insight").values())
    classifier = TextClassifier.from_preset(str(model), dtype="float32")
    with masked_heads(classifier, [(0, 1), (1, 0)]):
        (expected,) = classifier.classify(["the film was good"])
    assert after["name"] == "1 the film was good [without 0.1, 1.0]"
    assert after["prediction"]["probabilities"] == pytest.approx(list(expected.probabilities.values()), abs=1e-4)
    assert before["prediction"]["logits"] != after["prediction"]["logits"]


def test_another_model_is_a_run_of_its_own_with_the_same_texts(
    build_classifier: Callable[..., TextClassifier], model: Path, tmp_path: Path
) -> None:
    other = save_hugging_face(build_classifier(backbone={"seed": 3}), tmp_path / "other")
    visualize(tmp_path, "--text", "good", "--compare", other, *QUICK, "--logdir", "log", model=model)
    one, two = (logged(tmp_path / "log" / name)["1 good"][0] for name in ("tiny", "other"))
    assert one["prediction"]["logits"] != two["prediction"]["logits"]
    (answer,) = TextClassifier.from_preset(str(other), dtype="float32").classify(["good"])
    assert two["prediction"]["predicted"] == [answer.label]


def test_a_second_look_replaces_the_first_and_leaves_what_others_wrote(model: Path, tmp_path: Path) -> None:
    log = tmp_path / "runs" / "tiny" / "insight"
    visualize(tmp_path, "--text", "good", *QUICK, model=model)
    (log / "events.out.tfevents.1.others").write_bytes(b"")
    (log / "notes.txt").write_text("mine")
    visualize(tmp_path, "--text", "bad", *QUICK, model=model)
    assert list(logged(log)) == ["1 bad"]
    assert (log / "notes.txt").read_text() == "mine"
    assert (log / "events.out.tfevents.1.others").exists()


def test_a_list_that_was_meddled_with_deletes_nothing_outside(model: Path, tmp_path: Path) -> None:
    log = tmp_path / "runs" / "tiny" / "insight"
    log.mkdir(parents=True)
    (tmp_path / "precious.txt").write_text("kept")
    (log / "visualize.json").write_text(
        json.dumps({"written": ["../../../precious.txt", str(tmp_path / "precious.txt"), 3]})
    )
    visualize(tmp_path, "--text", "good", *QUICK, model=model)
    assert (tmp_path / "precious.txt").read_text() == "kept"


def test_the_page_holds_the_same_records(model: Path, tmp_path: Path) -> None:
    visualize(
        tmp_path, "--text", "good", "</script><img src=x onerror=alert(1)>", "--html", "new/look.html", model=model
    )
    page = (tmp_path / "new" / "look.html").read_text(encoding="utf-8")
    assert "<img src=x" not in page
    assert "1 good" in page
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["look.html"]


def test_vectors_of_all_rows_are_there_for_the_projector(workspace: Workspace, tmp_path: Path) -> None:
    flags = [
        "--input",
        "reviews/dev.tsv",
        "--limit",
        1,
        *QUICK,
        "--embeddings",
        "--layers",
        0,
        1,
        "--logdir",
        tmp_path / "log",
    ]
    visualize(workspace.folder, *flags, model="runs/reviews")
    config = (tmp_path / "log" / "reviews" / "sentences" / "projector_config.pbtxt").read_text()
    assert config.count("tensor_name") == 3  # both layers' means, and [CLS] but before the first
    lines = (tmp_path / "log" / "reviews" / "sentences" / "000.tsv").read_text(encoding="utf-8").split("\n")
    assert lines[0].split("\t")[:1] == ["text"]
    assert {"label", "prediction", "correct"} <= set(lines[0].split("\t"))
    assert len([line for line in lines[1:] if line]) == 46  # the row without text too
    assert {path.name for path in (tmp_path / "log" / "reviews").iterdir() if path.is_dir()} == {
        "sentences",
        "words",
        "vocabulary",
    }


def test_figures_are_written_for_papers(model: Path, tmp_path: Path) -> None:
    write_table(tmp_path / "rows.tsv", ("text", "label"), *(("good", "positive"), ("bad film", "negative")) * 2)
    visualize(tmp_path, "--input", "rows.tsv", "--limit", 1, "--figures", "papers", model=model)
    files = {path.name for path in (tmp_path / "papers").iterdir()}
    names = ("1-grid", "rows-by-layer", "layers-alike", "labels-by-layer")
    assert {f"{name}.{kind}" for name in names for kind in ("pdf", "svg", "png")} <= files
    assert any(name.startswith("1-layer-1-heads-") for name in files)


def test_texts_of_every_kind_can_be_looked_at(model: Path, tmp_path: Path) -> None:
    visualize(tmp_path, "--text", *ODD, model=model)
    log = logged(tmp_path / "runs" / "tiny" / "insight")
    assert [header["first"] for (header,) in log.values()] == ODD
    assert [name.split(" ", 1)[1] for name in log][:2] == ["(empty)", "(empty)"]
    for (header,) in log.values():
        texts = (header["first"], header["second"])
        columns = (header["tokens"][name] for name in ("texts", "starts", "ends"))
        assert all(texts[of][start:end] for of, start, end in zip(*columns, strict=True) if of >= 0)


def test_only_the_methods_that_were_asked_for_are_computed(model: Path, tmp_path: Path) -> None:
    visualize(tmp_path, "--text", "good", "--methods", "gradient,raw", "--mask_words", "false", model=model)
    ((header,),) = logged(tmp_path / "runs" / "tiny" / "insight").values()
    assert list(header["methods"]) == ["gradient", "raw"]
    assert header["masked"] is None


def test_another_label_than_the_predicted_one_can_be_explained(model: Path, tmp_path: Path) -> None:
    for label in ("negative", "positive"):
        visualize(
            tmp_path, "--text", "good", "--label", label, "--methods", "gradient", "--mask_words", "false", model=model
        )
        ((header,),) = logged(tmp_path / "runs" / "tiny" / "insight").values()
        assert header["target"]["title"] == f"label {label}"


def test_one_label_is_explained_against_another_and_the_table_says_how_well_that_holds(
    model: Path, tmp_path: Path
) -> None:
    flags = ("--label", "positive", "--against", "negative", "--methods", "integrated_gradients", "shapley")
    ended = visualize(tmp_path, "--text", "the film was not good", *flags, model=model)
    ((header,),) = logged(tmp_path / "runs" / "tiny" / "insight").values()
    assert header["target"] == {
        "title": "label positive rather than negative",
        "rows": [0],
        "label": "positive",
        "against": "negative",
    }
    of_labels = header["label_attributions"]
    values = dict(zip(of_labels["labels"], np.array(of_labels["values"]), strict=True))
    explained = header["methods"]["integrated_gradients"]
    np.testing.assert_allclose(explained["values"][0], values["positive"] - values["negative"], atol=1e-3)
    assert explained_text(header) == "for positive, not negative"
    assert "for positive," in ended.out  # the cell is narrow, and goes on in its next line
    assert f"holds: {explained['masking_correlation'][-1]:.2f}" in ended.out
    assert header["default_method"] == "integrated_gradients"
    assert list(header["methods"]) == ["integrated_gradients", "shapley"]


def test_in_a_long_text_words_are_masked_by_sentence_and_what_was_masked_is_told(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "a b . " * 5
    flags = ("--text", text, "--methods", "integrated_gradients")
    monkeypatch.setattr(importlib.import_module("bert_keras.insight.masked_parts"), "MOST_WORDS", 8)
    ended = visualize(tmp_path, *flags, model=model)
    ((header,),) = logged(tmp_path / "runs" / "tiny" / "insight").values()
    masked = header["masked"]
    assert len(masked["sentences"]["starts"]) == len(masked["sentences"]["drops"]) == 5
    assert masked["note"].startswith("Each of the 5 sentences was masked as a whole")
    assert header["left_out"] == {}
    assert "integrated_gradients" in header["methods"]
    assert ended.out


def test_the_table_names_the_words_and_heads_that_decide(workspace: Workspace, tmp_path: Path) -> None:
    text = "the film was good a the was"
    ended = visualize(workspace.folder, "--text", text, "--logdir", tmp_path / "log", model="runs/reviews")
    ((header,),) = logged(tmp_path / "log" / "reviews").values()
    values = np.array(header["methods"]["integrated_gradients"]["values"][-1])
    best = header["tokens"]["pieces"][int(np.argmax(np.where(np.array(header["tokens"]["words"]) >= 0, values, 0)))]
    assert best == "good"  # what the run has learned
    importance = np.array(header["statistics"]["importance"])
    layer, head = np.unravel_index(importance.argmax(), importance.shape)
    assert f"{layer}.{head}" in ended.out
    assert ended.out.index("good", ended.out.index("decisive")) > 0


def test_tensorboard_is_opened_and_shows_the_texts_until_ctrl_c(model: Path, tmp_path: Path) -> None:
    flags = ["--model", str(model), "--text", "good", "--methods", "raw", "--open", "--port", "0"]
    with subprocess.Popen(
        [sys.executable, "-m", "pipelines.visualize", *flags],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Tests that were started in the background ignore Ctrl-C, and what they start would too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        try:
            address = next(found[0] for line in process.stdout if (found := re.search(r"http://[^\s#]+", line)))
            there: dict[str, Any] = {}
            ends = time.monotonic() + 60
            while not there and time.monotonic() < ends:
                with urllib.request.urlopen(f"{address}data/plugin/{PLUGIN_NAME}/examples", timeout=60) as answer:
                    there = json.load(answer)["runs"]
                time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            assert (process.wait(timeout=60), process.stderr.read()) == (130, "interrupted\n")
        finally:
            process.kill()
    assert list(there["insight"]) == ["1 good"]


@pytest.mark.filterwarnings("ignore:html5lib's sanitizer is deprecated:DeprecationWarning")  # of TensorBoard's
def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=rf"port {port}.*choose another --port, 0 for any free one"):
            open_tensorboard(tmp_path, port)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "tiny: say what to look at: --text"),
        (["--text", "good", "--input", "rows.tsv"], "one of --text and --input is enough"),
        (["--question", "what ?"], "--question needs --context"),
        (["--text", "a", "b", "--pair", "c"], "each --text needs its --pair. Received: 2 texts, 1 pairs"),
        (["--question", "what ?", "--context", "rows.tsv"], "labels texts, and answers no questions"),
        (["--text", "good", "--limit", "0"], "--limit must be 1 or above. Received: 0"),
        (
            ["--text", "good", "--methods", "attention"],
            "--methods are raw, rollout, gradient, norm, integrated_gradients, shapley. Received: attention",
        ),
        (["--text", "good", "--against", "negative"], "--against needs another --label: --label A --against B"),
        (
            ["--text", "good", "--layers", "last"],
            "--layers are numbers, 0 for the input, as in --layers 0 3 6. Received: last",
        ),
        (["--input", "rows.tsv", "--embeddings", "--layers", "9"], "layers must be from 0, the input, to 2"),
        (
            ["--text", "good", "--mask_heads", "1-2"],
            "--mask_heads are written layer.head, as in \"3.5,2.1\". Received: '1-2'",
        ),
        (
            ["--text", "good", "--mask_heads", "2.0"],
            "the model has layers 0 to 1 with heads 0 to 1 each. Received: 2.0",
        ),
        (
            ["--text", "good", "--replace", "good"],
            "--replace is written OLD=NEW, as in \"movie=film\". Received: 'good'",
        ),
        (
            ["--text", "good", "--replace", "bad=good"],
            "--replace: none of the texts holds it as a whole word. Received: bad=good",
        ),
        (["--text", "good", "--label", "[b]x[/]"], "the model's labels are negative, positive. Received: '[b]x[/]'"),
        (["--text", "good", "--embeddings"], "--embeddings are of all rows of --input; name a file with --input"),
        (["--text", "good", "--html", "look.pdf"], "--html names a file that ends with .html. Received: look.pdf"),
        (["--text", "good", "--port", "70000"], "--port must be from 0 to 65535. Received: 70000"),
        (["--text", "good", "--export", "nowhere"], "no export at nowhere"),
        (
            ["--text", "good", "--null_threshold", "0"],
            "leave --null_threshold out, for only a reader has one. Received: 0.0",
        ),
        (["--text", "good", "--choose", "wrong"], "--choose picks rows of --input; leave it out. Received: wrong"),
        (["--text", "good", "--compare", "no_such_model"], "no_such_model: no folder and no known name"),
        (["--input", "none.tsv"], "none.tsv: cannot be read (No such file or directory)"),
        (["--input", "unlabelled.tsv", "--choose", "wrong"], "unlabelled.tsv: nothing there says what is true"),
        (
            ["--input", "rows.tsv", "--label_column", "stars"],
            "rows.tsv, line 1: no column 'stars'. Received: text, label",
        ),
        (["--input", "broken.jsonl"], "broken.jsonl, line 2: no valid JSON"),
    ],
)
def test_a_mistake_is_told_in_a_line_and_nothing_is_written(
    model: Path, tmp_path: Path, flags: list[str], message: str
) -> None:
    shutil.copytree(model, tmp_path / "tiny")
    write_table(
        tmp_path / "rows.tsv", ("text", "label"), ("good", "positive"), ("bad", "negative"), ("not good", "negative")
    )
    write_table(tmp_path / "unlabelled.tsv", ("text", "note"), ("good", "x"))
    (tmp_path / "broken.jsonl").write_text('{"text": "good"}\n{"text": \n')
    with nothing_written(tmp_path):
        assert_told_in_a_line(call("visualize", "--model", "tiny", *flags, cwd=tmp_path), message)


def test_a_model_without_a_head_or_an_export_is_told_what_to_do(
    workspace: Workspace, tmp_path: Path, minilm_folder: Path
) -> None:
    ended = call("visualize", "--model", "minilm_l6_en_uncased", "--text", "good", cwd=tmp_path)
    assert ended.status == 2
    assert "there is no trained classifier in it" in ended.err and "bert-keras classify" in ended.err
    ended = call("visualize", "--model", "saved_models/reviews", "--text", "good", cwd=workspace.folder)
    assert ended.status == 2
    assert ended.err.startswith(
        "error: saved_models/reviews: an exported model answers, but shows nothing of its layers; name what"
    )
    assert ended.err.count("\n") == 1


def test_a_look_that_fails_leaves_no_log_beside_those_of_later_ones(tmp_path: Path) -> None:
    (tmp_path / "others.txt").touch()
    log = LogFolder(tmp_path)
    with pytest.raises(KeyboardInterrupt), log.replaced():
        (tmp_path / "events").touch()
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["others.txt"]
    for name in ("first", "second"):
        with log.replaced():
            (tmp_path / name).touch()
    assert {path.name for path in tmp_path.iterdir()} == {"others.txt", "second", "visualize.json"}
