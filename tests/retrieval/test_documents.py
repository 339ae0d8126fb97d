import gzip
from pathlib import Path

import pytest
from pdf_files import encrypted, pdf_of

from bert_keras.errors import DataError
from bert_keras.retrieval.documents.document import Document
from bert_keras.retrieval.documents.folder import find_documents
from bert_keras.retrieval.documents.formats import read_document
from bert_keras.retrieval.documents.html import html_document
from bert_keras.retrieval.documents.plain_text import markdown_document, plain_document


def blocks(document: Document) -> list[tuple[str, bool]]:
    return [(document.text[block.start : block.end], block.heading) for block in document.blocks]


def read(path: Path, content: bytes) -> Document:
    path.write_bytes(content)
    return read_document(path, path.name)


def test_blank_lines_separate_blocks_and_a_short_line_without_a_stop_is_a_heading() -> None:
    text = "The harbour\r\n\r\nIt was dug\r\nby hand.\n \t\n  - not a title\n\nNot a title.\n\nA title\n=======\n\nLast"
    assert blocks(plain_document(text)) == [
        ("The harbour", True),
        ("It was dug\r\nby hand.", False),
        ("- not a title", False),
        ("Not a title.", False),
        ("A title\n=======", True),
        ("Last", True),
    ]


def test_a_form_feed_separates_blocks_too() -> None:
    document = plain_document("One ends here\fand two begins.\n\fThree.")
    assert [text for text, _ in blocks(document)] == ["One ends here", "and two begins.", "Three."]
    assert document.has_pages and document.has_lines


def test_markdown_headings_are_blocks_but_not_within_code() -> None:
    text = "# A question?\nText\n## Next\n```\n# a comment\n```\n#nothing\n"
    assert blocks(markdown_document(text)) == [
        ("# A question?", True),
        ("Text", False),
        ("## Next", True),
        ("```\n# a comment\n```\n#nothing", False),
    ]


def test_a_page_is_read_as_a_browser_shows_it() -> None:
    page = (
        b"<html><head><title>Title</title><style>p { x }</style></head><body>Loose <b>and</b>\n bold"
        b"<h2>A &amp; B</h2><p>one<br>two <!-- no --><i>three</i></p><script>x = '<p>no</p>'</script>"
        b"<table><tr><td>1<td>2<tr><td>3</table><ul><li>item<li>[SEP] &lt;b&gt;</ul></body>"
    )
    document = html_document(page, "page.html")
    assert blocks(document) == [
        ("Title", True),
        ("Loose and bold", False),
        ("A & B", True),
        ("one\ntwo three", False),
        ("1 2", False),
        ("3", False),
        ("item", False),
        ("[SEP] <b>", False),
    ]
    assert not document.has_lines and not document.has_pages


@pytest.mark.parametrize(
    "hidden",
    [
        "<div hidden>secret</div>",
        "<section hidden=''><h1>secret</h1></section>",
        "<nav aria-hidden=true><ul><li>secret</ul></nav>",
        "<p style='color: red; DISPLAY:none !important'>secret</p>",
        "<span style='visibility : hidden'>secret</span>",
        "<dialog><p>secret</dialog>",
        "<template><p>secret</template>",
        "<noscript><p>secret</noscript>",
        "<!-- <p>secret</p> <noscript> -->",
        "<!--><script>'<noscript>'</script><NOSCRIPT>secret</noscript >",
        "<video>secret</video>",
        "<datalist><option>secret</datalist>",
        "<svg><title>secret</title></svg>",
    ],
)
def test_what_a_browser_hides_is_no_text(hidden: str) -> None:
    page = f"<p>Before</p>{hidden}<p>after</p>".encode()
    assert blocks(html_document(page, "page.html")) == [("Before", False), ("after", False)]


@pytest.mark.parametrize(
    "shown",
    [
        "<div aria-hidden=true><main><p>Shown.</main></div>",
        "<div aria-hidden=false hidden=until-found>Shown.</div>",
        "<p><span aria-hidden=true>Shown</span>.",
        "<dialog open>Shown.</dialog>",
        "<p style='display:block; x-display:none'>Shown.",
        "<details><summary></summary>Shown.</details>",
    ],
)
def test_what_a_browser_shows_or_finds_is_text(shown: str) -> None:
    document = html_document(shown.encode(), "page.html")
    assert document.text == "Shown."


def test_a_page_that_nests_deeply_is_read() -> None:
    assert blocks(html_document(b"<div>" * 5000 + b"deep", "page.html")) == [("deep", False)]


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [("windows-1252", "cp1252"), ("ISO-8859-1", "cp1252"), ("gb2312", "gb2312"), ("UTF-16", "utf-8")],
)
def test_a_page_says_its_encoding(charset: str, encoding: str) -> None:
    text = "中文" if encoding == "gb2312" else "café “quoted”"
    page = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}"><p>{text}'.encode(encoding)
    assert blocks(html_document(page, "page.html")) == [(text, False)]


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (b"<p>ok\n<p>caf\xe9", "page.html, line 2: not UTF-8. Received: byte 0xe9"),
        (b"<meta charset=utf-7><p>+AGE-", "page.html: an unknown encoding. Received: charset 'utf-7'"),
        (b"<meta charset='zip'><p>a", "page.html: an unknown encoding. Received: charset 'zip'"),
        (b"<meta charset=none><p>a", "page.html: an unknown encoding. Received: charset 'none'"),
        (b"<script>no</script>", "page.html: no text in it"),
        (b"", "page.html: the file is empty"),
    ],
)
def test_a_page_that_cannot_be_read_is_told_in_a_line(page: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as told:
        read(tmp_path / "page.html", page)
    assert str(told.value).startswith(message) and "\n" not in str(told.value)


def test_a_pdf_has_pages_and_its_blocks(tmp_path: Path) -> None:
    document = read(tmp_path / "a.pdf", pdf_of([["Harbour (old)", "", "It was dug", "by hand."], ["Page two."]]))
    first, second = document.text.split("\f")
    assert first.split() == ["Harbour", "(old)", "It", "was", "dug", "by", "hand."]
    assert second.split() == ["Page", "two."]
    assert document.has_pages and not document.has_lines
    covered = "".join(text for text, _ in blocks(document))
    assert "".join(covered.split()) == "".join(document.text.split())


def test_a_pdf_whose_password_is_empty_is_read(tmp_path: Path) -> None:
    made = pdf_of([["It was dug."]])
    assert read(tmp_path / "a.pdf", encrypted(made, "")).text.strip() == "It was dug."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (encrypted(pdf_of([["It was dug."]]), "secret"), "a.pdf: an encrypted PDF; save it without a password"),
        (pdf_of([[], []]), "a.pdf: no text in its pages. Received: 2 pages"),
        (b"%PDF-1.4\n" + b"\x00\xff" * 50, "a.pdf: a damaged PDF ("),
        (b"no PDF at all", "a.pdf: a damaged PDF ("),
        (pdf_of([["It was dug."]])[:300], "a.pdf: a damaged PDF ("),
    ],
    ids=["encrypted", "empty", "broken", "text", "cut"],
)
def test_a_pdf_that_cannot_be_read_is_told_in_a_line(content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as told:
        read(tmp_path / "a.pdf", content)
    assert str(told.value).startswith(message) and "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"caf\xe9", "a.txt, line 1: not UTF-8"),
        ("text".encode("utf-16"), "a.txt, line 1: UTF-16"),
        (b" \n\f\t\n", "a.txt: no text in it"),
        (b"", "a.txt: the file is empty"),
    ],
)
def test_a_text_that_cannot_be_read_is_told_in_a_line(content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as told:
        read(tmp_path / "a.txt", content)
    assert str(told.value).startswith(message) and "\n" not in str(told.value)


def test_a_text_may_be_gzipped_and_have_a_byte_order_mark(tmp_path: Path) -> None:
    assert read(tmp_path / "a.txt.gz", gzip.compress(b"\xef\xbb\xbfIt was dug.")).text == "It was dug."


def test_folders_are_searched_and_each_file_is_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("docs/b.TXT", "docs/deep/a.md", "docs/.hidden/c.txt", "docs/.d.txt", "docs/e.csv", "docs/f.pdf"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text")
    (tmp_path / "docs" / "again.txt").symlink_to("b.TXT")
    monkeypatch.chdir(tmp_path)
    found = find_documents(["docs", "docs/*.pdf", "docs/none.txt", "docs/e.csv", "no*.txt"])
    assert [name for name, _ in found.files] == ["docs/again.txt", "docs/f.pdf", "docs/deep/a.md"]
    assert found.others == 1
    assert [line.partition(":")[0] for line in found.failed] == ["docs/none.txt", "docs/e.csv", "no*.txt"]


@pytest.mark.parametrize("target", ["nowhere", "gone.txt"])
def test_a_link_that_leads_nowhere_or_to_itself_is_not_lost(target: str, tmp_path: Path) -> None:
    (tmp_path / "gone.txt").symlink_to(target)
    assert [name for name, _ in find_documents([str(tmp_path)]).files] == [str(tmp_path / "gone.txt")]


def test_a_link_to_a_folder_is_not_followed_which_is_told(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("text")
    (tmp_path / "docs" / "up").symlink_to("..")
    found = find_documents([str(tmp_path / "docs")])
    assert [name for name, _ in found.files] == [str(tmp_path / "docs" / "a.txt")]
    assert found.failed == (
        f"{tmp_path / 'docs' / 'up'}: a link to a folder, which is not followed; name that folder too",
    )


def test_a_gzipped_pdf_is_a_file_of_another_format(tmp_path: Path) -> None:
    (tmp_path / "a.pdf.gz").write_bytes(gzip.compress(b"%PDF-1.4"))
    assert find_documents([str(tmp_path)]).others == 1


def test_lines_may_end_with_carriage_returns_alone(tmp_path: Path) -> None:
    document = read(tmp_path / "a.txt", b"One line\rand another.\r\rA block.")
    assert [document.text[block.start : block.end] for block in document.blocks] == [
        "One line\nand another.",
        "A block.",
    ]
    assert read(tmp_path / "b.txt", b"10 %\r20 %\n").text == "10 %\r20 %\n"
