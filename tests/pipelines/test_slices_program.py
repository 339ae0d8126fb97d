"""`bert-keras slices` measures parts of data by columns, labels, lengths and patterns."""

import json
import shutil
from pathlib import Path

import pytest
from html_page import Page, assert_harmless
from mistakes import assert_told_in_a_line
from programs import LABELS, Workspace, call, write_table

from bert_keras import TextClassifier
from bert_keras.reporting import read_kept_slices

SOURCES = ("<b>shop</b>", "", "phone")


@pytest.fixture(scope="module")
def run(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of a finished run, which keeps what is measured."""
    return Path(shutil.copytree(workspace.run, tmp_path_factory.mktemp("runs") / "reviews"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with rows from three sources, those of the phone with labels that the model finds wrong."""
    folder = tmp_path_factory.mktemp("slices")
    words, names = list(LABELS), list(LABELS.values())
    table = []
    for row in range(90):
        source = SOURCES[row // 30]
        shift = 1 if source == "phone" else 0
        table.append((f"film {words[row % 3]}" + " the" * (row % 2 * 10), names[(row + shift) % 3], source))
    write_table(folder / "rows.tsv", ("text", "label", "source"), ("", names[0], "phone"), *table)
    return folder


def test_the_part_that_is_worse_is_told(run: Path, folder: Path) -> None:
    by = ("column:source", "length", "label", "regex:(?i)CAFE", "cluster:3")
    ended = call("slices", "--model", run, "--data", "rows.tsv", "--by", *by, "--output", "s.json", cwd=folder)
    assert (ended.status, ended.err) == (0, "")
    found = json.loads((folder / "s.json").read_text(encoding="utf-8"))
    model = TextClassifier.from_preset(str(run))
    texts = [f"film {list(LABELS)[row % 3]}" + " the" * (row % 2 * 10) for row in range(90)]
    names = list(LABELS.values())
    right = [
        answer.label == names[(row + (row >= 60)) % 3]  # type: ignore[union-attr]
        for row, answer in enumerate(model.classify(texts))
    ]
    assert found["whole"]["right"] == sum(right)
    by_source = {each["value"]: each for each in found["slices"] if each["by"] == "column:source"}
    assert {name: (of["rows"], of["right"]) for name, of in by_source.items()} == {
        "<b>shop</b>": (30, sum(right[:30])),
        "(empty)": (30, sum(right[30:60])),
        "phone": (30, sum(right[60:])),
    }
    assert by_source["phone"]["verdict"] == "worse"
    assert "worse: column:source phone" in ended.out
    matches = next(each for each in found["slices"] if each["by"] == "regex:(?i)CAFE")
    assert matches["rows"] == 30
    for by_all in ("length", "cluster:3"):
        assert sum(each["rows"] for each in found["slices"] if each["by"] == by_all) == 90
    kept = read_kept_slices(run)
    assert kept is not None and kept.right.tolist() == right
    assert list(kept.parts) == [(each["by"], each["value"]) for each in found["slices"]]


def test_the_page_shows_the_parts_and_runs_none_of_them(run: Path, folder: Path) -> None:
    flags = ("--data", "rows.tsv", "--by", "column:source", "--values", "2", "--output", "s.html")
    ended = call("slices", "--model", run, *flags, cwd=folder)
    assert ended.status == 0
    page = Page(folder / "s.html")
    assert_harmless(page)
    assert "<b>shop</b>" in page.text
    assert "column:source: 1 rarer values, 30 rows; --values shows more" in page.text


def test_mistakes_are_told(run: Path, folder: Path, reader: Path) -> None:
    model = ("--model", run, "--data", "rows.tsv")
    for by, message in (
        ("column:sauce", "no column 'sauce' (did you mean 'source'?)"),
        ("regex:(", "--by: no regular expression (missing ), unterminated subpattern"),
        ("words", "--by must be length, label, cluster, cluster:NUMBER, column:NAME or regex:PATTERN. Received: words"),
    ):
        assert_told_in_a_line(call("slices", *model, "--by", by, cwd=folder), message)
    assert_told_in_a_line(
        call("slices", "--model", reader, "--data", "rows.tsv", "--by", "length", cwd=folder),
        "slices count right and wrong labels, and the model is no classifier",
    )
    write_table(folder / "odd.tsv", ("text", "label"), ("film", "elsewhere"))
    assert_told_in_a_line(
        call("slices", *model[:3], "odd.tsv", "--by", "length", cwd=folder),
        "odd.tsv, line 2: the model does not have this label. Received: 'elsewhere'",
    )
