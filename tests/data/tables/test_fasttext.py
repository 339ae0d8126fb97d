from pathlib import Path

import pytest
from data_files import given, read, refusal, write


@pytest.mark.parametrize("name", ["rows.txt", "rows.ft", "rows.csv", "rows.txt.gz"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_is_a_label_and_a_text(tmp_path: Path, name: str, end: str) -> None:
    lines = ["__label__late where is my parcel , please ?", '__label__a,b "quoted" \\n\ttab', "__label__语 déjà vu"]
    path = write(tmp_path, "".join(line + end for line in lines), name)
    assert given(path)[0] == [
        ("where is my parcel , please ?", "late"),
        ('"quoted" \\n\ttab', "a,b"),
        ("déjà vu", "语"),
    ]


def test_labels_count_anywhere_in_the_line_and_texts_keep_their_blanks(tmp_path: Path) -> None:
    path = write(tmp_path, "__label__a __label__b two  words\nbefore __label__c after\nnot__label__d\n__label__a\n")
    assert given(path, task="multi_label") == (
        [("two  words", ("a", "b")), ("before after", ("c",)), ("not__label__d", ())],
        {"empty text": 1},
    )


def test_lines_without_a_label_or_with_two_are_counted_and_told(tmp_path: Path) -> None:
    assert given(write(tmp_path, "__label__a one\ntwo\n\n__label__ three\n")) == ([("one", "a")], {"empty label": 2})
    assert refusal(write(tmp_path, "__label__a one\n__label__a __label__b two\n")) == (
        ", line 2: one label expected. Received: 2 of them, ['a', 'b']; for rows with any number of labels there is "
        "--task multi_label"
    )


def test_lines_that_doccano_has_quoted_are_whole(tmp_path: Path) -> None:
    path = write(
        tmp_path, '"__label__a He said ""hi"", then left"\n__label__b plain\n"__label__a two\nlines"\n"as is"\n'
    )
    assert [(row.text, row.line) for row in read(path, task=None)] == [
        ('He said "hi", then left', 1),
        ("plain", 2),
        ("two\nlines", 3),
        ('"as is"', 5),
    ]
    assert refusal(write(tmp_path, '__label__b x\n"__label__a never closed\n')).startswith(
        ", line 2: a quote mark that is not closed. Received: "
    )


def test_a_file_whose_first_line_has_no_label_is_not_taken_for_fasttext(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, "one\n__label__a two\n", "rows.txt")).startswith(
        ", line 1: no column with a usual name for the text. Received: one"
    )


def test_rows_go_on_over_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bert_keras.data.tables.fasttext.MOST_RECORDS", 3)
    path = write(tmp_path, "".join(f"__label__a text {row}\n" for row in range(10)))
    assert [(row.text, row.line) for row in read(path)] == [(f"text {row}", row + 1) for row in range(10)]
