"""The style of delimited text: each file is as its tool writes it, and read as its tool means it, or asked about."""

from pathlib import Path

import pytest
from data_files import given, refusal, write
from tool_rows import LEFT_OUT, ROWS, USED

from bert_keras.data.tables.reading import Reading

PART = "part-0000{}-0b7a8d5e-2c1f-4e0a-9d3b-5f6a7b8c9d0e-c000.csv"
SPARK = (
    b"text,label\n"
    b"a plain remark,good\n"
    b'"She asked \\"why\\", and waited",bad\n'
    b'"first line\nsecond line",good\n'
    b'"mark \\" comma , break\nend",bad\n'
    b'"a 27\\" monitor",good\n'
    b'"\\"Superb\\"",bad\n'
    b"D:\\tools\\new,good\n"
    b'"D:\\\\tools, E:\\\\raw",bad\n'
    b'"closes with a backslash, indeed\\\\",good\n'
    b'"back\\\\slash and \\"quote\\"",bad\n'
    b"blanks at both ends,good\n"
    b"tab\tbetween,bad\n"
    b'"Zo\xc3\xab, d\xc3\xa9j\xc3\xa0 vu \xe8\xaa\x9e",good\n'
    b'"carriage\rreturn",bad\n'
    b'"windows\r\nend",good\n'
    b'"",bad\n'
    b",good\n"
    b"without a label,\n"
    b'with an empty label,""\n'
    b'"#number sign first",good\n'
    b'"ends in a mark \\"",bad\n'
)
POSTGRESQL = (
    b"text\tlabel\n"
    b"a plain remark\tgood\n"
    b'She asked "why", and waited\tbad\n'
    b"first line\\nsecond line\tgood\n"
    b'mark " comma , break\\nend\tbad\n'
    b'a 27" monitor\tgood\n'
    b'"Superb"\tbad\n'
    b"D:\\\\tools\\\\new\tgood\n"
    b"D:\\\\tools, E:\\\\raw\tbad\n"
    b"closes with a backslash, indeed\\\\\tgood\n"
    b'back\\\\slash and "quote"\tbad\n'
    b"  blanks at both ends  \tgood\n"
    b"tab\\tbetween\tbad\n"
    b"Zo\xc3\xab, d\xc3\xa9j\xc3\xa0 vu \xe8\xaa\x9e\tgood\n"
    b"carriage\\rreturn\tbad\n"
    b"windows\\r\\nend\tgood\n"
    b"\tbad\n"
    b"\\N\tgood\n"
    b"without a label\t\\N\n"
    b"with an empty label\t\n"
    b"#number sign first\tgood\n"
    b'ends in a mark "\tbad\n'
)
# As PostgreSQL, but carriage returns are themselves and null is a word.
MARIADB_BATCH = POSTGRESQL.replace(b"carriage\\r", b"carriage\r").replace(b"windows\\r", b"windows\r")
MARIADB_BATCH = MARIADB_BATCH.replace(b"\\N", b"NULL")
MARIADB_OUTFILE = (
    b"text\tlabel\n"
    b"a plain remark\tgood\n"
    b'She asked "why", and waited\tbad\n'
    b"first line\\\nsecond line\tgood\n"
    b"D:\\\\tools\\\\new\tgood\n"
    b"  blanks at both ends  \tgood\n"
    b"tab\\\tbetween\tbad\n"
    b"carriage\rreturn\tbad\n"
    b"\\N\tgood\n"
    b"without a label\t\\N\n"
)
MARIADB_ENCLOSED = (
    b'"text","label"\n'
    b'"a plain remark","good"\n'
    b'"She asked \\"why\\", and waited","bad"\n'
    b'"first line\\\nsecond line","good"\n'
    b'"D:\\\\tools\\\\new","good"\n'
    b'"  blanks at both ends  ","good"\n'
    b'"tab\tbetween","bad"\n'
    b'"carriage\rreturn","bad"\n'
    b'\\N,"good"\n'
    b'"without a label",\\N\n'
)
OF_OUTFILE = [
    row for row in USED if row[0].startswith(("a plain", "She", "first", "D:\\tools\\", "  b", "tab", "carr"))
]


@pytest.mark.parametrize("name", ["rows.csv", PART.format(0), "rows.csv.gz"])
def test_what_spark_escapes_is_undone_and_what_it_does_not_quote_is_text(tmp_path: Path, name: str) -> None:
    expected = [(text.strip(" "), label) for text, label in USED]
    assert given(write(tmp_path, SPARK, name)) == (expected, LEFT_OUT)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_spark_may_separate_by_anything(tmp_path: Path, separator: str) -> None:
    lines = ["text,label", '"say \\"so\\" now",a', "D:\\new,b", '"two\nD:\\\\new",c']
    path = write(tmp_path, "".join(line.replace(",", separator) + "\n" for line in lines))
    assert given(path)[0] == [('say "so" now', "a"), ("D:\\new", "b"), ("two\nD:\\new", "c")]


def test_the_parts_of_spark_tell_doubled_backslashes_by_their_names(tmp_path: Path) -> None:
    write(tmp_path, 'text,label\nD:\\new,a\n"D:\\\\new, E:\\\\",b\n', PART.format(0))
    write(tmp_path, 'text,label\n"\\\\alpha, \\\\beta",a\n', PART.format(1))
    write(tmp_path, "text,label\n", PART.format(2))
    write(tmp_path, "", "_SUCCESS")
    write(tmp_path, "crc", f".{PART.format(0)}.crc")
    assert given(str(tmp_path)) == ([("D:\\new", "a"), ("D:\\new, E:\\", "b"), ("\\alpha, \\beta", "a")], {})
    renamed = (tmp_path / PART.format(0)).rename(tmp_path / "renamed.csv")
    assert refusal(str(renamed)) == (
        ", line 3: may be read in several ways. Received: 'D:\\\\\\\\new, E:\\\\\\\\' or 'D:\\\\new, E:\\\\'; "
        "choose with --dialect: csv (fields may be quoted, and quote marks in them are doubled), "
        "spark (fields may be quoted, with backslashes before quote marks and backslashes in them)"
    )
    assert given(str(renamed), reading=Reading(dialect="spark"))[0][1] == ("D:\\new, E:\\", "b")
    assert given(str(renamed), reading=Reading(dialect="csv"))[0][1] == ("D:\\\\new, E:\\\\", "b")


def test_a_quote_mark_of_spark_before_a_separator_is_not_taken_for_the_end_of_a_field(tmp_path: Path) -> None:
    content = 'text,label\n"\\",",a\n;,a\n"\nD:\\\\new",b\n'
    message = refusal(write(tmp_path, content))
    assert "may be read in several ways" in message and message.count("spark") == 1
    assert given(write(tmp_path, content, PART.format(0)))[0] == [('",', "a"), (";", "a"), ("\nD:\\new", "b")]


def test_the_text_format_of_postgresql(tmp_path: Path) -> None:
    assert given(write(tmp_path, POSTGRESQL, "rows.tsv")) == (USED, LEFT_OUT)
    assert given(write(tmp_path, POSTGRESQL, "rows.txt")) == (USED, LEFT_OUT)


def test_the_batches_of_mariadb(tmp_path: Path) -> None:
    assert given(write(tmp_path, MARIADB_BATCH, "rows.tsv")) == (USED, LEFT_OUT)


@pytest.mark.parametrize(
    "content", [MARIADB_OUTFILE, MARIADB_OUTFILE.replace(b"\t", b",").replace(b'why",', b'why"\\,')]
)
def test_the_outfiles_of_mariadb(tmp_path: Path, content: bytes) -> None:
    texts = [(text if b"\t" in content else text.replace("\t", ","), label) for text, label in OF_OUTFILE]
    assert given(write(tmp_path, content, "rows.txt")) == (texts, {"empty text": 1, "empty label": 1})


@pytest.mark.parametrize("separator", [b",", b"\t", b";"])
def test_the_enclosed_outfiles_of_mariadb(tmp_path: Path, separator: bytes) -> None:
    content = MARIADB_ENCLOSED.replace(b'","', b'"' + separator + b'"')
    content = content.replace(b"\\N,", b"\\N" + separator).replace(b",\\N", separator + b"\\N")
    assert given(write(tmp_path, content, "rows.csv")) == (OF_OUTFILE, {"empty text": 1, "empty label": 1})


def quoted(text: str | None, separator: str, every: bool) -> str:
    """A field of RFC 4180, where null is nothing."""
    if text is None:
        return ""
    needed = text == "" or any(letter in text for letter in (separator, '"', "\n", "\r"))
    return '"' + text.replace('"', '""') + '"' if needed or every else text


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(("name", "separator"), [("a.csv", ","), ("a.csv", ";"), ("a.tsv", "\t"), ("a.txt", "|")])
def test_rfc_4180_is_read_as_such(tmp_path: Path, name: str, separator: str, mark: str, end: str, every: bool) -> None:
    lines = [separator.join(quoted(field, separator, every) for field in row) for row in [("text", "label"), *ROWS]]
    assert given(write(tmp_path, mark + "".join(line + end for line in lines), name)) == (USED, LEFT_OUT)


BACKSLASHES = [
    "D:\\tools\\new",
    "\\\\nas\\tools",
    "\\\\server\\share, public",
    "\\alpha \\\\ \\beta",
    "a \\\\",
    "\\n",
    "C:\\",
]


@pytest.mark.parametrize("separator", [",", ";", "|"])
@pytest.mark.parametrize("every", [False, True])
def test_paths_and_latex_in_csv_are_text(tmp_path: Path, separator: str, every: bool) -> None:
    lines = [f"{quoted(text, separator, every)}{separator}a\n" for text in BACKSLASHES]
    path = write(tmp_path, f"text{separator}label\n" + "".join(lines))
    assert given(path)[0] == [(text, "a") for text in BACKSLASHES]


def test_paths_and_latex_between_tabs_are_text_where_nothing_is_escaped(tmp_path: Path) -> None:
    path = write(tmp_path, "text\tlabel\n" + "".join(f"{text}\ta\n" for text in BACKSLASHES[:4]), "rows.tsv")
    assert given(path)[0] == [(text, "a") for text in BACKSLASHES[:4]]


@pytest.mark.parametrize(
    "text", ["D:\\\\new", "two\\nlines", "a\\tb", "D:\\temp\\new", "\\\\nas\\tools", "x \\\\ y", "\\\\"]
)
def test_backslashes_between_tabs_that_may_be_escapes_are_asked_about(tmp_path: Path, text: str) -> None:
    message = refusal(write(tmp_path, f"text\tlabel\nfirst\tb\n{text}\ta\n", "rows.tsv"))
    assert message.startswith(f", line 3: may be read in several ways. Received: {text!r} or ")
    assert "choose with --dialect: csv (" in message and "), escaped (backslash escapes such as \\t" in message


@pytest.mark.parametrize("text", ["D:\\\\tools", "x \\\\ y", "\\\\"])
def test_doubled_backslashes_between_commas_without_any_quoting_are_asked_about(tmp_path: Path, text: str) -> None:
    message = refusal(write(tmp_path, f"text,label\n{text},a\n"))
    assert message.startswith(f", line 2: may be read in several ways. Received: {text!r} or ")
    assert "choose with --dialect: csv (" in message and "), escaped (" in message


def test_the_null_of_databases_beside_paths_between_commas_is_asked_about(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, "text,label\nD:\\temp,a\nx,\\N\n"))
    assert message.startswith(", line 2: may be read in several ways. Received: 'D:\\\\temp' or 'D:\\temp'; choose ")
    assert given(write(tmp_path, "text,label\nD:\\\\temp,a\nx,\\N\n")) == ([("D:\\temp", "a")], {"empty label": 1})


def test_the_null_of_databases_alone_makes_no_spark_of_csv(tmp_path: Path) -> None:
    content = 'text,label\n"a \\\\ b, c",x\nd,\\N\n'
    assert "may be read in several ways" in refusal(write(tmp_path, content))
    assert given(write(tmp_path, content), reading=Reading(dialect="csv")) == (
        [("a \\\\ b, c", "x")],
        {"label '\\\\N'": 1},
    )


def test_a_doubled_backslash_within_a_path_is_an_escape_between_tabs(tmp_path: Path) -> None:
    assert given(write(tmp_path, "text\tlabel\nD:\\\\new\ta\none\\ntwo\tb\n", "rows.tsv"))[0] == [
        ("D:\\new", "a"),
        ("one\ntwo", "b"),
    ]


def test_null_is_a_whole_field(tmp_path: Path) -> None:
    path = write(tmp_path, "text\tlabel\n\\Nothing\ta\n", "rows.tsv")
    assert given(path)[0] == [("\\Nothing", "a")]


def test_unquoted_texts_with_quote_marks_are_read_as_they_are(tmp_path: Path) -> None:
    lines = ['"Great"\tpos', 'he said "hi" twice\tneg', '"Hello there\tpos', 'and bye"\tneg', '" \tneg', 'a "" b\tpos']
    path = write(tmp_path, "text\tlabel\n" + "".join(f"{line}\n" for line in lines), "rows.tsv")
    assert given(path) == ([tuple(line.split("\t")) for line in lines], {})


@pytest.mark.parametrize("lines", [['"Great"\tpos', "bad\tneg"], ['"Hello there\tpos', 'bye"\tneg']])
def test_quote_marks_between_tabs_that_may_be_quoting_are_asked_about(tmp_path: Path, lines: list[str]) -> None:
    path = write(tmp_path, "text\tlabel\n" + "".join(f"{line}\n" for line in lines), "rows.tsv")
    message = refusal(path)
    assert message.startswith(", line 2: may be read in several ways. Received: ")
    assert message.endswith(
        "choose with --dialect: csv (fields may be quoted, and quote marks in them are doubled), "
        "plain (quote marks and backslashes are text)"
    )
    assert given(path, reading=Reading(dialect="plain"))[0] == [tuple(line.split("\t")) for line in lines]


def test_a_table_of_one_column_may_have_quoted_line_ends(tmp_path: Path) -> None:
    path = write(tmp_path, 'text\n"two\nlines"\nnext\n', "rows.tsv")
    assert given(path, task=None)[0] == [("two\nlines", None), ("next", None)]


def test_nulls_without_any_escapes_leave_quote_marks_alone(tmp_path: Path) -> None:
    path = write(tmp_path, 'id\ttext\tlabel\n1\t"Great" film\ta\n2\t\\N\ta\n3\t"Whole"\tb\n', "rows.tsv")
    assert given(path) == ([('"Great" film', "a"), ('"Whole"', "b")], {"empty text": 1})


def test_a_long_file_of_spark_is_not_taken_for_csv_up_to_where_it_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bert_keras.data.tables.finding.SIZE", 1000)
    monkeypatch.setattr("bert_keras.data.tables.finding.LEAST", 1000)
    path = write(tmp_path, SPARK + b"".join(b'"row %d, D:\\\\new",good\n' % row for row in range(200)))
    assert given(path)[0][-1] == ("row 199, D:\\new", "good")


def test_the_files_of_one_name_have_one_style(tmp_path: Path) -> None:
    for name, text in (("1.csv", '"say \\"so\\""'), ("2.csv", '"say ""so"""')):
        write(tmp_path, f"text,label\n{text},a\n", name)
    with pytest.raises(ValueError, match="broken quoting"):
        given(str(tmp_path / "*.csv"))
    assert given([str(tmp_path / "1.csv"), str(tmp_path / "2.csv")])[0] == [('say "so"', "a"), ('say "so"', "a")]
