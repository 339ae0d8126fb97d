import errno
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from programs import call

from bert_keras import SpanExtractor, retrieval
from bert_keras.retrieval import AnswerCandidate, AnswerPlace, DocumentAnswer
from pipelines.answer_over.preparing import index_name
from pipelines.answer_over.shown import answer_lines
from pipelines.console.consoles import console

_LONG = " ".join(["The film was good, and the play was not bad,"] * 12)


@pytest.fixture
def folder(tmp_path: Path, reader: Path, encoder_folder: Path) -> Path:
    """A folder with documents, a reader, and a model for vectors."""
    (tmp_path / "reader").symlink_to(reader)
    (tmp_path / "encoder").symlink_to(encoder_folder)
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text(f"The film\n\nThe film was good.\n\n{_LONG}.\n", encoding="utf-8")
    (docs / "b.md").write_text("# [bold]Café[/]\n\nA café :smile: \x1b[31m, not a film.\n", encoding="utf-8")
    return tmp_path


def ask(folder: Path, *flags: object, stdin: bytes = b"", documents: Sequence[str] = ("docs",)) -> Any:
    models = ("--model", "reader", "--encoder", "encoder")
    return call("answer-over", *documents, *models, *flags, cwd=folder, stdin=stdin)


@pytest.fixture
def width() -> Iterator[None]:
    """Sets the width of the console back."""
    yield
    console._width = None


def test_answers_are_those_of_the_library_and_name_their_places(folder: Path) -> None:
    flags = ("--question", "what was good ?", "a film", "--null_threshold", "100", "--output", "said.jsonl")
    ended = ask(folder, *flags)
    assert (ended.status, ended.out) == (0, ""), ended.err
    (index_folder,) = (folder / "runs" / "indexes").iterdir()
    name = f"runs/indexes/{index_folder.name}"
    assert ended.err == f"{name}: 2 documents, 3 paragraphs, 2 read anew\n"
    assert index_folder.name.startswith("docs-")
    index = retrieval.DocumentIndex(index_folder, retrieval.ParagraphEncoder(str(folder / "encoder")))
    assert index.embedded == 3
    reader = SpanExtractor.from_preset(str(folder / "reader"), dtype="float32")
    expected = retrieval.DocumentAnswerer(index, reader, null_threshold=100).answer_stream(
        ["what was good ?", "a film"]
    )
    lines = [json.loads(line) for line in (folder / "said.jsonl").read_text(encoding="utf-8").splitlines()]
    for line, answer in zip(lines, expected, strict=True):
        assert list(line) == ["question", "answer", "score", "null_odds", "places", "candidates"]
        assert (line["question"], line["answer"]) == (answer.question, answer.text)
        assert line["score"] == pytest.approx(answer.score, abs=1e-4)
        assert [place["start"] for place in line["places"]] == [place.start for place in answer.places]
        for place in line["places"]:
            content = (folder / place["file"]).read_text(encoding="utf-8")
            assert content[place["start"] : place["end"]].lower() == line["answer"].lower()


def test_answers_are_shown_no_wider_than_the_terminal(folder: Path, width: None) -> None:
    console.width = 60
    flags = ("--retrieve", "words", "--null_threshold", "100", "--question", "what was not good ? " * 6)
    ended = ask(folder, *flags)
    assert ended.status == 0
    lines = ended.out.splitlines()
    assert max(map(len, lines)) <= 60
    assert lines[0].startswith("what was not good ?")
    assert any("docs/a.txt, line " in line or "docs/b.md, line " in line for line in lines)
    assert "**" in ended.out  # what is bold on a terminal
    assert "runs/indexes/docs-" in ended.err


def shown(answer: DocumentAnswer, columns: int = 60) -> list[str]:
    console.width = columns
    return [line.plain for line in answer_lines(answer, asked_aloud=False)]


def place(text: str, answer: str, file: str = "a.txt", page: int | None = None, line: int | None = 3) -> AnswerPlace:
    start = text.index(answer)
    return AnswerPlace(file, page, line, 100 + start, 100 + start + len(answer), text, 100)


def found(answer: str, *places: AnswerPlace, score: float = 0.874) -> DocumentAnswer:
    candidate = AnswerCandidate(answer, score, places)
    return DocumentAnswer("Who built it?", answer, score, -3.0, places, (candidate,))


def test_an_answer_has_its_sentence_and_all_its_places(width: None) -> None:
    first = place("It was built by\n  Anna  Seda in 1790.", "Anna  Seda")
    others = [place("Anna  Seda", "Anna  Seda", f"{name}.pdf", 2, None) for name in "bcde"]
    assert shown(found("Anna  Seda", first, *others)) == [
        "Who built it?",
        "  Anna  Seda (87%)",
        "    It was built by **Anna Seda** in 1790.",
        "    a.txt, line 3",
        "    also b.pdf, page 2",
        "    also c.pdf, page 2",
        "    and 2 more places",
        "",
    ]


@pytest.mark.parametrize("columns", [60, 80])
def test_no_line_is_wider_than_the_terminal(columns: int, width: None) -> None:
    long = place("word " * 30 + "Seda" + " word" * 30, "Seda", f"{'deep/' * 30}a.txt")
    lines = shown(found("Seda", long), columns)
    assert columns - 20 < max(map(len, lines)) <= columns


def test_of_a_long_sentence_only_what_is_around_the_answer_is_shown(width: None) -> None:
    lines = shown(found("Seda", place("before " * 60 + "Seda" + " after" * 60, "Seda")), 80)
    sentence = " ".join(line.strip() for line in lines[2:-2])
    assert sentence.startswith("… before before") and sentence.endswith("after after …")
    assert "before **Seda** after" in sentence
    assert len(sentence) < 350


def test_no_answer_is_said_with_the_best_guess(width: None) -> None:
    guess = AnswerCandidate("Seda", 0.002, (place("By Seda.", "Seda"),))
    answer = DocumentAnswer("Who built it?", "", 0.998, 6.0, (), (guess,))
    assert shown(answer) == ["Who built it?", "  no answer (>99%)", "  perhaps Seda (<1%)", "  a.txt, line 3", ""]
    assert shown(DocumentAnswer("Who?", "", 1.0, 1e4, (), ())) == ["Who?", "  no answer (>99%)", ""]


def test_text_of_documents_steers_no_terminal_and_is_no_markup(width: None) -> None:
    odd = "[bold]a[/] :smile: \x1b[31mred \udcff"
    lines = shown(found(odd, place(f"{odd}.", odd, "[red]\x1b.txt")))
    assert lines[1] == r"  [bold]a[/] :smile:  [31mred \udcff (87%)"
    assert lines[3] == "    [red] .txt, line 3"


def test_questions_come_from_a_file_with_their_ids(folder: Path) -> None:
    rows = [{"id": 7, "question": "a film"}, {"question": "what was good ?", "context": "not read"}]
    (folder / "asked.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "asked.txt").write_text("a film\n\nwhat was good ?\n", encoding="utf-8")
    said = []
    for name in ("asked.jsonl", "asked.txt"):
        ended = ask(folder, "--retrieve", "words", "--questions", name, "--output", "-")
        said.append([json.loads(line) for line in ended.out.splitlines()])
    assert [line.pop("id", None) for line in said[0]] == [7, None]
    assert said[0] == said[1]


def test_piped_questions_are_answered_line_by_line(folder: Path) -> None:
    ended = ask(folder, "--retrieve", "words", "--output", "-", stdin="a film\n \nwas a café good\n".encode())
    assert [json.loads(line)["question"] for line in ended.out.splitlines()] == ["a film", "was a café good"]


def test_who_sits_at_a_terminal_is_asked_until_the_end_of_input(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["a film", "  "])

    def read(prompt: str) -> str:
        assert prompt == "question> "
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", read)
    monkeypatch.setattr("pipelines.answer_over.asked._is_terminal", lambda: True)
    ended = ask(folder, "--retrieve", "words")
    assert ended.status == 0, ended.err
    assert ended.out.startswith("  ") and ended.out.endswith("\n\n\n")  # the question stands on the screen already


def test_documents_that_cannot_be_read_are_told_and_counted(folder: Path) -> None:
    (folder / "docs" / "latin.txt").write_bytes(b"caf\xe9")
    (folder / "docs" / "broken.pdf").write_bytes(b"%PDF-1.4")
    (folder / "docs" / "table.csv").write_bytes(b"a,b")
    flags = ("--retrieve", "words", "--question", "a film", "--index", "index")
    ended = ask(folder, *flags, documents=["docs", "nowhere"])
    warnings = [line for line in ended.err.splitlines() if line.startswith("warning: ")]
    assert [line.partition(": ")[2].partition(":")[0] for line in warnings] == [
        "nowhere",
        "docs/broken.pdf",
        "docs/latin.txt, line 1",
    ]
    assert ended.err.splitlines()[-1] == (
        "index: 2 documents, 3 paragraphs, 2 read anew, 3 cannot be read, 1 file of other formats passed over"
    )
    assert ended.status == 0


@pytest.mark.parametrize("content", [None, b"", b"caf\xe9"])
def test_where_no_document_can_be_read_one_line_says_so(content: bytes | None, folder: Path) -> None:
    empty = folder / "empty"
    empty.mkdir()
    if content is not None:
        (empty / "a.txt").write_bytes(content)
    (empty / "b.csv").write_bytes(b"a")
    ended = ask(folder, "--question", "a film", documents=["empty"])
    *warnings, error = ended.err.splitlines()
    assert (ended.status, ended.out, len(warnings)) == (2, "", content is not None)
    assert error.startswith("error: empty: no document that can be read, and 1 file of other formats; name text")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--question", " "), "--question must be a text that asks something. Received: ' '"),
        (("--questions", "empty.txt"), "empty.txt: no question in it; write one per line"),
        (("--questions", "bad.jsonl"), "bad.jsonl, line 1: the question must be a text. Received: 3"),
        (("--question", "a", "--questions", "empty.txt"), "two ways to ask; leave one of them out"),
        (("--question", "a", "--paragraphs", "0"), "--paragraphs must be 1 or above. Received: 0"),
        (("--question", "a", "--embed_seconds", "-1"), "--embed_seconds must be 0 or above. Received: -1.0"),
        (("--question", "a", "--index", "docs"), "docs: --index is the folder of the documents; name another one"),
        (("--question", "a", "--index", "other"), "other: not an index, and not empty; name a new folder"),
        (("--question", "a", "--encoder", "reader"), "reader"),
        (("--question", "a", "--model", "encoder"), "encoder"),
    ],
)
def test_a_mistake_is_told_in_a_line(flags: tuple[str, ...], message: str, folder: Path) -> None:
    (folder / "empty.txt").write_text("\n")
    (folder / "bad.jsonl").write_text('{"question": 3}')
    (folder / "other").mkdir()
    (folder / "other" / "file").write_text("")
    ended = ask(folder, *flags)
    assert ended.status == 2
    *told, error = ended.err.splitlines()
    assert error.startswith("error: ") and message in error
    assert not told or told[0].startswith("runs/indexes/")


def test_the_name_of_an_index_is_that_of_its_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    one, other = index_name(["docs", "more"]), index_name([str(tmp_path / "more"), "docs/"])
    assert (one[:5], other[:5], one[5:]) == ("docs-", "more-", other[5:])
    assert index_name(["docs"]) != index_name(["more/docs"])
    assert index_name(["docs/*.txt"]).startswith("documents-")


def test_names_of_documents_neither_steer_the_terminal_nor_begin_a_line(folder: Path) -> None:
    (folder / "docs" / "\x1b[31m\nc.txt").symlink_to("nowhere")
    ended = ask(folder, "--retrieve", "words", "--question", "what was good ?")
    assert ended.err.splitlines()[0] == "warning: docs/ [31m c.txt: cannot be read (No such file or directory)"
    assert (ended.status, len(ended.err.splitlines())) == (0, 2)


def test_vectors_that_cannot_be_kept_are_told_and_words_are_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*given: object) -> int:
        raise OSError(errno.EROFS, "Read-only file system", "index/.lock")

    monkeypatch.setattr(retrieval.DocumentIndex, "embed", refused)
    ended = ask(folder, "--question", "what was good ?")
    assert ended.status == 0
    assert ended.err.splitlines()[1] == "warning: index/.lock: Read-only file system"
    ended = ask(folder, "--question", "a", "--retrieve", "vectors")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.splitlines()[1:] == ["error: index/.lock: Read-only file system"]
