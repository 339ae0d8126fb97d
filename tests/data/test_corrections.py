"""Corrections change the labels of the rows that were audited, and of no others."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pyarrow as arrow
import pyarrow.parquet as parquet
import pytest
from data_files import write
from spreadsheets import workbook

from bert_keras.data import Columns, Corrections, Row, Source, encode
from bert_keras.errors import DataError, InputError
from bert_keras.files.messages import shown
from bert_keras.models import TextClassifier

TEXTS = ('plain "quoted" text', "a\ttab", "two\nlines", "=1+2", "ends with a blank ", "back\\slash \\n", "'one", "é ∂")
HEADER = ("file", "line", "label", "text", "correction")


def data(folder: Path, texts: Sequence[str] = TEXTS, labels: Sequence[str] = ("no", "yes")) -> str:
    """A table of texts whose labels go round."""
    path = folder / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["text", "label"])
        writer.writerows([text, labels[row % len(labels)]] for row, text in enumerate(texts))
    return str(path)


def corrected(folder: Path, *rows: Sequence[object], name: str = "fixed.tsv", header: Sequence[str] = HEADER) -> str:
    """A table of corrections."""
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t" if name.endswith("tsv") else ",", lineterminator="\n")
        writer.writerows([header, *rows])
    return str(path)


def read(name: str | list[str], fixed: str) -> list[Row]:
    return list(Source(name, task="single_label", corrections=Corrections(fixed)))


def refusal(name: str | list[str], fixed: str) -> str:
    """The line with which corrections are refused, without their file's name in front."""
    with pytest.raises(DataError) as error:
        read(name, fixed)
    message = str(error.value)
    assert "\n" not in message
    assert message.startswith(fixed)
    return message.removeprefix(fixed)


@pytest.mark.parametrize("name", ["fixed.tsv", "fixed.csv"])
def test_each_corrected_row_gets_its_label_and_all_others_keep_theirs(tmp_path: Path, name: str) -> None:
    file = data(tmp_path)
    before = list(Source(file, task="single_label"))
    other = {"no": "yes", "yes": "no"}
    table = [
        [row.file, row.line, row.target, row.text, other[str(row.target)] if place % 3 else ""]
        for place, row in enumerate(before)
    ]
    after = read(file, corrected(tmp_path, *table, name=name))
    assert [row.target for row in after] == [
        other[str(row.target)] if place % 3 else row.target for place, row in enumerate(before)
    ]
    assert [(row.text, row.line) for row in after] == [(row.text, row.line) for row in before]


def test_dropped_rows_count_as_left_out(tmp_path: Path) -> None:
    file = data(tmp_path, ("one", "two", "three"))
    fixed = Corrections(corrected(tmp_path, (file, 3, "yes", "two", "(drop)"), (file, 2, "no", "one", "yes")))
    source = Source(file, task="single_label", corrections=fixed)
    assert [(row.text, row.target) for row in source] == [("one", "yes"), ("three", "no")]
    assert source.left_out == {"dropped by a correction": 1}
    assert (fixed.changed, fixed.dropped, source.rows_read) == (1, 1, 3)


def test_a_label_that_stays_as_it_is_is_no_correction(tmp_path: Path) -> None:
    file = data(tmp_path, ("one", "two"))
    fixed = Corrections(corrected(tmp_path, (file, 2, "no", "one", "no"), (file, 3, "yes", "two", " ")))
    assert fixed.corrections == ()


def test_a_file_is_found_from_another_folder_by_its_name(tmp_path: Path) -> None:
    file = data(tmp_path, ("one", "two"))
    assert read(file, corrected(tmp_path, ("elsewhere/rows.csv", 2, "no", "one", "yes")))[0].target == "yes"


def test_of_several_files_the_right_one_is_corrected(tmp_path: Path) -> None:
    files = [write(tmp_path, "text,label\nsame,a\nother,b\n", name) for name in ("1.csv", "2.csv")]
    rows = read(files, corrected(tmp_path, (files[1], 2, "a", "same", "b")))
    assert [row.target for row in rows] == ["a", "b", "b", "b"]


def test_blanks_that_tools_change_do_not_matter(tmp_path: Path) -> None:
    file = data(tmp_path, ("two\nlines ", "x"))
    assert read(file, corrected(tmp_path, (file, 2, "no", "two lines", "yes")))[0].target == "yes"


def test_second_texts_are_compared_too(tmp_path: Path) -> None:
    file = write(tmp_path, "sentence1,sentence2,label\na,b,x\nc,d,y\n")
    header = (*HEADER, "pair")
    right = corrected(tmp_path, (file, 2, "x", "a", "y", "b"), header=header)
    assert read(file, right)[0].target == "y"
    wrong = corrected(tmp_path, (file, 2, "x", "a", "y", "B"), header=header)
    assert "has another pair now" in refusal(file, wrong)


def test_a_row_with_another_text_is_refused_by_file_and_line(tmp_path: Path) -> None:
    file = data(tmp_path, ("one", "two"))
    message = refusal(file, corrected(tmp_path, (file, 2, "no", "other", "yes")))
    assert message == (
        f", line 2: {file}, line 2 has another text now; audit the file again, or delete this row. Received: 'other'; "
        "the file has 'one'"
    )


def test_a_row_with_another_label_or_none_is_refused(tmp_path: Path) -> None:
    file = data(tmp_path, ("one", "two"))
    message = refusal(file, corrected(tmp_path, (file, 2, "yes", "one", "no")))
    assert f"{file}, line 2 has the label 'no' now" in message and message.endswith("Received: 'yes'")
    assert f"{file}, line 9 has no row that is read now" in refusal(
        file, corrected(tmp_path, (file, 9, "no", "one", "yes"))
    )


def test_a_label_that_no_row_has_is_refused_with_the_nearest(tmp_path: Path) -> None:
    file = data(tmp_path, ("one", "two"), ("negative", "positive"))
    message = refusal(file, corrected(tmp_path, (file, 2, "negative", "one", "postive")))
    assert message.startswith(", line 2: no row that is read has this label (did you mean 'positive'?)")
    assert message.endswith("Received: 'postive'")


def test_a_row_corrected_in_two_ways_is_refused(tmp_path: Path) -> None:
    file = data(tmp_path, ("one", "two"))
    fixed = corrected(tmp_path, (file, 2, "no", "one", "yes"), (file, 2, "no", "one", "(drop)"))
    with pytest.raises(DataError, match=r"fixed\.tsv, line 3: .*rows\.csv, line 2 is corrected in two ways"):
        Corrections(fixed)


def test_a_table_without_the_columns_and_a_line_that_is_no_number_are_refused(tmp_path: Path) -> None:
    file = data(tmp_path, ("one", "two"))
    with pytest.raises(DataError, match=r"fixed\.tsv, line 1: .*'correction' is missing\. Received: file, line"):
        Corrections(corrected(tmp_path, header=HEADER[:-1]))
    with pytest.raises(DataError, match=r"fixed\.tsv, line 2: a line number expected .*Received: 'x'"):
        Corrections(corrected(tmp_path, (file, "x", "no", "one", "yes")))


def test_a_row_of_a_file_that_is_not_read_is_refused(tmp_path: Path) -> None:
    file = data(tmp_path, ("one", "two"))
    message = refusal(file, corrected(tmp_path, ("other.csv", 2, "no", "one", "yes")))
    assert (
        message == f", line 2: the corrected row is of no file that is read; read: {shown(file)}. Received: other.csv"
    )


def test_of_two_labels_of_annotators_on_one_line_the_named_one_is_corrected(tmp_path: Path) -> None:
    lines = '{"text": "one", "label": "a"}\n{"text": "two", "label": "b"}\n'
    file = write(tmp_path, lines, "rows.jsonl")
    # Two rows of one line, as an annotation tool with --annotators all gives them.
    applied = Corrections(corrected(tmp_path, (file, 1, "b", "one", "a"))).applied_to([file])
    labels, kept = applied.change(0, [1, 1, 2], ["one", "one", "two"], None, ["a", "b", "b"])
    assert (list(labels), kept.tolist()) == (["a", "a", "b"], [True, True, True])
    applied.check_end()


def test_corrections_are_for_rows_with_one_label(tmp_path: Path) -> None:
    file = data(tmp_path, ("one", "two"))
    fixed = Corrections(corrected(tmp_path, (file, 2, "no", "one", "yes")))
    with pytest.raises(InputError, match=r"corrections are for rows with one label each\. Received: .* multi_label"):
        Source(file, Columns(), "multi_label", corrections=fixed)


def test_encoded_rows_are_not_those_of_the_uncorrected_cache(tmp_path: Path, classifier: TextClassifier) -> None:
    file = data(tmp_path, ("good", "bad", "good"))
    fixed = Corrections(corrected(tmp_path, (file, 4, "no", "good", "yes"), (file, 2, "no", "good", "(drop)")))
    pack, fingerprint = classifier.preprocessor.pack, classifier.preprocessor.fingerprint
    for corrections, labels, left_out in (
        (None, {"no": 2, "yes": 1}, {}),
        (fixed, {"yes": 2}, {"dropped by a correction": 1}),
        (None, {"no": 2, "yes": 1}, {}),
    ):
        source = Source(file, task="single_label", corrections=corrections)
        rows = encode(source, pack, fingerprint, tmp_path / "cache")
        assert (rows.name_counts(), rows.left_out) == (labels, left_out)


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "txt"])
def test_rows_of_any_format_are_corrected(tmp_path: Path, kind: str) -> None:
    texts, labels = ["one", "two", "three"], ["1", "0", "1"]
    file = str(tmp_path / f"rows.{kind}")
    if kind == "parquet":
        parquet.write_table(arrow.table({"text": texts, "label": [1, 0, 1]}), file)
    else:
        line = '{{"text": "{}", "label": {}}}\n' if kind == "jsonl" else "__label__{1} {0}\n"
        lines = (line.format(*row) for row in zip(texts, labels, strict=True))
        Path(file).write_text("".join(lines), encoding="utf-8")
    row = list(Source(file, task="single_label"))[1]
    after = read(file, corrected(tmp_path, (row.file, row.line, row.target, row.text, "1")))
    assert [each.target for each in after] == ["1", "1", "1"]


def test_a_table_that_a_spreadsheet_saved_is_read(tmp_path: Path) -> None:
    file = write(tmp_path, "text,label\none,1\n7,0\n", "rows.csv")
    # Numbers, as a spreadsheet makes of what looks like one.
    workbook(tmp_path / "fixed.xlsx", {"s": [[*HEADER], [file, 2, 1, "one", 0], [file, 3, 0, 7, "(drop)"]]})
    assert [(row.text, row.target) for row in read(file, str(tmp_path / "fixed.xlsx"))] == [("one", "0")]
