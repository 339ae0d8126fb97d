"""`bert-keras tag` from files to an export, and what other programs do with its model."""

import json
from pathlib import Path
from typing import Any

import pytest
from logged import logged
from mistakes import assert_told_in_a_line
from programs import Ended, call, program_of

from bert_keras import TokenClassifier
from bert_keras.serving import SavedTagger
from bert_keras.training import read_scalars
from pipelines.command_line.parser import parse
from pipelines.tag.config import TagConfig
from pipelines.tag.data import TagData
from pipelines.tag.words_alone import words_alone

FLAGS = ("--model", "start", "--max_length", "16", "--window_overlap", "4", "--precision", "float32", "--seed", "5")
OTHERS = ("the", "was", "not", "a", "b", "c", "d", "[/]", "[SEP]")


def sentences(count: int) -> list[list[tuple[str, str]]]:
    """Sentences of tagged words: "good" is an X, "bad film" a Y."""
    found = []
    for number in range(count):
        words = [(OTHERS[(number * step + step) % len(OTHERS)], "O") for step in range(1, 4 + number % 5)]
        words[number % 3 : number % 3] = [("good", "B-X")] if number % 2 else [("bad", "B-Y"), ("film", "I-Y")]
        found.append(words)
    return found


def as_spans(words: list[tuple[str, str]]) -> dict[str, Any]:
    text, spans = " ".join(word for word, _ in words), []
    for what, label in (("good", "X"), ("bad film", "Y")):
        if what in text:
            spans.append([text.index(what), text.index(what) + len(what), label])
    return {"text": text, "label": spans}


@pytest.fixture(scope="module")
def folder(start: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("names")
    (folder / "start").symlink_to(start)
    rows = sentences(64)
    columns = "\n".join("".join(f"{word} {tag}\n" for word, tag in words) for words in rows)
    (folder / "train.conll").write_text(columns, encoding="utf-8")
    lines = [as_spans(words) for words in rows[:16]]
    lines += [
        {"text": "a good café", "label": [[2, 6, "X"], [4, 6, "X"], [7, 10, "X"], [1, 2, "Y"]]},
        {"text": "", "label": []},
    ]
    (folder / "dev.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (folder / "notes.txt").write_text("Good.\n", encoding="utf-8")
    (folder / "rows.tsv").write_text("text\tlabel\na\tX\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def ended(folder: Path) -> Ended:
    flags = ("--epochs", "6", "--batch_size", "8", "--learning_rate", "5e-3", "--name", "names")
    return call("tag", "--train", "train.conll", "--dev", "dev.jsonl", *FLAGS, *flags, cwd=folder)


def report_of(folder: Path) -> Any:
    return json.loads((folder / "runs" / "names" / "report.json").read_text(encoding="utf-8"))


def test_a_run_learns_and_leaves_its_files(ended: Ended, folder: Path) -> None:
    assert ended.status == 0, ended.err + ended.out
    names = {path.name for path in (folder / "runs" / "names").iterdir()}
    assert names == {
        ".lock",
        "README.md",
        "config.yaml",
        "model",
        "predictions.jsonl",
        "report.html",
        "report.json",
        "tensorboard",
    }
    report = report_of(folder)
    assert report["metrics"]["micro_f1"] > 0.8
    assert (report["model"]["labels"], report["training"]["stop_metric"]) == (["X", "Y"], "micro_f1")
    low, high = report["interval"]["dev"]["micro_f1"]
    assert low <= report["metrics"]["micro_f1"] <= high
    assert {"loss", "micro_f1", "word_accuracy"} <= read_scalars(
        folder / "runs" / "names" / "tensorboard" / "dev"
    ).keys()


def test_what_is_widened_left_out_and_known_is_told(ended: Ended, folder: Path) -> None:
    dev = report_of(folder)["data"]["dev"]
    assert (dev["texts_read"], dev["texts"], dev["left_out"]) == (18, 17, {"no text": 1})
    assert (dev["widened"], dev["overlapping"], dev["wordless"], dev["entities"]) == (1, 1, 1, 18)
    assert dev["in_train"] == 16
    out = " ".join(ended.out.split())
    assert "train.conll is read as columns, words in 1 and tags in 2 of 2" in out
    assert 'widened to it: 1; first "caf" (X), dev.jsonl, line 17' in out
    assert 'equal one before: 1; first "od" (X), dev.jsonl, line 17' in out
    assert "16 texts stand in train too" in out


def test_predictions_are_the_exported_models_and_the_scores_are_theirs(ended: Ended, folder: Path) -> None:
    lines = (folder / "runs" / "names" / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    texts = [row["text"] for row in rows]
    model = TokenClassifier.from_preset(str(folder / "runs" / "names"), dtype="float32")
    for tagger in (model, SavedTagger(folder / "saved_models" / "names" / "1")):
        found = [[(of.label, of.start, of.end) for of in entities] for entities in tagger.tag(texts)]
        assert found == [[(of["label"], of["start"], of["end"]) for of in row["entities"]] for row in rows]
    right = gold = predicted = 0
    for row in rows:
        there, here = ({(of["label"], of["start"], of["end"]) for of in row[side]} for side in ("gold", "entities"))
        right, gold, predicted = right + len(there & here), gold + len(there), predicted + len(here)
    assert report_of(folder)["metrics"]["micro_f1"] == pytest.approx(2 * right / (gold + predicted), abs=1e-12)


def test_types_that_look_alike_are_told(folder: Path) -> None:
    text = "good bad film"
    entry = {"text": text, "label": [[0, 4, "X"], [5, 8, "x"]]}
    (folder / "alike.jsonl").write_text(json.dumps(entry) + "\n", encoding="utf-8")
    files = ("--train", "alike.jsonl", "--dev", "alike.jsonl", "--name", "dry", "--dry_run")
    out = " ".join(call("tag", *files, *FLAGS, cwd=folder).out.split())
    assert "train: types that look alike, and are learned apart: X (1), x (1)" in out


def test_the_commands_that_it_suggests_are_ones(ended: Ended) -> None:
    suggested = [line.split()[1:] for line in ended.out.splitlines() if line.startswith("  bert-keras ")]
    assert [name for name, *_ in suggested] == ["predict", "serve"]
    for name, *flags in suggested:
        parse(program_of(name), flags)


@pytest.mark.parametrize("model", ["runs/names", "saved_models/names"])
def test_predict_writes_the_entities_of_texts(model: str, ended: Ended, folder: Path) -> None:
    said = call("predict", "--model", model, cwd=folder, stdin="😀 the good, bad film\n\n".encode())
    first, second = (json.loads(line) for line in said.out.splitlines())
    assert (first["text"], second) == ("😀 the good, bad film", {"text": "", "entities": []})
    assert [(of["text"], of["label"], of["start"], of["end"]) for of in first["entities"]] == [
        ("good", "X", 6, 10),
        ("bad film", "Y", 12, 20),
    ]
    said = call("predict", "--model", model, "--input", "dev.jsonl", cwd=folder)
    assert len(said.out.splitlines()) == 18, said.err
    said = call("predict", "--model", model, "--input", "train.conll", cwd=folder)
    texts = [json.loads(line)["text"] for line in said.out.splitlines()]
    assert texts == [" ".join(word for word, _ in words) for words in sentences(64)]  # and no tags among the words
    assert "train.conll: is read as columns, words in 1 and tags in 2 of 2, each sentence a text" in said.err


@pytest.mark.parametrize(
    ("program", "flags", "message"),
    [
        ("predict", ("--question", "who?", "--context", "dev.jsonl"), "finds entities, and answers no questions"),
        ("predict", ("--input", "dev.jsonl", "--pair_column", "label"), "the model takes single texts"),
        ("predict", ("--null_threshold", "1"), "leave --null_threshold out, for the model is no reader"),
        ("visualize", ("--input", "notes.txt", "--embeddings"), "finds entities; --embeddings are of classifiers and"),
        ("visualize", ("--question", "who?", "--context", "notes.txt"), "finds entities, and answers no questions"),
        ("visualize", ("--input", "notes.txt", "--choose", "wrong"), "name a file with entities, or --choose first"),
        ("visualize", ("--text", " "), "the text has no word to tag"),
        ("visualize", ("--text", "a", "--label", "Z"), "the model's labels are no entity, X, Y. Received: 'Z'"),
        ("visualize", ("--text", "a", "--pair", "b"), "the model takes single texts; leave --pair out"),
        ("answer-over", ("notes.txt", "--question", "who?"), "finds entities, and answers no questions"),
        ("behave", (), "the tests are for a classifier with one label a text, which it is not"),
        ("slices", ("--data", "rows.tsv"), "and the model is no classifier"),
        ("embed", ("--input", "dev.jsonl", "--output", "v.npy"), "no sentence encoder; name a folder"),
        ("suggest", ("--input", "notes.txt", "--output", "s.tsv"), "no sentence encoder; name a folder"),
        ("compare", ("runs/names", "start"), "a run of token classification, and runs of classifiers alone"),
    ],
)
def test_programs_for_other_models_refuse_it(
    program: str, flags: tuple[str, ...], message: str, ended: Ended, folder: Path
) -> None:
    named = () if program == "compare" else ("--model", "runs/names")
    said = call(program, *flags, *named, cwd=folder)
    assert said.status == 2 and message in said.err, said.err + said.out
    assert said.err.splitlines()[-1].startswith("error: ")


def test_visualize_marks_the_entities_of_dev_wrong_texts_before_others(ended: Ended, folder: Path) -> None:
    said = call("visualize", "--model", "runs/names", "--limit", 2, "--methods", "gradient", cwd=folder)
    assert said.status == 0, said.err
    told = [json.loads(line) for line in (folder / "runs/names/predictions.jsonl").read_text().splitlines()]
    wrong = [row["text"] for row in told if spans_of(row["entities"]) != spans_of(row["gold"])]
    counted = f"{len(wrong)} of {len(told)} rows are wrong" if wrong else f"none of {len(told)} rows is wrong"
    assert counted in " ".join(said.out.split())
    rows = {row["text"]: row for row in told}
    for (header,) in logged(folder / "runs/names/insight").values():
        assert not wrong or header["first"] in wrong
        marks = [mark for mark in header["marks"] if mark["state"] in ("found", "wrong")]
        found = rows[header["first"]]["entities"]
        assert spans_of(marks) == spans_of(found)
        assert [mark["score"] for mark in marks] == pytest.approx([of["score"] for of in found], abs=1e-4)
        assert 0 <= header["served_difference"] < 1e-4


def test_visualize_reads_the_column_of_tags_that_is_named_and_says_which(ended: Ended, folder: Path) -> None:
    (folder / "layers.conll").write_text("good B-X O\nbad O B-X\n", encoding="utf-8")
    flags = ("--input", "layers.conll", "--methods", "raw", "--mask_words", "false", "--logdir", "layers")
    for named, true in ((), (5, 8)), (("--tag_column", 2), (0, 4)):
        said = call("visualize", "--model", "runs/names", *flags, *named, cwd=folder)
        assert said.status == 0, said.err
        column = named[-1] if named else 3
        assert f"layers.conll: is read as columns, words in 1 and tags in {column} of 3; column" in said.out
        ((header,),) = logged(folder / "layers" / "names").values()
        there = {(mark["start"], mark["end"]): mark["true"] for mark in header["marks"]}
        assert there[true] == "X" and there.get((0, 4) if named == () else (5, 8), "no entity") == "no entity"


def spans_of(entities: list[dict[str, Any]]) -> list[tuple[str, int, int]]:
    return [(of["label"], of["start"], of["end"]) for of in entities]


def test_its_export_is_not_sized_as_a_classifier(ended: Ended, folder: Path) -> None:
    said = call("deploy", "names", cwd=folder)
    assert_told_in_a_line(said, "saved_models/names/1: the export finds entities, and only classifiers and readers")


def test_a_dry_run_shows_types_and_texts_and_trains_nothing(folder: Path) -> None:
    flags = ("--train", "train.conll", "--dev", "dev.jsonl", "--name", "dry", "--dry_run")
    said = call("tag", *flags, *FLAGS, cwd=folder)
    assert said.status == 0, said.err
    assert "good [X]" in said.out and "bad film [Y]" in said.out
    assert "nothing was trained" in said.out and not (folder / "runs" / "dry").exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (
            ("--train", "dev.jsonl", "--dev", "other.jsonl"),
            "other.jsonl, line 1: entities 'Z' do not occur in training",
        ),
        (("--train", "none.jsonl", "--dev", "dev.jsonl"), "none.jsonl: cannot be read"),
        (
            ("--train", "train.conll", "--dev", "dev.jsonl", "--tag_column", "7"),
            "there are 2 columns. Received: column 7",
        ),
        (("--train", "train.conll", "--dev", "dev.jsonl", "--word_column", "0"), "counts from 1"),
        (
            ("--train", "train.conll", "--dev", "dev.jsonl", "--stop_metric", "f1"),
            "stop_metric must be one of micro_f1",
        ),
    ],
)
def test_mistakes_are_one_line_and_nothing_is_written(flags: tuple[str, ...], message: str, folder: Path) -> None:
    (folder / "other.jsonl").write_text('{"text": "a", "label": [[0, 1, "Z"]]}\n', encoding="utf-8")
    said = call("tag", *flags, *FLAGS, "--name", "wrong", cwd=folder)
    assert said.status == 2 and message in said.err, said.err
    assert said.err.count("\n") == 1
    assert not (folder / "runs" / "wrong" / "report.json").exists() and not (folder / "saved_models" / "wrong").exists()


def test_the_baseline_tags_each_word_as_train_does(folder: Path) -> None:
    files = {"train": str(folder / "train.conll"), "dev": str(folder / "dev.jsonl")}
    data = TagData(TagConfig(**files, model=str(folder / "start"), max_length=16, precision="float32"))
    found = words_alone(data.windowed["train"], data.windowed["dev"]).metrics
    # All but "café", which train does not hold.
    assert found["micro_precision"] == 1
    assert found["micro_recall"] == pytest.approx(17 / 18)
