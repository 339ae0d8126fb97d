"""Exports of doccano."""

from pathlib import Path

import pytest
from data_files import given, refusal, write

LINES = (
    '{"id":1,"text":"She asked \\"why\\", and waited","label":["good"],"Comments":[]}\n'
    '{"id":2,"text":"two\\nlines","label":["bad"],"Comments":["odd one"]}\n'
    '{"id":3,"text":"déjà vu","label":["Food & drink","good"],"Comments":[]}\n'
    '{"id":4,"text":"nobody has seen it","label":[],"Comments":[]}\n'
    '{"id":5,"text":"sharp","label":["C#","F#"],"Comments":[]}\n'
)
CSV = (
    "id,text,label,Comments\n"
    '1,"She asked ""why"", and waited",good,\n'
    '2,"two\nlines",bad,odd one\n'
    "3,déjà vu,Food & drink#good,\n"
    "4,nobody has seen it,,\n"
)
ROWS = [
    ('She asked "why", and waited', ("good",)),
    ("two\nlines", ("bad",)),
    ("déjà vu", ("Food & drink", "good")),
    ("nobody has seen it", ()),
]


@pytest.mark.parametrize("name", ["all.jsonl", "admin.json"])
def test_lines_hold_lists_of_labels(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, LINES, name)
    assert given(path, task="multi_label") == ([*ROWS, ("sharp", ("C#", "F#"))], {})
    assert refusal(path).startswith(", line 3: one label expected. Received: 2 of them, ['Food & drink', 'good']; for ")


def test_labels_in_csv_are_joined(tmp_path: Path) -> None:
    path = write(tmp_path, CSV)
    assert given(path, task="multi_label") == (ROWS, {})
    assert refusal(path).startswith(", line 5: one label expected. Received: 2 of them, ['Food & drink', 'good']; for ")


def test_a_list_of_one_label_is_that_label(tmp_path: Path) -> None:
    single = "".join(line for line in LINES.splitlines(keepends=True) if "F#" not in line and "Food" not in line)
    expected = [(text, labels[0]) for text, labels in ROWS[:2]]
    assert given(write(tmp_path, single, "a.jsonl")) == (expected, {"empty label": 1})
    single = CSV.replace("3,déjà vu,Food & drink#good,\n", "")
    assert given(write(tmp_path, single)) == (expected, {"empty label": 1})


@pytest.mark.parametrize("cell", ["C##", "C##F#", "#", "C##good", "good#C##"])
def test_names_with_the_joining_mark_are_refused_in_csv(tmp_path: Path, cell: str) -> None:
    message = refusal(write(tmp_path, f"id,text,label,Comments\n1,a,good,\n2,b,{cell},\n"), task="multi_label")
    assert message == (
        f", line 3: labels joined with '#' whose names hold it too. Received: {cell!r}; export JSONL from doccano"
    )


def test_names_in_brackets_are_names(tmp_path: Path) -> None:
    path = write(tmp_path, "id,text,label,Comments\n1,a,[good],\n2,b,[good]#bad,\n")
    assert given(path, task="multi_label")[0] == [("a", ("[good]",)), ("b", ("[good]", "bad"))]


def test_all_texts_are_read_without_labels(tmp_path: Path) -> None:
    assert [text for text, _ in given(write(tmp_path, LINES, "a.jsonl"), task=None)[0]] == [
        *(text for text, _ in ROWS),
        "sharp",
    ]


def test_marked_places_are_no_labels(tmp_path: Path) -> None:
    path = write(tmp_path, '{"id":1,"text":"Ann","label":[[0,3,"PER"]],"Comments":[]}\n', "a.jsonl")
    for task in ("single_label", "multi_label"):
        assert refusal(path, task=task) == (
            ", line 1: a label expected: a string or an integer. Received: [0, 3, 'PER']"
        )
