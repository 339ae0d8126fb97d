"""The blocks of plain text and of Markdown, which is read as it is written."""

import re
from collections.abc import Iterator

from bert_keras.retrieval.documents.document import Block, Document

MOST_WORDS_OF_HEADING = 12
_NO_END_OF_HEADING = tuple(".!?…:;,。！？")
_RULE = re.compile(r"[=\-~*_#]{3,}")
_HASHES = re.compile(r" {0,3}#{1,6}\s")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_BULLET = re.compile(r"\s*(?:[-*+•>|]|\d{1,3}[.)])\s")


def plain_document(text: str) -> Document:
    """Reads plain text: blank lines separate blocks; a short line without a full stop between two is a heading."""
    return _document(text, _runs(text, hashes=False))


def markdown_document(text: str) -> Document:
    """Reads Markdown as plain text whose headings are marked."""
    return _document(text, _runs(text, hashes=True))


def blocks_of_page(text: str, first: int) -> list[Block]:
    """Returns the blocks of a page, given its text and the index of its first code point in the document."""
    return _blocks(text, _runs(text, hashes=False), first)


def _document(text: str, runs: Iterator[tuple[int, int]]) -> Document:
    return Document(text, tuple(_blocks(text, runs, 0)), has_lines=True, has_pages="\f" in text)


def _blocks(text: str, runs: Iterator[tuple[int, int]], first: int) -> list[Block]:
    return [Block(first + start, first + end, _is_heading(text[start:end])) for start, end in runs]


def _runs(text: str, hashes: bool) -> Iterator[tuple[int, int]]:
    """Yields the bounds of runs of lines without a blank one; with `hashes`, a line that begins with # is one alone."""
    first = end = -1
    fenced, place = False, 0
    for line in _lines(text):
        content = line.strip()
        heads = hashes and not fenced and _HASHES.match(line) is not None
        if first >= 0 and (not content or heads):
            yield first, end
            first = -1
        if content:
            begin = place + line.index(content[0])
            end = begin + len(content)
            if heads:
                yield begin, end
            elif first < 0:
                first = begin
        fenced ^= hashes and _FENCE.match(line) is not None
        place += len(line)
    if first >= 0:
        yield first, end


def _lines(text: str) -> Iterator[str]:
    """Yields the lines with their ends, which are line feeds; a form feed, which ends a page, is a blank line."""
    begin = 0
    for found in re.finditer("[\n\f]", text):
        if found[0] == "\f" and begin < found.start():
            yield text[begin : found.start()]
            begin = found.start()
        yield text[begin : found.end()]
        begin = found.end()
    if begin < len(text):
        yield text[begin:]


def _is_heading(block: str) -> bool:
    lines = block.split("\n")
    if _HASHES.match(block):
        return len(lines) == 1
    if len(lines) == 2 and _RULE.fullmatch(lines[1].strip()):
        lines = lines[:1]
    line = lines[0].strip()
    return (
        len(lines) == 1
        and len(line.split()) <= MOST_WORDS_OF_HEADING
        and not line.endswith(_NO_END_OF_HEADING)
        and not _BULLET.match(line)
        and any(character.isalnum() for character in line)
    )
