from pathlib import Path

import pytest

from bert_keras.data import Columns, Examples, label_indices, label_names, read_examples
from bert_keras.errors import DataError


def write(folder: Path, content: str | bytes, name: str = "rows.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path: Path, columns: Columns = Columns()) -> str:  # noqa: B008
    """The message with which a file is refused."""
    with pytest.raises(DataError) as error:
        read_examples(path, columns)
    return str(error.value)


@pytest.mark.parametrize(("name", "separator"), [("rows.csv", ","), ("rows.tsv", "\t"), ("rows.TAB", "\t"), ("rows.txt", "\t")])
def test_rows_are_read_in_order_with_their_lines(tmp_path: Path, name: str, separator: str) -> None:
    lines = [("text", "label"), ("good film", "yes"), ("bad film", "no"), ("good book", "yes")]
    path = write(tmp_path, "".join(separator.join(fields) + "\n" for fields in lines), name)
    assert read_examples(path) == Examples(
        path=path,
        texts=["good film", "bad film", "good book"],
        pairs=None,
        labels=["yes", "no", "yes"],
        lines=[2, 3, 4],
        rows_read=3,
        left_out={},
    )


def test_the_name_tells_the_separator_before_the_header_does(tmp_path: Path) -> None:
    assert read_examples(write(tmp_path, "text,label,a\tb\nx,y,z\n")).texts == ["x"]
    assert read_examples(write(tmp_path, "text\tlabel\ta,b\nx\ty\tz\n", "rows.tsv")).texts == ["x"]
    assert read_examples(write(tmp_path, "text,label\nx,y\n", "rows.data")).texts == ["x"]


def test_quoted_fields_keep_newlines_tabs_commas_and_quotes(tmp_path: Path) -> None:
    text = 'She said "no",\n\ttwice.\n\nThen left.'
    quoted = '"' + text.replace('"', '""') + '"'
    for name, separator in (("rows.csv", ","), ("rows.tsv", "\t")):
        path = write(tmp_path, f"text{separator}label\n{quoted}{separator}a\nnext{separator}b\n", name)
        examples = read_examples(path)
        assert examples.texts == [text, "next"]
        assert examples.lines == [2, 6]


def test_a_quote_mark_inside_an_unquoted_field_is_text(tmp_path: Path) -> None:
    path = write(tmp_path, 'text\tlabel\nthe 5" screen, "nice"\ta\n', "rows.tsv")
    assert read_examples(path).texts == ['the 5" screen, "nice"']


def test_a_byte_order_mark_and_windows_line_ends_are_no_data(tmp_path: Path) -> None:
    path = write(tmp_path, b'\xef\xbb\xbftext,label\r\ngood,yes\r\n"two\r\nlines",no\r\n')
    examples = read_examples(path)
    assert (examples.texts, examples.labels) == (["good", "two\r\nlines"], ["yes", "no"])
    assert examples.lines == [2, 3]


def test_a_last_line_without_an_end_and_blank_lines_do_not_matter(tmp_path: Path) -> None:
    examples = read_examples(write(tmp_path, "\ntext,label\n\ngood,yes\n\n\nbad,no"))
    assert (examples.texts, examples.lines, examples.rows_read) == (["good", "bad"], [4, 7], 2)


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_only_line_feeds_end_a_row(tmp_path: Path, separator: str) -> None:
    examples = read_examples(write(tmp_path, f"text,label\none{separator}text,a\nother,b\n"))
    assert examples.texts == [f"one{separator}text", "other"]
    assert examples.lines == [2, 3]


def test_a_lone_carriage_return_is_told_with_its_line(tmp_path: Path) -> None:
    message = refusal(path := write(tmp_path, "text,label\nfine,a\none\rtwo,a\n"))
    assert message == f"{path}, line 3: a carriage return in the midst of a row; end rows with a line feed"
    assert refusal(write(tmp_path, "text,label\rone,a\r")) == message.replace("line 3", "line 1")


def test_a_field_may_be_longer_than_csv_allows_by_itself(tmp_path: Path) -> None:
    long = "word " * 50_000
    assert read_examples(write(tmp_path, f"text,label\n{long},a\n")).texts == [long]


@pytest.mark.parametrize(
    ("header", "text", "label"),
    [
        ("Sentence,Intent,other", 0, 1),
        ("id, TEXT ,Category", 1, 2),
        ("target,question1,question2", 1, 0),
        ("title,review,label", 1, 2),
        ("class,sentence1,label", 1, 2),
    ],
)
def test_usual_names_are_found_in_any_case_and_in_their_order(tmp_path: Path, header: str, text: int, label: int) -> None:
    examples = read_examples(write(tmp_path, f"{header}\nzero,one,two\n"))
    assert examples.texts == [("zero", "one", "two")[text]]
    assert examples.labels == [("zero", "one", "two")[label]]


def test_named_columns_win_over_usual_ones(tmp_path: Path) -> None:
    path = write(tmp_path, "text,label,note,grade\nt,l,n,g\n")
    examples = read_examples(path, Columns(text="note", label="grade"))
    assert (examples.texts, examples.labels, examples.pairs) == (["n"], ["g"], None)


def test_second_texts_are_read_where_their_column_is_named_and_may_be_empty(tmp_path: Path) -> None:
    path = write(tmp_path, "premise,hypothesis,label\nIt rains.,It is wet.,yes\nIt rains.,,no\n")
    assert read_examples(path).pairs is None
    examples = read_examples(path, Columns(pair="hypothesis"))
    assert examples.texts == ["It rains.", "It rains."]
    assert examples.pairs == ["It is wet.", ""]


def test_a_file_read_without_labels_needs_no_column_of_them(tmp_path: Path) -> None:
    path = write(tmp_path, "text,label\ngood,\nbad,no\n")
    unlabelled = read_examples(path, labelled=False)
    assert (unlabelled.texts, unlabelled.labels, unlabelled.left_out) == (["good", "bad"], None, {})
    assert read_examples(write(tmp_path, "text\ngood\n"), labelled=False).texts == ["good"]


def test_rows_without_text_or_label_are_left_out_and_counted(tmp_path: Path) -> None:
    examples = read_examples(write(tmp_path, 'text,label\ngood,yes\n  ,yes\n"",no\nbad,\n,\nfine,no\n'))
    assert (examples.texts, examples.labels, examples.lines) == (["good", "fine"], ["yes", "no"], [2, 7])
    assert examples.left_out == {"empty text": 3, "empty label": 1}
    assert examples.rows_read == 6
    assert len(examples) == 2


def test_texts_and_labels_that_look_like_something_else_stay_as_they_are(tmp_path: Path) -> None:
    texts = ["[bold red]x[/]", "[/]", "../x", "[SEP]", "null", "007", " blanks around ", "NaN", "\x00"]
    path = write(tmp_path, "text\tlabel\n" + "".join(f"{text}\t{text}\n" for text in texts), "rows.tsv")
    examples = read_examples(path)
    assert examples.texts == examples.labels == texts


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", ",,\n"])
def test_an_empty_file_is_told(tmp_path: Path, content: str) -> None:
    message = refusal(path := write(tmp_path, content))
    assert message == f"{path}: the file is empty; its first line must name the columns, e.g. text and label"


def test_a_file_with_nothing_to_use_says_what_was_left_out(tmp_path: Path) -> None:
    assert refusal(path := write(tmp_path, "text,label\n")) == f"{path}: no rows to use. Received: 0 rows, left out: none"
    message = refusal(write(tmp_path, "text,label\n,a\nb,\n"))
    assert message.endswith("Received: 2 rows, left out: {'empty text': 1, 'empty label': 1}")


def test_folders_and_missing_files_are_told_apart(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path}: a folder; name a csv or tsv file"
    assert refusal(tmp_path / "none.csv") == f"{tmp_path / 'none.csv'}: cannot be read (No such file or directory)"
    below = write(tmp_path, "text,label\n") / "rows.csv"
    assert refusal(below) == f"{below}: cannot be read (Not a directory)"


def test_bytes_that_are_not_utf_8_are_told_with_their_line(tmp_path: Path) -> None:
    message = refusal(path := write(tmp_path, b"text,label\nfine,a\ncaf\xe9,b\n"))
    assert message == f"{path}, line 3: not UTF-8. Received: byte 0xe9; save the file as UTF-8"


@pytest.mark.parametrize(("row", "fields"), [("one", 1), ("one,a,b", 3)])
def test_a_row_with_another_number_of_fields_is_told_with_its_line(tmp_path: Path, row: str, fields: int) -> None:
    message = refusal(path := write(tmp_path, f'text,label\n"first\n\nsecond",a\n{row}\n'))
    assert message == f"{path}, line 5: 2 fields expected, as the header has. Received: {fields}, {row.split(',')!r}"


def test_a_long_row_is_shortened_in_the_error(tmp_path: Path) -> None:
    message = refusal(path := write(tmp_path, f"text,label\n{'word ' * 1000}\n"))
    assert len(message) < len(str(path)) + 200


@pytest.mark.parametrize("row", ['"Great" film,a', '"never closed,a\nnext,b'])
def test_broken_quoting_is_told_with_the_line_the_row_begins_in(tmp_path: Path, row: str) -> None:
    message = refusal(path := write(tmp_path, f'text,label\n"two\nlines",a\n{row}\n'))
    assert message.startswith(f"{path}, line 4: broken quoting (")
    assert '"say ""so"""' in message


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (Columns(), "no column with a usual name for the text. Received: words, label, b; name it with --text_column"),
        (Columns(text="Words"), "no column 'Words'. Received: words, label, b; name it with --text_column"),
        (Columns(text="words", pair="c"), "no column 'c'. Received: words, label, b; name it with --pair_column"),
        (Columns(text="words", label=""), "no column ''. Received: words, label, b; name it with --label_column"),
    ],
)
def test_a_missing_column_is_told_with_those_there(tmp_path: Path, columns: Columns, message: str) -> None:
    path = write(tmp_path, "words,label,b\nx,y,z\n")
    assert refusal(path, columns) == f"{path}, line 1: {message}"


def with_labels(*labels: str) -> Examples:
    count = len(labels)
    return Examples(Path("rows.csv"), ["text"] * count, None, list(labels), list(range(2, count + 2)), count)


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (("10", "9", "0", "10"), ["0", "9", "10"]),
        (("b", "a", "10", "9"), ["10", "9", "a", "b"]),
        (("Ü", "ü", "z", "A"), ["A", "z", "Ü", "ü"]),
        (("x²", "²", "1"), ["1", "x²", "²"]),
    ],
)
def test_labels_are_sorted_and_whole_numbers_by_value(labels: tuple[str, ...], names: list[str]) -> None:
    assert label_names(with_labels(*labels)) == names


@pytest.mark.parametrize("labels", [("a", "a"), ()])
def test_training_needs_two_labels(labels: tuple[str, ...]) -> None:
    with pytest.raises(DataError, match=r"rows\.csv: at least two different labels are needed to train\. Received: "):
        label_names(with_labels(*labels))


def test_label_indices_follow_the_order_of_the_names() -> None:
    assert label_indices(with_labels("b", "a", "c", "b"), ["c", "b", "a"]) == [1, 2, 0, 1]


def test_a_label_that_training_did_not_have_is_told_with_its_line() -> None:
    with pytest.raises(DataError) as error:
        label_indices(with_labels("a", "b", "B"), ["a", "b"])
    assert str(error.value) == "rows.csv, line 4: label 'B' does not occur in training. Known: a, b"
