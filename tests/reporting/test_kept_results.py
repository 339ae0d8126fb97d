"""What a run keeps beside its report is read as it was written, and left out where it is damaged."""

import json
from pathlib import Path

import numpy as np
import pytest

from bert_keras.reporting import (
    KeptSlices,
    RowText,
    hash_of_rows,
    read_kept_behaviour,
    read_kept_slices,
    read_kept_words,
    write_kept_slices,
    write_kept_words,
)

RIGHT = np.arange(21) % 3 > 0
PARTS = {("length", "1 to 8 words"): np.arange(21) < 9, ("column:a", "<b>"): np.arange(21) % 2 == 0}


def test_slices_are_read_as_they_were_written(tmp_path: Path) -> None:
    data = hash_of_rows([("good", None, "p"), ("bad", "so", ("a", "b"))])
    assert data != hash_of_rows([("good", None, "n"), ("bad", "so", ("a", "b"))])
    write_kept_slices(tmp_path, KeptSlices(data, RIGHT, PARTS))
    found = read_kept_slices(tmp_path)
    assert found is not None and found.data == data and found.right.tolist() == RIGHT.tolist()
    assert {part: rows.tolist() for part, rows in found.parts.items()} == {p: r.tolist() for p, r in PARTS.items()}


def test_words_are_found_by_text_and_pair(tmp_path: Path) -> None:
    rows = [RowText("good film", None, "a"), RowText("x", "y", "b"), RowText("z", None, "c")]
    words = [[[("good", 1.0), (" film", 0.0)]], [[("x", -1.0)], [("y", 0.5)]], None]
    write_kept_words(tmp_path, rows, words)
    assert read_kept_words(tmp_path) == {("good film", None): words[0], ("x", "y"): words[1]}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 1}', "[" * 5000, '{"tests": [1]}', '{"rows": 3}'])
def test_damaged_files_are_as_good_as_none(tmp_path: Path, content: str) -> None:
    for name in ("slices.json", "behave.json", "words.json"):
        (tmp_path / name).write_text(content)
    assert read_kept_slices(tmp_path) is None
    assert read_kept_behaviour(tmp_path) == read_kept_words(tmp_path) == {}


def test_slices_whose_flags_are_of_other_rows_are_not_read(tmp_path: Path) -> None:
    write_kept_slices(tmp_path, KeptSlices("d", RIGHT, PARTS))
    told = json.loads((tmp_path / "slices.json").read_text())
    (tmp_path / "slices.json").write_text(json.dumps(told | {"rows": 99}))
    assert read_kept_slices(tmp_path) is None
