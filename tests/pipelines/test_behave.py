"""`bert-keras behave` runs behavioural tests, and ends with 1 if one fails."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from mistakes import assert_told_in_a_line
from programs import LABELS, Workspace, call

from bert_keras.auditing import KINDS, read_behaviours
from bert_keras.reporting import read_kept_behaviour
from pipelines.behave.config import SENTIMENT

GOOD, BAD, CAFE = LABELS.values()


@pytest.fixture(scope="module")
def run(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of a finished run, which keeps what is measured."""
    return Path(shutil.copytree(workspace.run, tmp_path_factory.mktemp("runs") / "reviews"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tests that the model passes, and with one that it cannot."""
    folder = tmp_path_factory.mktemp("behave")
    passed = [
        {"name": "[b]words[/b]", "kind": "minimum", "label": "praise", "cases": ["good film", "the good film was"]},
        {"name": "change", "kind": "must_change", "cases": [["film good", "film bad"]]},
        {"name": "no change", "kind": "must_not_change", "swap": {"the": "a"}, "cases": ["the good film"]},
    ]
    failed = [{"name": "cannot", "kind": "minimum", "rate": 0.6, "label": "praise", "cases": ["good", "bad film"]}]
    for name, tests in (("passed", passed), ("failed", failed)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump({"tests": tests}, sort_keys=False), encoding="utf-8")
    return folder


def test_tests_that_pass_end_with_0(run: Path, folder: Path) -> None:
    flags = ("--model", run, "--tests", "passed.yaml", "--labels", f"praise={GOOD}", "--output", "b.json")
    ended = call("behave", *flags, cwd=folder)
    assert (ended.status, ended.err) == (0, ""), ended.out
    assert "[b]words[/b]" in ended.out
    found = json.loads((folder / "b.json").read_text(encoding="utf-8"))
    assert found["ok"] and [(test["name"], test["cases"], test["passed"]) for test in found["tests"]] == [
        ("[b]words[/b]", 2, 2),
        ("change", 1, 1),
        ("no change", 1, 1),
    ]
    assert read_kept_behaviour(run) == {"[b]words[/b]": (2, 2), "change": (1, 1), "no change": (1, 1)}


def test_a_test_that_fails_ends_with_1_and_shows_its_cases(run: Path, folder: Path) -> None:
    flags = ("--model", run, "--tests", "failed.yaml", "--labels", f"praise={GOOD}", "--output", "f.json")
    ended = call("behave", *flags, cwd=folder)
    assert (ended.status, ended.err) == (1, "")
    assert "cannot: 1 failed; a case passes if the label is the expected one" in ended.out
    assert "  bad film\n" in ended.out
    test = json.loads((folder / "f.json").read_text(encoding="utf-8"))["tests"][0]
    assert (test["rate"], test["ok"]) == (0.5, False)
    assert test["failures"][0]["answer"]["label"] == BAD


def test_mistakes_end_with_2(run: Path, folder: Path, reader: Path) -> None:
    model = ("--model", run)
    ended = call("behave", *model, "--tests", "passed.yaml", cwd=folder)
    assert_told_in_a_line(ended, "passed.yaml, line 2: a label of the model expected, or give its name for it with")
    assert_told_in_a_line(call("behave", *model, "--labels", "x", cwd=folder), "--labels are NAME=LABEL")
    ended = call("behave", "--model", reader, cwd=folder)
    assert_told_in_a_line(ended, "the tests are for a classifier with one label a text, which it is not")


def test_the_tests_in_the_box_are_of_every_usual_kind_and_repeat_no_text() -> None:
    tests = read_behaviours(str(SENTIMENT), ("negative", "positive"))
    assert {test.kind for test in tests} == KINDS.keys()
    texts = [case.text for test in tests if test.kind == "minimum" for case in test.cases]
    assert len(texts) == len(set(texts)) >= 30
    assert all(len(test.cases) >= 5 for test in tests)
