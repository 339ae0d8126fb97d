from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from data_files import read, refusal

from bert_keras.data import Source
from bert_keras.data.arrow_columns import CodedColumn, TextColumn
from bert_keras.data.targets import text_of

KINDS = [pyarrow.string(), pyarrow.large_string()]
BLANKS = ["", " ", "\t\n", "\u00a0", "\u3000\u2028", "\x1c", "\x85"]


@pytest.mark.parametrize("kind", KINDS)
def test_texts_are_what_they_are_value_by_value(kind: pyarrow.DataType) -> None:
    values = ["a", None, r"\N", "é", *BLANKS, "\u200b", r" \N", "~", "!"]
    column = TextColumn(pyarrow.array(["first", *values], kind).slice(1))
    assert list(column) == values
    texts = column.texts()
    assert list(texts) == [text_of(value) for value in values]
    assert texts.blank().tolist() == [not text.strip() for text in texts]
    assert list(texts.only(np.array([3, 0]))) == ["é", "a"]
    assert (column[0], column[-1], column[1:3]) == ("a", "!", [None, r"\N"])


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_but_empty_texts_are_blank(kind: pyarrow.DataType) -> None:
    assert TextColumn(pyarrow.array(["", None], kind)).texts().blank().all()
    assert len(TextColumn(pyarrow.array([], kind)).texts().blank()) == 0


def test_a_coded_column_is_the_column() -> None:
    values = ["b", None, "a", "b", None]
    coded = TextColumn(pyarrow.array(values)).coded()
    assert list(coded) == values
    assert coded.values == ["b", None, "a"]
    assert [coded.first_row(code) for code in range(3)] == [0, 1, 2]
    rest = coded.only(np.array([4, 2, 2]))
    assert list(rest) == [None, "a", "a"] == list(rest.recoded())
    assert rest.recoded().values == [None, "a"]
    assert (coded[2], coded[1:3]) == ("a", [None, "a"])


def test_values_that_are_left_have_the_order_of_their_rows() -> None:
    column = CodedColumn(["x", "y", "z"], np.array([2, 0, 2, 0]))
    assert column.recoded().values == ["z", "x"]
    assert list(column.recoded()) == list(column)


def test_labels_in_parquet_are_told_with_the_row_of_the_first_wrong_one(tmp_path: Path) -> None:
    path = str(tmp_path / "rows.parquet")
    table = pyarrow.table({"text": ["a", "b", "c", "d"], "label": [0, 1, 5, 5]})
    features = b'{"info": {"features": {"label": {"_type": "ClassLabel", "names": ["no", "yes"]}}}}'
    pyarrow.parquet.write_table(table.replace_schema_metadata({b"huggingface": features}), path)
    assert refusal(path) == ", row 3: the number of a label expected, below 2. Received: 5"


def test_numbers_nulls_and_booleans_of_parquet_are_labels(tmp_path: Path) -> None:
    path = str(tmp_path / "rows.parquet")
    for labels, names in (([3, None, 3], ["3", "3"]), ([True, None, False], ["true", "false"])):
        pyarrow.parquet.write_table(pyarrow.table({"text": ["a", "b", "c"], "label": labels}), path)
        assert [row.target for row in read(path)] == names
    source = Source(path, task="single_label")
    assert [row.line for row in source] == [1, 3]
    assert source.left_out == {"empty label": 1}


def test_a_text_that_is_a_number_is_refused_with_its_row(tmp_path: Path) -> None:
    path = str(tmp_path / "rows.parquet")
    pyarrow.parquet.write_table(pyarrow.table({"text": [None, 7], "label": ["a", "b"]}), path)
    assert refusal(path) == ", row 2: a text expected. Received: 7"
