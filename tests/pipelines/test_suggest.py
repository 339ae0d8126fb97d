import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from programs import call

from bert_keras import BertBackbone, BertTokenizer, TextClassifier, TextEncoder, checkpoints
from bert_keras.models import TextClassifierPreprocessor

WORDS = ["the film was good", "the play was bad", "a caf", "un café", "not 2", "was played", "b c d", "a b", "e d c"]
TEXTS = [f"{text} {more}".strip() for more in ("", "not", "e e") for text in WORDS]


@pytest.fixture(scope="module")
def encoder(
    build_backbone: Callable[..., BertBackbone], tokenizer: BertTokenizer, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder of sentence-transformers without a classifier's head."""
    folder = tmp_path_factory.mktemp("encoder")
    encoder = TextEncoder(build_backbone(pooler=False), TextClassifierPreprocessor(tokenizer, 16))
    checkpoints.save_hugging_face(encoder, folder)
    return folder


@pytest.fixture
def folder(tmp_path: Path, encoder: Path) -> Path:
    """A folder with a model, and texts without labels."""
    (tmp_path / "encoder").symlink_to(encoder)
    write(tmp_path / "texts.csv", [{"id": str(row), "text": text} for row, text in enumerate(TEXTS)])
    (tmp_path / "names.txt").write_text("good\tthe film was good\nbad\tthe play was bad\n", encoding="utf-8")
    return tmp_path


def write(path: Path, rows: list[dict[str, str]], delimiter: str = ",") -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def suggest(folder: Path, *flags: object, model: str = "encoder", file: str = "texts.csv") -> Any:
    return call("suggest", "--model", model, "--input", file, *flags, cwd=folder)


def test_two_rounds_suggest_each_text_once_and_the_second_knows_the_labels(folder: Path) -> None:
    ended = suggest(folder, "--output", "first.tsv", "--count", 4)
    assert ended.status == 0, ended.err
    assert "texts.csv: reads text 'text'\n4 of 27 rows without a label: first.tsv\n" in ended.out
    assert "bert-keras classify --train first.tsv" in ended.out
    first = table(folder / "first.tsv")
    assert [row["label"] + row["suggested"] for row in first] == [""] * 4
    assert all(TEXTS[int(row["line"]) - 2] == row["text"] and row["file"] == "texts.csv" for row in first)
    for row, label in zip(first, ("x", "y", "x", ""), strict=True):
        row["label"] = label
    write(folder / "first.tsv", first, "\t")
    write(folder / "named.csv", [{"what": text, "of": ""} for text in TEXTS])
    named = ("--text_column", "what", "--label_column", "of", "--labelled", "first.tsv")
    ended = suggest(folder, *named, "--output", "second.tsv", "--count", 5, file="named.csv")
    assert ended.status == 0, ended.err
    assert "first.tsv: 3 labelled rows, text 'text', label 'label'; left out: 1 rows, empty label" in ended.out
    assert "bert-keras classify --train first.tsv second.tsv --dev DEV" in ended.out
    second = table(folder / "second.tsv")
    assert "5 of 24 rows without a label: second.tsv" in ended.out
    assert len(second) == 5
    assert {row["suggested"] for row in second} <= {"x", "y"}
    assert all(0.5 <= float(row["probability"]) <= 1 for row in second)
    assert not {row["text"] for row in second} & {row["text"] for row in first[:3]}


def test_backslashes_of_labelled_texts_are_text_whatever_tool_has_saved_the_table(folder: Path) -> None:
    texts = [*TEXTS, "C:\\new\\table", "a\\\\b c\\nd"]
    (folder / "lines.txt").write_text("\n".join(texts), encoding="utf-8")
    assert suggest(folder, "--output", "first.tsv", "--count", "all", file="lines.txt").status == 0
    rows = [row | {"label": "xy"["\\" in row["text"]]} for row in table(folder / "first.tsv")]
    write(folder / "first.tsv", rows[:-1] if "\\" not in rows[-1]["text"] else rows[1:], "\t")
    ended = suggest(folder, "--labelled", "first.tsv", "--output", "next.tsv", "--count", "all", file="lines.txt")
    assert ended.status == 0, ended.err
    assert f"first.tsv: {len(texts) - 1} labelled rows" in ended.out and "1 of 1 rows without a label" in ended.out


def test_names_alone_label_all_rows_and_say_that_nobody_knows_how_well(folder: Path) -> None:
    ended = suggest(folder, "--labels", "names.txt", "--output", "all.tsv", "--count", "all")
    assert ended.status == 0, ended.err
    assert "no row has a label, so that nobody knows how many of them are right" in ended.out
    rows = table(folder / "all.tsv")
    assert sorted(row["text"] for row in rows) == sorted(TEXTS)
    of = {row["text"]: row["suggested"] for row in rows}
    assert (of["the film was good"], of["the play was bad"]) == ("good", "bad")


def test_rows_with_labels_in_the_input_tell_the_accuracy_of_names_and_are_not_suggested(folder: Path) -> None:
    labels = {"the film was good": "good", "the play was bad": "bad", "a b": "neither"}
    rows = [{"text": text, "label": labels.get(text, "")} for text in TEXTS]
    write(folder / "some.csv", rows)
    ended = suggest(folder, "--labels", "names.txt", "--output", "all.tsv", "--count", "all", file="some.csv")
    assert ended.status == 0, ended.err
    assert "some.csv: reads text 'text', label 'label': 3 of 27 rows have one" in ended.out
    assert "labels by their names: 0.667 of 3 labelled rows are right (95 % interval 0.2" in ended.out
    assert "1 of them have a label without a name" in ended.out
    assert {row["text"] for row in table(folder / "all.tsv")} == set(TEXTS) - set(labels)
    write(folder / "every.csv", [row | {"label": "good"} for row in rows])
    ended = suggest(folder, "--labels", "names.txt", "--output", "none.tsv", file="every.csv")
    assert ended.status == 0 and "every row has a label, so that no table is written" in ended.out
    assert not (folder / "none.tsv").exists()


def test_rows_of_json_on_one_line_keep_their_own_labels(folder: Path) -> None:
    rows = [{"text": text, "label": {"a caf": "x", "b c d": "y"}.get(text)} for text in TEXTS[:9]]
    (folder / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
    ended = suggest(folder, "--output", "all.tsv", "--count", "all", file="rows.json")
    assert ended.status == 0, ended.err
    assert "label 'label': 2 of 9 rows have one" in ended.out
    found = table(folder / "all.tsv")
    assert {row["text"] for row in found} == {*TEXTS[:9]} - {"a caf", "b c d"}
    assert {row["suggested"] for row in found} <= {"x", "y"}


def test_a_trained_classifier_gives_its_own_probabilities(folder: Path, classifier: TextClassifier) -> None:
    classifier.save_to_preset(str(folder / "trained"))
    (folder / "lines.txt").write_text("\n".join([*TEXTS, " "]), encoding="utf-8")
    ended = suggest(folder, "--output", "next.tsv", "--count", 3, model="trained", file="lines.txt")
    assert ended.status == 0, ended.err
    rows = table(folder / "next.tsv")
    assert len(rows) == 3
    for row, answer in zip(rows, classifier.classify([row["text"] for row in rows]), strict=True):
        assert row["suggested"] == answer.label
        assert abs(float(row["probability"]) - answer.probability) < 1e-3
        assert TEXTS[int(row["line"]) - 1] == row["text"]
    ended = suggest(folder, "--labels", "names.txt", "--output", "no.tsv", model="trained")
    assert ended.status == 2 and "the model knows its labels by itself; leave --labels out" in ended.err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--count", "0"), "--count is a number from 1, or all. Received: 0"),
        (("--count", "few"), "--count is a number from 1, or all. Received: few"),
        (("--output", "out.csv"), "--output ends in .tsv. Received: out.csv"),
        (("--output", "texts.tsv", "--input", "texts.tsv"), "--output is a file that is read. Received: texts.tsv"),
        (("--output", "texts.tsv"), "texts.tsv: there is a table already, which may hold labels"),
        (("--labelled", "blank.tsv"), "blank.tsv: no row has a label; fill in the column 'label'"),
        (("--input", "labelled.tsv"), "every row of --input has a label; there is nothing to suggest"),
        (("--labels", "one.txt"), "one.txt: two or more labels expected, one a line. Received: one"),
        (("--text_column", "words"), "no column 'words'"),
        (("--input", "empty.txt"), "empty.txt: there is no text to suggest. Received: no rows"),
    ],
)
def test_mistakes_are_told_in_a_line_and_leave_nothing(folder: Path, flags: tuple[str, ...], message: str) -> None:
    write(folder / "texts.tsv", [{"text": "a", "label": ""}], "\t")
    write(folder / "blank.tsv", [{"text": "a", "label": ""}], "\t")
    write(folder / "labelled.tsv", [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}], "\t")
    (folder / "one.txt").write_text("one\n", encoding="utf-8")
    (folder / "empty.txt").touch()
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    output = () if "--output" in flags else ("--output", "out.tsv")
    ended = suggest(folder, *flags, *output)
    assert ended.status == 2
    assert message in ended.err
    assert "Traceback" not in ended.err
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
