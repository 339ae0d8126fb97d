import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from programs import call

from bert_keras.models import TextEncoder

TEXTS = ["the film was good", "[/] :smile: a", "the film was good", "un café, not bad", ""]


@pytest.fixture
def folder(tmp_path: Path, encoder_folder: Path) -> Path:
    """A folder with a model and a table."""
    (tmp_path / "encoder").symlink_to(encoder_folder)
    lines = ["id\ttext", *(f"{number}\t{text}" for number, text in enumerate(TEXTS))]
    (tmp_path / "texts.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def vectors(encoder_folder: Path) -> np.ndarray:
    return TextEncoder.from_preset(str(encoder_folder), dtype="float32").encode(TEXTS)


def embed(folder: Path, *flags: object, stdin: bytes = b"") -> Any:
    return call("embed", "--model", "encoder", *flags, cwd=folder, stdin=stdin)


@pytest.mark.parametrize("output", ["out.npy", "out.jsonl", "out.parquet"])
def test_files_hold_the_vectors_of_the_library_in_order(folder: Path, vectors: np.ndarray, output: str) -> None:
    ended = embed(folder, "--input", "texts.tsv", "--output", output)
    assert (ended.status, ended.out) == (0, ""), ended.err
    assert ended.err == f"texts.tsv: reads text 'text'\n5 vectors of {vectors.shape[1]} numbers: {output}\n"
    path, texts = folder / output, TEXTS
    if output.endswith(".npy"):
        found = np.load(path, mmap_mode="r", allow_pickle=False)
        assert found.dtype == np.float32
    elif output.endswith(".jsonl"):
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        found, texts = np.array([line["vector"] for line in lines]), [line["text"] for line in lines]
    else:
        table = pq.read_table(path)
        found, texts = np.stack(table["vector"].to_numpy()), table["text"].to_pylist()
    assert texts == TEXTS
    np.testing.assert_allclose(found, vectors, atol=1e-6)


def test_a_stream_gets_a_line_for_each_of_its_lines(folder: Path, vectors: np.ndarray) -> None:
    ended = embed(folder, "--output", "-", stdin="\n".join(TEXTS[:4]).encode())
    assert ended.status == 0, ended.err
    lines = [json.loads(line) for line in ended.out.splitlines()]
    assert [line["text"] for line in lines] == TEXTS[:4]
    np.testing.assert_allclose([line["vector"] for line in lines], vectors[:4], atol=1e-6)


def test_a_query_shows_the_nearest_rows_and_texts_are_no_markup(folder: Path) -> None:
    ended = embed(folder, "--input", "texts.tsv", "--query", "the film was good", "[/] :smile: a", "--top", 2)
    assert ended.status == 0, ended.err
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in ended.out.splitlines() if "│" in line]
    assert rows[:2] == [["1.000", "1", TEXTS[0]], ["1.000", "3", TEXTS[2]]]
    assert rows[2] == ["1.000", "2", TEXTS[1]]
    assert len(rows) == 4


def test_vectors_that_were_written_are_searched_without_their_texts_or_with_them(folder: Path) -> None:
    assert embed(folder, "--input", "texts.tsv", "--output", "out.npy").status == 0
    asked = ("--vectors", "out.npy", "--query", "the film was good", "--top", 2)
    ended = embed(folder, *asked)
    assert ended.status == 0, ended.err
    assert "out.npy: 5 vectors of 8 numbers\n" in ended.err
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in ended.out.splitlines() if "│" in line]
    assert rows == [["1.000", "1"], ["1.000", "3"]]
    ended = embed(folder, *asked, "--input", "texts.tsv")
    assert ended.status == 0, ended.err
    assert ended.out.count(TEXTS[0]) == 3  # the query, and both rows
    assert "warning" not in ended.err
    (folder / "others.txt").write_text("\n".join(reversed(TEXTS)) + "\n", encoding="utf-8")
    assert "the vectors are of another model or other texts" in embed(folder, *asked, "--input", "others.txt").err
    (folder / "fewer.txt").write_text("the film was good\n", encoding="utf-8")
    ended = embed(folder, *asked, "--input", "fewer.txt")
    assert ended.status == 2
    assert "name the file that was embedded. Received: 1 texts, 5 vectors" in ended.err


def test_clusters_are_shown_and_written_as_a_page(folder: Path) -> None:
    ended = embed(folder, "--input", "texts.tsv", "--clusters", 2, "--page", "clusters.html")
    assert ended.status == 0, ended.err
    assert "page    clusters.html" in ended.out
    page = (folder / "clusters.html").read_text(encoding="utf-8")
    assert "5 rows in 2 clusters" in page and "un café, not bad" in page and "(empty)" in page


def test_near_duplicates_are_counted_and_shown(folder: Path) -> None:
    ended = embed(folder, "--input", "texts.tsv", "--duplicates", 0.9999)
    assert ended.status == 0, ended.err
    assert "1 of 10 pairs have a cosine of 0.9999 or more" in ended.out
    assert ended.out.count(TEXTS[0]) == 2


def test_vectors_are_written_for_the_projector(folder: Path) -> None:
    ended = embed(folder, "--input", "texts.tsv", "--projector", "logs/vectors")
    assert ended.status == 0, ended.err
    assert "tensorboard --logdir logs/vectors" in ended.out
    tables = [path.read_text(encoding="utf-8") for path in (folder / "logs").rglob("*.tsv")]
    assert len(tables) == 1 and all(text in tables[0] for text in TEXTS[:4])


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ((), "nothing would be done with the vectors; name an --output, a --query, --duplicates 0.95, "),
        (("--output", "out.csv"), "--output ends in .npy, .jsonl, .parquet, or is -. Received: out.csv"),
        (("--duplicates", "2"), "--duplicates is a cosine, from -1 to 1. Received: 2.0"),
        (("--clusters", "1"), "--clusters is a number from 2, or auto. Received: 1"),
        (("--clusters", "auto", "--page", "out.txt"), "--page ends in .html. Received: out.txt"),
        (("--query", "a", "--page", "out.html"), "--page shows clusters; add --clusters auto. Received: out.html"),
        (("--vectors", "texts.tsv"), "--vectors are searched by --query, and nothing else"),
        (("--vectors", "texts.tsv", "--query", "a"), "texts.tsv: cannot be read as vectors: it is no .npy file"),
        (("--query", " "), "--query needs a text. Received: a blank one"),
        (("--query", "a", "--top", "0"), "--top must be 1 or above. Received: 0"),
        (("--output", "out.npy", "--prompt", "query"), "prompt_name must be one of none. Received: 'query'"),
        (("--output", "out.npy", "--text_column", "words"), "no column 'words'"),
        (("--output", "out.npy", "--input", "empty.txt"), "empty.txt: there is no text to embed. Received: no rows"),
    ],
)
def test_mistakes_are_told_in_a_line_and_leave_nothing(folder: Path, flags: tuple[str, ...], message: str) -> None:
    (folder / "empty.txt").touch()
    before = sorted(path.name for path in folder.iterdir())
    ended = embed(folder, *(() if "--input" in flags else ("--input", "texts.tsv")), *flags)
    assert ended.status == 2
    assert message in ended.err
    assert "Traceback" not in ended.err
    assert sorted(path.name for path in folder.iterdir()) == before
