"""The sentences of a text, by rules: to show an answer in its sentence, and to mask long texts part by part."""

import bisect
import functools
import re
from collections.abc import Iterator

_CLOSING = "\"')\\]}”’»›」』）"
_WITHOUT_BLANK = "。！？｡"
_STOP = re.compile(rf"(?:[.!?…؟۔।॥]+[{_CLOSING}]*(?=\s)|[{_WITHOUT_BLANK}]+[{_CLOSING}]*)|\n|\f")
# What stands before a full stop that ends no sentence: an initial, a number that begins a line, an abbreviation.
_ABBREVIATIONS = (
    "Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|Rev|Gen|Col|Lt|Sgt|Capt|Gov|Sen|Rep|Hon|Mt|Ft|vs|cf|ca|approx|e\\.g|i\\.e|al|"
    "No|Nos|Nr|Fig|Figs|Eq|Eqs|Sec|Vol|pp?|Art|bzw|z\\.B|d\\.h|u\\.a|ggf"
)
_NO_END = re.compile(rf"(?:(?<!\w)(?:[^\W\d_](?<![a-z])|{_ABBREVIATIONS})|(?:\A|\n)[ \t]*\d{{1,3}})\.\Z")
_LIST_ITEM = re.compile(r"[ \t]*(?:[-*+•–#>|]|\d{1,3}[.)])[ \t]")
_SHORT_LINE = 40  # code points; a longer line is one of a paragraph that goes on, and a shorter one a title or an item
_LOOK_BACK = 12  # code points, more than an abbreviation has


def sentences(text: str) -> list[tuple[int, int]]:
    """Splits a text into sentences.

    A sentence ends with a full stop, a question or exclamation mark and a blank, unless a lower-case letter follows in
    a text that has capitals, or an abbreviation or an initial stands before the stop; with a full stop of scripts that
    have no blanks; with an empty line, a page, a short line, or a list item.

    Args:
        text: The text.

    Returns:
        The first code point of each sentence and the one after its last, in order, without the blanks around it.
    """
    capitals = not text.islower()
    edges = [0, *(end for end in _ends(text) if _is_end(text, end, capitals)), len(text)]
    return [span for span in map(functools.partial(_stripped, text), edges, edges[1:]) if span[0] < span[1]]


def sentence_around(spans: list[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """Returns the sentence that a span of a text is in.

    Args:
        spans: The sentences of the text, from `sentences`.
        start: The first code point of the span.
        end: One past its last.

    Returns:
        The first code point of the sentence, or of the first one of several, and one past the last; the span itself
        where it is in none.
    """
    first = max(bisect.bisect_right(spans, start, key=lambda span: span[0]) - 1, 0)
    last = max(bisect.bisect_left(spans, end, key=lambda span: span[0]) - 1, first)
    if not spans:
        return start, end
    return min(spans[first][0], start), max(spans[last][1], end)


def _ends(text: str) -> Iterator[int]:
    for found in _STOP.finditer(text):
        yield found.end()


def _is_end(text: str, end: int, capitals: bool) -> bool:
    """Returns whether a sentence ends at a place behind a stop, a line end or a page end."""
    last = text[end - 1]
    if last == "\f":
        return True
    if last == "\n":
        return _ends_at_line(text, end)
    stop = text[max(0, end - _LOOK_BACK) : end].rstrip(_CLOSING.replace("\\", ""))
    if stop[-1] in _WITHOUT_BLANK:
        return True
    following = text[end : end + _LOOK_BACK].lstrip()[:1]
    if capitals and following.islower():
        return False
    return _NO_END.search(stop) is None


def _ends_at_line(text: str, end: int) -> bool:
    """Returns whether a sentence ends with the line that ends at a place."""
    begin = text.rfind("\n", 0, end - 1) + 1
    line, limit = text[begin:end].strip(), text.find("\n", end)
    following = text[end : limit if limit >= 0 else len(text)]
    return len(line) < _SHORT_LINE or line[0] == "#" or not following.strip() or bool(_LIST_ITEM.match(following))


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    begin = start + len(part) - len(part.lstrip())
    return begin, begin + len(part.strip())
