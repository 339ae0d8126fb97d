import json
import os
from pathlib import Path

import numpy as np
import pytest
from counting_encoder import CountingEncoder
from small_disk import files_of_at_most

from bert_keras.errors import DataError, InputError
from bert_keras.files import folder_lock
from bert_keras.retrieval import DocumentIndex, IndexUpdate, changes, index as index_module
from bert_keras.retrieval.documents.document import Document
from bert_keras.retrieval.stored import read_stored

TEXTS = ["The film\n\nThe film was good.", "The play was not good.", "# Café\n\nA café, not a film."]
TEXTS += ["Un café was bad.", "A b c d e."]


def made(folder: Path, documents: Path, encoder: CountingEncoder) -> DocumentIndex:
    index = DocumentIndex(folder, encoder)
    index.update(documents)
    index.embed()
    return index


def touch_later(path: Path) -> None:
    """Sets the modification time of a file to another one, whatever the clock's resolution."""
    os.utime(path, ns=(path.stat().st_mtime_ns + 10**9,) * 2)


def texts_of(index: DocumentIndex) -> list[str]:
    stored = read_stored(index.folder)
    assert stored is not None
    return [stored.text(number) for number in range(len(stored))]


def test_paragraphs_are_found_with_their_places(documents: Path, encoder: CountingEncoder, tmp_path: Path) -> None:
    index = DocumentIndex(tmp_path / "index", encoder)
    done: list[tuple[int, int]] = []
    assert index.update(documents, lambda *count: done.append(count)) == IndexUpdate(3, 5, 3, 0, (), 0)
    assert done == [(1, 3), (2, 3), (3, 3)]
    assert texts_of(index) == TEXTS
    assert [Path(file.name).name for file in index.files] == ["a.txt", "b.md", "c.html"]
    best, *_ = index.search("Was the PLAY good?", by="words")
    assert (Path(best.file).name, best.text, best.page, best.line) == ("a.txt", TEXTS[1], None, 5)
    assert (documents / "a.txt").read_text(encoding="utf-8")[best.start : best.end] == best.text
    cafes = index.search("cafe", by="words")
    assert {Path(one.file).name for one in cafes} == {"b.md", "c.html"}
    assert {one.line for one in cafes} == {1, None}
    assert index.search("東京", by="words") == []


def test_vectors_find_what_is_nearest(documents: Path, encoder: CountingEncoder, tmp_path: Path) -> None:
    index = DocumentIndex(tmp_path / "index", encoder)
    index.update(documents)
    assert index.search("good", by="vectors") == []
    assert (index.embed(), index.embedded, encoder.encoded) == (0, 5, TEXTS)
    found = index.search(TEXTS[3], 2, by="vectors")
    assert (found[0].text, found[0].score) == (TEXTS[3], pytest.approx(1.0))
    expected = encoder.encode(TEXTS) @ encoder.encode_question("good")
    scores = {one.text: one.score for one in index.search("good", by="vectors")}
    assert scores == {text: pytest.approx(float(value), abs=1e-5) for text, value in zip(TEXTS, expected, strict=True)}
    assert {one.text for one in index.search("東京 good")} == set(TEXTS)


def test_an_opened_index_finds_the_same(documents: Path, encoder: CountingEncoder, tmp_path: Path) -> None:
    index = made(tmp_path / "index", documents, encoder)
    again = DocumentIndex(tmp_path / "index", encoder)
    assert (len(again), again.embedded, again.files) == (5, 5, index.files)
    for by in ("words", "vectors", "both"):
        assert again.search("Was a café bad?", by=by) == index.search("Was a café bad?", by=by)  # type: ignore[arg-type]


def test_nothing_is_written_where_nothing_has_changed(
    documents: Path, encoder: CountingEncoder, tmp_path: Path
) -> None:
    index = made(tmp_path / "index", documents, encoder)
    (documents / "broken.pdf").write_text("no PDF")
    before = (tmp_path / "index" / "index.json").stat().st_mtime_ns, sorted(os.listdir(tmp_path / "index"))
    encoder.encoded.clear()
    with folder_lock(tmp_path / "index", "held", "wait"):
        update = index.update(documents)
        assert index.embed() == 0
    assert (update.documents, update.read, encoder.encoded) == (3, 0, [])
    assert [line.partition(": ")[2][:13] for line in update.failed] == ["a damaged PDF"]
    assert before == ((tmp_path / "index" / "index.json").stat().st_mtime_ns, sorted(os.listdir(tmp_path / "index")))


def test_only_what_has_changed_is_read_and_embedded_again(
    documents: Path, encoder: CountingEncoder, tmp_path: Path
) -> None:
    index = made(tmp_path / "index", documents, encoder)
    kept = {text: index.search(text, 1, by="vectors")[0].score for text in TEXTS}
    encoder.encoded.clear()
    (documents / "a.txt").rename(documents / "z.txt")  # the same bytes under another name
    touch_later(documents / "b.md")  # the same bytes at another time
    (documents / "more" / "c.html").write_text("<p>New was bad.", encoding="utf-8")
    touch_later(documents / "more" / "c.html")
    (documents / "d.txt").write_text("A new film.", encoding="utf-8")
    assert index.update(documents) == IndexUpdate(4, 5, 2, 1, (), 0)
    assert index.embedded == 3
    new = ["A new film.", "New was bad."]
    assert texts_of(index) == [TEXTS[2], new[0], *TEXTS[:2], new[1]]
    assert {one.text for one in index.search("bad new")} >= set(new)  # by their words as yet
    assert index.embed() == 0
    assert encoder.encoded == new
    for text in [*TEXTS[:3], *new]:
        best = index.search(text, 1, by="vectors")[0]
        assert (best.text, best.score) == (text, pytest.approx(kept.get(text, 1.0), abs=1e-5))
    fresh = made(tmp_path / "fresh", documents, encoder)
    assert [one.text for one in fresh.search("new café film")] == [one.text for one in index.search("new café film")]


def test_an_index_without_documents_stays_as_it_is(documents: Path, encoder: CountingEncoder, tmp_path: Path) -> None:
    index = made(tmp_path / "index", documents, encoder)
    update = index.update([tmp_path / "nowhere", tmp_path / "no*"])
    assert (update.documents, update.paragraphs, len(update.failed)) == (0, 0, 2)
    assert (len(index), index.embedded) == (5, 5)
    assert index.update(documents).read == 0


def test_documents_that_cannot_be_read_are_counted_and_the_others_found(
    documents: Path, encoder: CountingEncoder, tmp_path: Path
) -> None:
    (documents / "latin.txt").write_bytes(b"caf\xe9 was good")
    (documents / "empty.md").write_bytes(b"")
    (documents / "gone.txt").symlink_to("nowhere")
    (documents / "table.csv").write_text("a")
    update = DocumentIndex(tmp_path / "index", encoder).update(documents)
    assert (update.documents, update.paragraphs, update.others) == (3, 5, 1)
    assert sorted(Path(line.partition(": ")[0].partition(",")[0]).name for line in update.failed) == [
        "empty.md",
        "gone.txt",
        "latin.txt",
    ]
    assert all("\n" not in line for line in update.failed)


def test_embedding_can_be_cut_short_and_goes_on(documents: Path, encoder: CountingEncoder, tmp_path: Path) -> None:
    index = DocumentIndex(tmp_path / "index", encoder)
    index.update(documents)
    assert (index.embed(seconds=0), encoder.encoded) == (5, [])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_module, "_CHUNK", 2)
        patch.setattr(index_module, "_SECONDS_A_COMMIT", 0.0)

        def stop(done: int, total: int) -> None:
            if done == 4:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            index.embed(stop)
    again = DocumentIndex(tmp_path / "index", encoder)
    assert again.embedded == 2
    assert again.embed() == 0
    assert encoder.encoded == [*TEXTS[:4], *TEXTS[2:]]


def test_paragraphs_without_vectors_are_ranked_by_their_words_among_those_with(
    documents: Path, encoder: CountingEncoder, tmp_path: Path
) -> None:
    index = made(tmp_path / "index", documents, encoder)
    (documents / "d.txt").write_text("un play un play", encoding="utf-8")
    index.update(documents)
    assert index.search("un play", 1)[0].text == "un play un play"


def test_a_killed_writer_leaves_the_index_as_it_was(documents: Path, encoder: CountingEncoder, tmp_path: Path) -> None:
    index = made(tmp_path / "index", documents, encoder)
    before = texts_of(index)
    (documents / "d.txt").write_text("A new film.", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(index_module, "write_description", killed)
        with pytest.raises(KeyboardInterrupt):
            index.update(documents)
    again = DocumentIndex(tmp_path / "index", encoder)
    assert (texts_of(again), again.embedded) == (before, 5)
    assert len(os.listdir(tmp_path / "index")) == 6  # the description, the lock, and two generations of arrays
    assert again.update(documents).read == 1
    assert len(os.listdir(tmp_path / "index")) == 4


def test_two_processes_do_not_write_at_once(documents: Path, encoder: CountingEncoder, tmp_path: Path) -> None:
    index = DocumentIndex(tmp_path / "index", encoder)
    with (
        folder_lock(tmp_path / "index", "held", "wait"),
        pytest.raises(InputError, match=f"another process writes to this index.*its process id, {os.getpid()}"),
    ):
        index.update(documents)
    assert index.update(documents).documents == 3


def test_what_another_process_has_written_is_taken_over(
    documents: Path, encoder: CountingEncoder, tmp_path: Path
) -> None:
    index, other = DocumentIndex(tmp_path / "index", encoder), DocumentIndex(tmp_path / "index", encoder)
    other.update(documents)
    other.embed()
    encoder.encoded.clear()
    assert index.update(documents).documents == 3
    assert (len(index), index.embedded, index.embed(), encoder.encoded) == (5, 5, 0, [])


def test_another_model_has_other_vectors_and_other_rules_other_paragraphs(
    documents: Path, encoder: CountingEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path / "index", documents, encoder)
    monkeypatch.setitem(encoder.__dict__, "fingerprint", "another model")
    index = DocumentIndex(tmp_path / "index", encoder)
    assert (len(index), index.embedded) == (5, 0)
    monkeypatch.setitem(index_module.RULES, "version", 0)
    assert len(DocumentIndex(tmp_path / "index", encoder)) == 0


def test_a_folder_of_something_else_is_refused(documents: Path, encoder: CountingEncoder) -> None:
    with pytest.raises(InputError, match="not an index, and not empty; name a new folder"):
        DocumentIndex(documents, encoder)
    with pytest.raises(InputError, match="not an index"):
        DocumentIndex(documents / "a.txt", encoder)


@pytest.mark.parametrize("broken", ["description", "array", "missing", "empty", "pickle", "outside", "bounds"])
def test_a_damaged_index_is_told_in_a_line(
    broken: str, documents: Path, encoder: CountingEncoder, tmp_path: Path
) -> None:
    folder = made(tmp_path / "index", documents, encoder).folder
    (texts,) = folder.glob("text-*")
    if broken == "description":
        (folder / "index.json").write_text('{"format": 1')
    elif broken == "outside":
        described = json.loads((folder / "index.json").read_text())
        described["folders"]["texts"] = "text-/../../docs"
        (folder / "index.json").write_text(json.dumps(described))
    elif broken == "missing":
        (texts / "bounds.npy").unlink()
    elif broken == "empty":  # as a power cut leaves a file
        (texts / "words.npy").write_bytes(b"")
    elif broken == "array":
        content = (texts / "places.npy").read_bytes()
        (texts / "places.npy").write_bytes(content[:-8])
    elif broken == "pickle":
        np.save(texts / "counts.npy", np.array([{}] * 5, object), allow_pickle=True)
    else:
        np.save(texts / "counts.npy", np.zeros(4, np.int64))
    with pytest.raises(DataError, match="a damaged index .*; delete the folder, and it is made anew"):
        DocumentIndex(folder, encoder)


@pytest.mark.parametrize(("question", "count"), [("", 1), (" \n", 1), (3, 1), ("good", 0)])
def test_what_asks_nothing_is_refused(question: object, count: int, encoder: CountingEncoder, tmp_path: Path) -> None:
    index = DocumentIndex(tmp_path / "index", encoder)
    with pytest.raises(InputError, match="Received: "):
        index.search(question, count)  # type: ignore[arg-type]
    assert index.search("good") == []


def test_other_bytes_of_the_same_size_and_time_are_read_anew(
    documents: Path, encoder: CountingEncoder, tmp_path: Path
) -> None:
    index = made(tmp_path / "index", documents, encoder)
    path = documents / "a.txt"
    before = path.stat()
    path.write_text(path.read_text(encoding="utf-8").replace("play was not", "film was the"), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert index.update(documents).read == 1
    assert texts_of(index)[1] == "The film was the good."


def test_a_document_that_changes_while_it_is_read_is_read_again(
    documents: Path, encoder: CountingEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, contents = changes.read_document, ["The second film was good."]

    def changed_meanwhile(path: Path, name: str) -> Document:
        document = read(path, name)
        if path.name == "a.txt" and contents:
            path.write_text(contents.pop(), encoding="utf-8")
        return document

    monkeypatch.setattr(changes, "read_document", changed_meanwhile)
    index = DocumentIndex(tmp_path / "index", encoder)
    assert index.update(documents).failed == ()
    assert texts_of(index)[0] == "The second film was good."
    contents += [f"The {number} film." for number in range(5)]
    (documents / "a.txt").write_text("The third film.", encoding="utf-8")
    assert [line.rpartition("/")[2] for line in index.update(documents).failed] == [
        "a.txt: changes while it is read; ask again once it is whole"
    ]


def test_the_name_says_how_the_same_bytes_are_read(documents: Path, encoder: CountingEncoder, tmp_path: Path) -> None:
    index = DocumentIndex(tmp_path / "index", encoder)
    content = "A short line\n\n<p>was good."
    (documents / "d.txt").write_text(content, encoding="utf-8")
    index.update([str(documents / "d.txt")])
    assert texts_of(index) == [content]
    (documents / "d.txt").rename(documents / "d.html")
    assert index.update([str(documents / "d.html")]).read == 1
    assert texts_of(index) == ["A short line", "was good."]


def test_documents_of_an_index_that_cannot_be_written_may_be_named_otherwise(
    documents: Path, encoder: CountingEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = made(tmp_path / "index", documents, encoder)
    monkeypatch.chdir(documents)
    with folder_lock(tmp_path / "index", "held", "wait"):
        assert index.update(".").read == 0
    assert [file.name for file in index.files] == ["./a.txt", "./b.md", "./more/c.html"]
    assert index.search("play good", 1, by="words")[0].file == "./a.txt"


def test_a_full_disk_leaves_the_index_as_it_was(documents: Path, encoder: CountingEncoder, tmp_path: Path) -> None:
    index = made(tmp_path / "index", documents, encoder)
    before = sorted(os.listdir(index.folder))
    (documents / "d.txt").write_text("A new film.", encoding="utf-8")
    with files_of_at_most(100), pytest.raises(OSError, match="File too large") as told:
        index.update(documents)
    assert str(told.value.filename).startswith(str(index.folder))
    assert sorted(os.listdir(index.folder)) == before
    assert texts_of(DocumentIndex(index.folder, encoder)) == TEXTS


def test_folders_of_others_are_neither_taken_for_an_index_nor_deleted(
    documents: Path, encoder: CountingEncoder, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    (notes / "text-2024").mkdir(parents=True)
    (notes / "text-2024" / "mine.txt").touch()
    with pytest.raises(InputError, match="not an index, and not empty; name a new folder. Received: text-2024"):
        DocumentIndex(notes, encoder)
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.json").write_text('{"format": 2, "pages": []}', encoding="utf-8")
    with pytest.raises(InputError, match="not an index, and not empty; name a new folder. Received: index.json"):
        DocumentIndex(site, encoder)
    index = made(tmp_path / "index", documents, encoder)
    (notes / "text-2024").rename(index.folder / "text-2024")
    (documents / "d.txt").write_text("A new film.", encoding="utf-8")
    assert index.update(documents).read == 1
    assert (index.folder / "text-2024" / "mine.txt").exists()
