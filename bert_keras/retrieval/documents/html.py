"""The text of an HTML page: its blocks as a browser shows them, without what it does not show."""

import codecs
import re
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from bert_keras.errors import DataError
from bert_keras.retrieval.documents.document import Block, Document

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_SEARCHED = 2048  # bytes at the beginning of a page, where the standard wants the charset
# Codecs of web pages; Python has others, which are no encodings of texts in files.
_OF_PAGES = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp\d+|koi8-[ru]|mac-?roman|gb\w+|big5\w*|euc_\w+|shift_jis\w*|iso2022_jp"
)
# What a page in these states is UTF-8 by the standard of HTML: its statement could not be read otherwise.
_UTF_16 = ("utf-16", "utf-16-le", "utf-16-be")
_WITHOUT_TEXT = {"script", "style", "noscript", "template", "head", "select", "datalist"}
# Within these, text is for browsers that cannot show what else is there.
_PICTURED = {"svg", "math", "iframe", "object", "audio", "video", "canvas", "noframes", "noembed"}
_UNSEEN = frozenset(_WITHOUT_TEXT | _PICTURED)
# Where tags are no tags.
_RAW = re.compile(r"<!--|<(script|style|noscript)\b", re.IGNORECASE)
_RAW_ENDS = {"": re.compile("--!?>")} | {
    kind: re.compile(rf"</{kind}\b[^>]*>", re.IGNORECASE) for kind in ("script", "style", "noscript")
}
_HIDING_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.IGNORECASE)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "title", "caption", "legend", "dt"})
_SECTIONS = {
    "address",
    "article",
    "aside",
    "body",
    "div",
    "fieldset",
    "footer",
    "form",
    "header",
    "html",
    "main",
    "nav",
}
_GROUPS = {"blockquote", "details", "figcaption", "figure", "hr", "p", "pre", "section", "summary"}
_ITEMS = {"dd", "dl", "li", "ol", "table", "tbody", "tfoot", "thead", "tr", "ul"}
_BLOCKS = _HEADINGS | _SECTIONS | _GROUPS | _ITEMS
_CELLS = frozenset({"td", "th"})


def html_document(raw: bytes, name: str) -> Document:
    """Reads a page.

    Args:
        raw: The bytes of the file.
        name: The name of the file, for messages.

    Returns:
        The document: a text with an empty line between two blocks. Its title is the first heading, unless there is an
        `h1`.

    Raises:
        DataError: The bytes are not of the encoding that the page states, or of UTF-8 if it states none.
    """
    tree = LexborHTMLParser(_without_noscript(_decoded(raw, name)))
    found = list(_shown_blocks(tree.body)) if tree.body is not None else []
    named = tree.css_first("head title")
    title = "" if named is None else " ".join(named.text().split())
    if title and tree.css_first("h1") is None:
        found.insert(0, (title, True))
    blocks, place = [], 0
    for text, heading in found:
        blocks.append(Block(place, place + len(text), heading))
        place += len(text) + 2
    return Document("\n\n".join(text for text, _ in found), tuple(blocks), has_lines=False, has_pages=False)


def _decoded(raw: bytes, name: str) -> str:
    stated = _CHARSET.search(raw[:_SEARCHED])
    charset = "utf-8-sig" if stated is None or raw.startswith(codecs.BOM_UTF8) else stated[1].decode("ascii", "replace")
    try:
        if codecs.lookup(charset).name in _UTF_16:
            charset = "utf-8"
        if charset != "utf-8-sig" and not _OF_PAGES.fullmatch(codecs.lookup(charset).name):
            raise LookupError
        # Browsers read the Latin-1 that a page states as Windows-1252 too.
        charset = "cp1252" if codecs.lookup(charset).name == "iso8859-1" else charset
        return raw.decode(charset)
    except LookupError:
        raise DataError(f"{name}: an unknown encoding. Received: charset {charset!r}; save the page as UTF-8") from None
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DataError(
            f"{name}, line {line}: not {charset.removesuffix('-sig').upper()}. Received: byte "
            f"0x{raw[error.start]:02x}; save the page as UTF-8"
        ) from error


def _without_noscript(page: str) -> str:
    """Leaves out what is there for browsers without scripts, as those with them do before they look at its tags.

    Else an element that is open at its end would take the rest of the page along.
    """
    parts, place = list[str](), 0
    while (opened := _RAW.search(page, place)) is not None:
        kind = (opened[1] or "").lower()
        # A comment may be as short as "<!-->".
        closed = _RAW_ENDS[kind].search(page, opened.end() if kind else opened.start() + 2)
        if closed is None:
            break
        parts.append(page[place : opened.start() if kind == "noscript" else closed.end()])
        place = closed.end()
    return "".join([*parts, page[place:]])


def _shown_blocks(body: Any) -> Iterator[tuple[str, bool]]:
    """Yields the text of each block that is not blank, its white space collapsed, and whether it is a heading."""
    parts: list[str] = []
    heading = False
    for node, enters in _walk(body):
        tag = node.tag
        if tag == "-text":
            parts.append((node.text_content or "") if enters else "")
        elif tag == "br":
            parts.append("\n" if enters else "")
        elif tag in _CELLS:
            parts.append(" ")
        elif tag in _BLOCKS:
            if text := _collapsed(parts):
                yield text, heading
            parts, heading = [], enters and tag in _HEADINGS
    if text := _collapsed(parts):
        yield text, False


def _collapsed(parts: list[str]) -> str:
    lines = (" ".join(part.split()) for part in _breaks(parts))
    return "\n".join(line for line in lines if line)


def _breaks(parts: list[str]) -> Iterator[str]:
    """Joins the parts between two line breaks; line ends within a part are blanks."""
    line: list[str] = []
    for part in parts:
        if part == "\n":
            yield "".join(line)
            line = []
        else:
            line.append(part)
    yield "".join(line)


def _is_unseen(node: Any) -> bool:
    """Returns whether a browser does not show a node, as far as the page says so without its style sheets."""
    tag = node.tag or "-"  # as those begin that are no elements
    if tag in _UNSEEN:
        return True
    if tag.startswith("-") or tag == "body":
        return False
    attributes = node.attributes
    hidden = "hidden" in attributes and attributes["hidden"] != "until-found"
    if hidden or (tag == "dialog" and "open" not in attributes):
        return True
    # Closed menus and panels are kept from screen readers too. So are icons and formulas, which are shown, and all else
    # of a page while a dialog is open over it.
    closed = attributes.get("aria-hidden") == "true" and tag in _BLOCKS and tag != "main"
    if closed and node.css_first("main, h1") is None:
        return True
    return bool(_HIDING_STYLE.search(attributes.get("style") or ""))


def _walk(top: Any) -> Iterator[tuple[Any, bool]]:
    """Yields each node when it is entered and when it is left, without recursion: pages nest as deep as they like."""
    node, enters, end = top, True, top.mem_id  # nodes themselves are compared by what they hold
    while True:
        unseen = enters and _is_unseen(node)
        if not unseen:
            yield node, enters
        if enters and not unseen and node.child is not None:
            node = node.child
            continue
        if enters and not unseen:
            yield node, False
        if node.mem_id == end:
            return
        if node.next is not None:
            node, enters = node.next, True
        else:
            node, enters = node.parent, False
