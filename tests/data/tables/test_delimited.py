from pathlib import Path

import pytest
from data_files import read, refusal, texts, write

from bert_keras.data import Row, Source


@pytest.mark.parametrize(
    ("name", "separator"),
    [
        ("rows.csv", ","),
        ("rows.tsv", "\t"),
        ("rows.TAB", "\t"),
        ("rows.txt", "\t"),
        ("rows.data", ","),
        ("rows", "\t"),
        ("rows.tsv.gz", "\t"),
    ],
)
def test_rows_are_read_in_order_with_their_lines(tmp_path: Path, name: str, separator: str) -> None:
    lines = [("text", "label"), ("good film", "yes"), ("bad film", "no"), ("good book", "yes")]
    path = write(tmp_path, "".join(separator.join(fields) + "\n" for fields in lines), name)
    assert read(path) == [Row(path, line, text, None, label) for line, (text, label) in enumerate(lines[1:], 2)]


def test_the_rows_tell_the_separator_whatever_the_header_has_in_it(tmp_path: Path) -> None:
    assert texts(write(tmp_path, "text,label,a\tb\nx,y,z\n")) == ["x"]
    assert texts(write(tmp_path, "text\tlabel\ta,b\nx\ty\tz\n", "rows.tsv")) == ["x"]
    assert texts(write(tmp_path, "\n\ntext\tlabel\nx\ty,z\n", "rows.data")) == ["x"]


def test_quoted_fields_keep_newlines_tabs_commas_and_quotes(tmp_path: Path) -> None:
    text = 'She said "no",\n\ttwice.\n\nThen left.'
    quoted = '"' + text.replace('"', '""') + '"'
    for name, separator in (("rows.csv", ","), ("rows.tsv", "\t")):
        rows = read(write(tmp_path, f"text{separator}label\n{quoted}{separator}a\nnext{separator}b\n", name))
        assert [(row.text, row.line) for row in rows] == [(text, 2), ("next", 6)]


def test_a_quote_mark_inside_an_unquoted_field_is_text(tmp_path: Path) -> None:
    assert texts(write(tmp_path, 'text\tlabel\nthe 5" screen, "nice"\ta\n', "rows.tsv")) == ['the 5" screen, "nice"']


def test_a_byte_order_mark_and_windows_line_ends_are_no_data(tmp_path: Path) -> None:
    rows = read(write(tmp_path, b'\xef\xbb\xbftext,label\r\ngood,yes\r\n"two\r\nlines",no\r\n'))
    assert [(row.text, row.target, row.line) for row in rows] == [("good", "yes", 2), ("two\r\nlines", "no", 3)]


def test_a_last_line_without_an_end_and_blank_lines_do_not_matter(tmp_path: Path) -> None:
    rows = read(write(tmp_path, "\ntext,label\n\ngood,yes\n\r\n\nbad,no"))
    assert [(row.text, row.line) for row in rows] == [("good", 4), ("bad", 7)]


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_only_line_feeds_end_a_row(tmp_path: Path, separator: str) -> None:
    rows = read(write(tmp_path, f"text,label\none{separator}text,a\nother,b\n"))
    assert [(row.text, row.line) for row in rows] == [(f"one{separator}text", 2), ("other", 3)]


def test_a_lone_carriage_return_is_told_with_its_line(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, "text,label\nfine,a\none\rtwo,a\n"))
    assert message == ", line 3: a carriage return in the midst of a row; end rows with a line feed"
    assert refusal(write(tmp_path, "text,label\rone,a\r")) == message.replace("line 3", "line 1")


def test_a_field_may_be_longer_than_csv_allows_by_itself(tmp_path: Path) -> None:
    long = "word " * 50_000
    assert texts(write(tmp_path, f"text,label\n{long},a\n")) == [long]


def test_texts_and_labels_that_look_like_something_else_stay_as_they_are(tmp_path: Path) -> None:
    strings = ["[bold red]x[/]", "[/]", "../x", "[SEP]", "nil", "007", " blanks around ", "nano", "\x00", "1|2"]
    rows = read(write(tmp_path, "text\tlabel\n" + "".join(f"{text}\t{text}\n" for text in strings), "rows.tsv"))
    assert [row.text for row in rows] == [row.target for row in rows] == strings


def test_texts_that_name_nothing_are_texts(tmp_path: Path) -> None:
    strings = ["null", "NaN", "None", "N/A", "-1", "[]"]
    assert texts(write(tmp_path, "text,label\n" + "".join(f"{text},a\n" for text in strings))) == strings


def test_the_header_again_is_no_row(tmp_path: Path) -> None:
    source = Source(write(tmp_path, "text,label\na,x\ntext,label\nb,y\n\n\ufefftext,label\n"), task="single_label")
    assert [(row.text, row.line) for row in source] == [("a", 2), ("b", 4)]
    assert (source.rows_read, source.left_out) == (4, {"the header again": 2})
    assert texts(write(tmp_path, "text\na\ntext\n")) == ["a", "text"]  # of a single column it may be a text


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", ",,\n", " \n"])
@pytest.mark.parametrize("name", ["rows.csv", "rows.txt", "rows.csv.gz"])
def test_an_empty_file_is_told(tmp_path: Path, content: str, name: str) -> None:
    message = refusal(write(tmp_path, content, name))
    assert message == ": the file is empty; its first line must name the columns, e.g. text and label"


@pytest.mark.parametrize(("row", "fields"), [("one", 1), ("one,a,b", 3)])
def test_a_row_with_another_number_of_fields_is_told_with_its_line(tmp_path: Path, row: str, fields: int) -> None:
    message = refusal(write(tmp_path, f'text,label\n"first\n\nsecond",a\n{row}\nnext,a\n'))
    assert message == f", line 5: 2 fields expected, as the header has. Received: {fields}, {row.split(',')!r}"


def test_a_long_row_is_shortened_in_the_error(tmp_path: Path) -> None:
    assert len(refusal(write(tmp_path, f"text,label\n{'word ' * 1000}\n"))) < 200


@pytest.mark.parametrize("row", ['"Great" film,a', '"never closed,a\nnext,b'])
def test_broken_quoting_is_told_with_the_line_the_row_begins_in(tmp_path: Path, row: str) -> None:
    message = refusal(write(tmp_path, f'text,label\n"two\nlines",a\n{row}\n'))
    assert message.startswith(", line 4: broken quoting (")
    assert '"say ""so"""' in message


def test_a_quote_mark_that_is_never_closed_does_not_take_the_file_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bert_keras.data.tables.splitting.LONGEST_LINE", 1000)
    message = refusal(write(tmp_path, 'text,label\na,b\n"' + "c,d\n" * 10_000))
    assert message.startswith(", line 3: broken quoting (field larger than field limit (1000))")


def test_lines_are_counted_on_over_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bert_keras.files.text_file._PIECE", 50)
    monkeypatch.setattr("bert_keras.data.tables.delimited.MOST_RECORDS", 3)
    rows = read(write(tmp_path, "text,label\n" + "".join(f'"{row}\n{row}",a\n\n' for row in range(40))))
    assert [(row.text, row.line) for row in rows] == [(f"{row}\n{row}", 3 * row + 2) for row in range(40)]


def test_blocks_end_early_where_texts_are_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bert_keras.files.text_file._PIECE", 1000)
    for name, row in (("rows.csv", "{},a\n"), ("rows.jsonl", '{{"text": "{}", "label": "a"}}\n')):
        source = Source(
            write(tmp_path, "text,label\n" * name.endswith("csv") + row.format("x" * 400) * 100, name),
            task="single_label",
        )
        sizes = [len(block) for block in source.blocks()]
        assert sum(sizes) == 100
        assert max(sizes) <= 16
