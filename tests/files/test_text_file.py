import os
import random
import tracemalloc
from pathlib import Path

import pytest
from data_files import read, refusal, texts, write

from bert_keras.data import Source
from bert_keras.errors import DataError
from bert_keras.files import TextFile

TEXT = 'text,label\r\n"café\n 語 \U0001f600",a\nb\u2028c\x85d\x0be\x1cf,b\n\n"\ufeff",c'


@pytest.fixture(params=[1, 2, 3, 7, 2**20])
def piece(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """So few bytes are read at a time that pieces end within characters, lines and byte order marks."""
    monkeypatch.setattr("bert_keras.files.text_file._PIECE", request.param)
    return request.param


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz", "rows.CSV.GZ"])
def test_lines_are_whole_wherever_a_piece_ends(tmp_path: Path, piece: int, name: str, mark: str) -> None:
    file = write(tmp_path, mark + TEXT, name if name != "rows.CSV.GZ" else "rows.csv.gz")
    file = os.rename(file, tmp_path / name) or str(tmp_path / name)
    lines = list(TextFile(file).lines())
    assert lines == [
        "text,label\r\n",
        '"café\n',
        ' 語 \U0001f600",a\n',
        "b\u2028c\x85d\x0be\x1cf,b\n",
        "\n",
        '"\ufeff",c',
    ]
    assert TextFile(file).kind == ".csv"


def test_bytes_that_are_not_utf_8_are_told_with_their_line(tmp_path: Path, piece: int) -> None:
    message = refusal(write(tmp_path, b'text,label\nfine,a\n"\xe8\xaa\x9e\n",a\ncaf\xe9,b\nmore,c\n'))
    assert message == ", line 5: not UTF-8. Received: byte 0xe9; save the file as UTF-8"


def test_a_character_that_the_end_of_the_file_cuts_is_told(tmp_path: Path, piece: int) -> None:
    assert refusal(write(tmp_path, b"text,label\na,b\nc,\xe8\xaa")).startswith(
        ", line 3: not UTF-8. Received: byte 0xe8"
    )


@pytest.mark.parametrize(("encoding", "mark"), [("utf-16", "ff fe"), ("utf-16-be", "fe ff")])
def test_utf_16_is_told_by_its_name(tmp_path: Path, encoding: str, mark: str) -> None:
    content = ("\ufeff" if encoding == "utf-16-be" else "") + "text,label\na,b\n"
    message = refusal(write(tmp_path, content.encode(encoding)))
    assert message == f", line 1: UTF-16. Received: bytes {mark}; save the file as UTF-8"


def test_gzipped_files_are_read_as_if_they_were_not(tmp_path: Path) -> None:
    rows = "".join(f"text number {row}\t{row % 3}\n" for row in range(20_000))
    plain, gzipped = (write(tmp_path, f"text\tlabel\n{rows}", name) for name in ("rows.tsv", "rows.tsv.gz"))
    assert [(row.line, row.text) for row in read(gzipped)] == [(row.line, row.text) for row in read(plain)]
    assert texts(write(tmp_path, '{"text": "a"}\n', "rows.jsonl.gz")) == ["a"]


def test_a_gzip_file_that_breaks_off_is_told_with_the_line_it_got_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bert_keras.files.text_file._PIECE", 1000)
    noise = random.Random(1)
    path = Path(write(tmp_path, "text,label\n" + "".join(f"{noise.random()},a\n" for _ in range(5000)), "rows.csv.gz"))
    path.write_bytes(path.read_bytes()[:-20_000])
    message = refusal(str(path))
    line = int(message.removeprefix(", line ").split(":")[0])
    assert 2000 < line < 5000
    assert "a broken gzip file (Compressed file ended" in message


def test_what_is_no_gzip_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_text("text,label\na,b\n")
    assert refusal(str(path)).startswith(", line 1: a broken gzip file (Not a gzipped file")
    path.write_bytes(b"")
    assert refusal(str(path)).startswith(": the file is empty")


def test_folders_and_missing_files_are_told_apart(tmp_path: Path) -> None:
    assert refusal(str(tmp_path)) == ": no files to read in this folder. Received: none"
    with pytest.raises(DataError, match=r": a folder; name a file in it, or all of a kind with '"):
        TextFile(tmp_path)
    assert refusal(str(tmp_path / "none.csv")) == ": cannot be read (No such file or directory)"
    below = write(tmp_path, "text,label\n") + "/rows.csv"
    assert refusal(below) == ": cannot be read (Not a directory)"
    assert refusal("nul\0.csv") == ": cannot be read (embedded null byte)"


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_a_file_without_line_ends_is_not_taken_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("bert_keras.files.text_file.LONGEST_LINE", 100)
    monkeypatch.setattr("bert_keras.data.tables.record_bytes.LONGEST_LINE", 100)
    monkeypatch.setattr("bert_keras.files.text_file._PIECE", 64)
    message = refusal(write(tmp_path, "text,label\n" * (name == "rows.csv") + "x" * 1000, name))
    assert message.endswith("no end of line in 100 characters; end rows with a line feed")


def test_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "rows.tsv"
    with path.open("w") as file:
        file.write("text\n")
        file.writelines("many words in a row " * 500 + "\n" for _ in range(6400))  # 64 MB
    tracemalloc.start()
    try:
        assert sum(1 for _ in Source(str(path))) == 6400
        assert tracemalloc.get_traced_memory()[1] < 32 * 2**20
    finally:
        tracemalloc.stop()


def test_content_decides_about_the_hash_and_the_name_only_by_its_ending(tmp_path: Path) -> None:
    same = [TextFile(write(tmp_path, "a,b\n", name)).content_hash() for name in ("a.csv", "b.csv", "b.CSV")]
    assert len(set(same)) == 1
    assert TextFile(write(tmp_path, "a,c\n", "c.csv")).content_hash() not in same
    assert TextFile(write(tmp_path, "a,b\n", "a.tsv")).content_hash() not in same


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file whose first bytes cannot be read")
def test_an_error_while_reading_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^/proc/self/mem: cannot be read \(Input/output error\)$"):
        list(TextFile("/proc/self/mem").lines())


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-be"])
def test_text_of_several_bytes_a_character_is_refused_without_a_byte_order_mark_too(
    tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "rows.txt"
    path.write_bytes("the film was good\n".encode(encoding))
    with pytest.raises(DataError, match="line 1: UTF-16 or UTF-32 without a byte order mark, or no text"):
        TextFile(path).text()
    path.write_bytes(b"the \0 film was good\n")  # of UTF-8 it is a character like others
    assert TextFile(path).text() == "the \0 film was good\n"
