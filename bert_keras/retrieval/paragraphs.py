"""The paragraphs that documents are cut into: what is searched, and what is read at once."""

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bert_keras.retrieval.documents.document import Block, Document
from bert_keras.text import sentences

MOST_WORDS = 200
"""The number of words above which a paragraph is cut at the end of a sentence."""
MOST_OVERLAP = 60
"""The most words of a sentence that is part of the paragraph before it and of the one after it."""
RULES = {"version": 2, "most_words": MOST_WORDS, "most_overlap": MOST_OVERLAP}
"""What the bounds of paragraphs depend on, for the fingerprint of an index."""

_IDEOGRAPHS = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
# Where words have no blanks between them each character counts as one; so do 20 characters of what has none at all.
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\s{_IDEOGRAPHS}]{{1,20}}")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A part of a document.

    Attributes:
        start: The index of its first code point in the document's text.
        end: The index after its last code point.
        page: The page on which it begins, from 1; 0 if the document has no pages.
        line: The line of the file in which it begins, from 1; 0 if the text has other lines than the file.
    """

    start: int
    end: int
    page: int
    line: int


def paragraphs_of(document: Document) -> list[Paragraph]:
    """Cuts a document into paragraphs.

    Each block is one, together with the headings above it. A longer one is cut at the ends of sentences into parts of
    at most 200 words, each of which begins with the last sentence of the one before; a longer sentence between words.

    Args:
        document: The document.

    Returns:
        The paragraphs in order. Every character of the text that is not blank is in one or two of them.
    """
    pages, lines = (_places(document.text, mark) for mark in "\f\n")
    return [
        Paragraph(
            start,
            end,
            bisect.bisect_left(pages, start) + 1 if document.has_pages else 0,
            bisect.bisect_left(lines, start) + 1 if document.has_lines else 0,
        )
        for block in _with_headings(document)
        for start, end in _parts(document.text, block)
    ]


def _places(text: str, mark: str) -> list[int]:
    return [found.start() for found in re.finditer(mark, text)]


def _with_headings(document: Document) -> Iterator[Block]:
    """Yields the blocks, each with the headings above it; headings that are as long as a paragraph are one."""
    first, last, words = -1, -1, 0
    for block in document.blocks:
        own = len(_WORD.findall(document.text, block.start, block.end))
        if first >= 0 and words + own > MOST_WORDS:
            yield Block(first, last)
            first, words = -1, 0
        first = block.start if first < 0 else first
        last, words = block.end, words + own
        if not block.heading:
            yield Block(first, last)
            first, words = -1, 0
    if first >= 0:
        yield Block(first, last)


def _parts(text: str, block: Block) -> Iterator[tuple[int, int]]:
    content = text[block.start : block.end]
    words = [found.span() for found in _WORD.finditer(content)]
    if len(words) <= MOST_WORDS:
        yield block.start, block.end
        return
    starts = [start for start, _ in words]
    pieces = list(_pieces(content, words, starts))  # of at most MOST_WORDS each
    first = 0
    while first < len(pieces):
        last, count = first, pieces[first][2]
        while last + 1 < len(pieces) and count + pieces[last + 1][2] <= MOST_WORDS:
            last += 1
            count += pieces[last][2]
        yield block.start + pieces[first][0], block.start + pieces[last][1]
        fits = last > first and last + 1 < len(pieces) and pieces[last][2] <= MOST_OVERLAP
        goes_on = fits and pieces[last][2] + pieces[last + 1][2] <= MOST_WORDS
        first = last if goes_on else last + 1


def _pieces(content: str, words: list[tuple[int, int]], starts: list[int]) -> Iterator[tuple[int, int, int]]:
    """Yields the start, the end and the number of words of each sentence, and of the parts of one that is too long."""
    for start, end in sentences(content):
        first, last = bisect.bisect_left(starts, start), bisect.bisect_left(starts, end)
        # A run of characters that counts as one word may reach over the end of a sentence: it begins in one of them.
        for begin in range(first, max(last, first + 1), MOST_WORDS):
            until = min(begin + MOST_WORDS, last)
            piece_start = start if begin == first else starts[begin]
            piece_end = end if until >= last else words[until - 1][1]
            yield piece_start, piece_end, max(until - begin, 1)
