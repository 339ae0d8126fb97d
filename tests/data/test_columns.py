from pathlib import Path

import pytest
from data_files import read, refusal, texts, write

from bert_keras.data import Columns, Source
from bert_keras.errors import InputError


@pytest.mark.parametrize(
    ("header", "text", "label"),
    [
        ("Sentence,Intent,other", 0, 1),
        ("id, TEXT ,Category", 1, 2),
        ("target,question1,question2", 1, 0),
        ("title,review,label", 1, 2),
        ("class,sentence1,label", 1, 2),
        ("text,score,label", 0, 2),
    ],
)
def test_usual_names_are_found_in_any_case_and_in_their_order(
    tmp_path: Path, header: str, text: int, label: int
) -> None:
    (row,) = read(write(tmp_path, f"{header}\nzero,one,two\n"))
    assert row.text == ("zero", "one", "two")[text]
    assert row.target == ("zero", "one", "two")[label]


def test_a_score_is_a_usual_name_for_numbers_alone(tmp_path: Path) -> None:
    path = write(tmp_path, "text,score\na,0.5\n")
    assert [row.target for row in read(path, task="regression")] == [0.5]
    assert refusal(path).startswith(", line 1: no column with a usual name for the label. Received: text, score")


def test_named_columns_win_over_usual_ones(tmp_path: Path) -> None:
    path = write(tmp_path, "text,label,note,grade\nt,l,n,g\n")
    (row,) = read(path, Columns(text="note", label="grade"))
    assert (row.text, row.target, row.pair) == ("n", "g", None)


def test_second_texts_are_read_where_their_column_is_named_and_may_be_empty(tmp_path: Path) -> None:
    path = write(tmp_path, "premise,hypothesis,label\nIt rains.,It is wet.,yes\nIt rains.,,no\n")
    assert [row.pair for row in read(path)] == [None, None]
    assert [(row.text, row.pair) for row in read(path, Columns(pair="hypothesis"))] == [
        ("It rains.", "It is wet."),
        ("It rains.", ""),
    ]


def test_a_file_read_without_labels_needs_no_column_of_them(tmp_path: Path) -> None:
    assert texts(write(tmp_path, "text,label\ngood,\nbad,no\n")) == ["good", "bad"]
    assert texts(write(tmp_path, "text\ngood\n")) == ["good"]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (Columns(), "no column with a usual name for the text. Received: words, label, b; name it with --text_column"),
        (
            Columns(text="Words"),
            "no column 'Words' (did you mean 'words'?). Received: words, label, b; name it with --text_column",
        ),
        (Columns(text="words", pair="c"), "no column 'c'. Received: words, label, b; name it with --pair_column"),
        (
            Columns(text="words", label="lable"),
            "no column 'lable' (did you mean 'label'?). Received: words, label, b; name it with --label_column",
        ),
        (Columns(text="words", label=""), "no column ''. Received: words, label, b; name it with --label_column"),
    ],
)
def test_a_missing_column_is_told_with_those_there(tmp_path: Path, columns: Columns, message: str) -> None:
    assert refusal(write(tmp_path, "words,label,b\nx,y,z\n"), columns) == f", line 1: {message}"
    jsonl = write(tmp_path, '\n{"words": "x", "label": "y", "b": "z"}\n', "rows.jsonl")
    assert refusal(jsonl, columns) == f", line 2: {message}"


def test_of_many_columns_the_first_are_listed(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, ",".join(f"c{place}" for place in range(1000)) + "\n"))
    assert message.endswith("c18, c19 and 980 more; name it with --text_column")


def test_a_column_that_is_there_twice_is_refused_only_where_it_is_wanted(tmp_path: Path) -> None:
    path = write(tmp_path, "text,note,note,label\na,b,c,d\n")
    assert texts(path) == ["a"]
    assert refusal(path, Columns(text="note")).startswith(", line 1: the column 'note' is there more than once.")


def test_the_files_that_follow_have_the_columns_of_the_first_in_any_order(tmp_path: Path) -> None:
    first, second = (
        write(tmp_path, "review,label\na,b\n", "1.csv"),
        write(tmp_path, "label\tid\ttext\treview\nc\t1\te\td\n", "2.tsv"),
    )
    assert [(row.text, row.target) for row in read([first, second])] == [("a", "b"), ("d", "c")]
    third = write(tmp_path, '{"text": "a", "label": "b"}', "3.jsonl")
    assert refusal([first, second, third]).startswith(", line 1: no column 'review'. Received: text, label")


@pytest.mark.parametrize("label", [("a", "b"), ["a", "b"]])
def test_several_label_columns_are_refused_for_one_label(tmp_path: Path, label: list[str]) -> None:
    path = write(tmp_path, "text,a,b\nx,0,1\n")
    with pytest.raises(
        InputError,
        match=r"several columns of labels are for rows with any number of labels\. "
        r"Received: \('a', 'b'\) for single_label",
    ):
        Source(path, Columns(label=label), "single_label")


def test_columns_and_tasks_without_a_name_are_refused(tmp_path: Path) -> None:
    for wrong in ({"label": ()}, {"separator": ""}):
        with pytest.raises(InputError, match="must have a name"):
            Columns(**wrong)
    with pytest.raises(InputError, match="task must be one of"):
        Source(write(tmp_path, "text\na\n"), task="labels")
    with pytest.raises(InputError, match="a source needs a file"):
        Source([])
