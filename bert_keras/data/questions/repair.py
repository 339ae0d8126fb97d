"""Location of answers in their contexts, with repair of wrong offsets."""

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

BLANKS = "blanks"
BYTES = "bytes"
UTF_16 = "UTF-16 units"
NEAR = "a few characters off"
ELSEWHERE = "elsewhere"
OTHER_BLANKS = "other blanks"
OTHER_FORM = "other Unicode form"
WITHOUT_OFFSET = "without offset"

_FEW = 8  # characters
_LINE_ENDS = re.compile("\r\n")
_RUNS_OF_BLANKS = re.compile(r"\s+")
_FIRST_BLANKS = re.compile(r"\A\s+")


class Found(NamedTuple):
    """The location of an answer in its context.

    Attributes:
        start: The answer's first code point in the context, without leading blanks.
        end: The end of the answer in code points, exclusive, without trailing blanks.
        repair: The kind of repair that was needed; None if the given offset was correct.
    """

    start: int
    end: int
    repair: str | None


def find_answer(context: str, text: str, start: int | None) -> Found | None:
    r"""Finds an answer in its context.

    If the context has exactly the answer's text at the given offset, that is the location. Otherwise these repairs are
    tried in order:
    - `BLANKS`: the offset does not count blanks at the ends of answer or context, or counts "\r\n", or each run of
      blanks, as one character.
    - `BYTES`, `UTF_16`: the offset counts UTF-8 bytes, or UTF-16 code units.
    - `NEAR`, `ELSEWHERE`: the answer is at most 8 characters away, or farther. An occurrence that is not part of a word
      (the "4" of "4 of 1942") is preferred, then the nearest one. `WITHOUT_OFFSET`: the offset is missing or negative;
      the first such occurrence.
    - `OTHER_BLANKS`: the answer occurs with other blanks between its words.
    - `OTHER_FORM`: the answer occurs in another canonical form of Unicode (NFC, NFD), possibly with other blanks too.

    Args:
        context: The context.
        text: The answer.
        start: The given offset of the answer; None if there is none.

    Returns:
        The location; None if the answer is not in the context, or is blank.
    """
    bare = text.strip()
    if not bare:
        return None
    if start is None or start < 0:
        return _search(context, bare, None)
    start = min(start, 4 * len(context))  # the largest possible offset: UTF-8 has at most 4 bytes per character
    lead = text.index(bare[0])
    if context.startswith(text, start):
        return Found(start + lead, start + lead + len(bare), None)
    for repair, reads in _READINGS.items():
        for place in reads(context, start, lead):
            if place >= 0 and context.startswith(bare, place):
                return Found(place, place + len(bare), repair)
    return _search(context, bare, start)


def _blanks(context: str, start: int, lead: int) -> Iterator[int]:
    yield from (start, start + lead, start - lead)
    blanks = _RUNS_OF_BLANKS.match(context, start)
    if blanks:
        yield blanks.end()
    for pattern, first in ((_FIRST_BLANKS, 0), (_LINE_ENDS, 1), (_RUNS_OF_BLANKS, 1), (_RUNS_OF_BLANKS, 0)):
        place = _lengthened(context, start, pattern, first)
        yield from (place, place + lead)


def _bytes(context: str, start: int, lead: int) -> Iterator[int]:
    yield from _units(context, start, lead, "utf-8", 1)


def _utf_16(context: str, start: int, lead: int) -> Iterator[int]:
    yield from _units(context, start, lead, "utf-16-le", 2)


def _units(context: str, start: int, lead: int, encoding: str, width: int) -> Iterator[int]:
    if context.isascii():
        return
    try:
        place = len(context.encode(encoding)[: width * start].decode(encoding))
    except UnicodeDecodeError:  # the offset is inside a character
        return
    yield from (place, place + lead)


_READINGS: dict[str, Callable[[str, int, int], Iterator[int]]] = {BLANKS: _blanks, BYTES: _bytes, UTF_16: _utf_16}


def _lengthened(context: str, start: int, pattern: re.Pattern[str], first: int) -> int:
    """Converts an offset that counts each match as one character, and a match at the beginning as `first` of them."""
    for match in pattern.finditer(context):
        kept = 1 if match.start() else first
        if match.start() + kept > start:
            break
        start += match.end() - match.start() - kept
    return start


def _search(context: str, bare: str, start: int | None) -> Found | None:
    """Searches the whole context for the answer."""
    for form, spans in (
        (None, _places),
        (OTHER_BLANKS, _places_with_other_blanks),
        (OTHER_FORM, _places_in_other_form),
    ):
        nearest = min(spans(context, bare), key=lambda span: _farness(context, span, start), default=None)
        if nearest is not None:
            begin, end = nearest
            distance = WITHOUT_OFFSET if start is None else NEAR if abs(begin - start) <= _FEW else ELSEWHERE
            return Found(begin, end, form or distance)
    return None


def _farness(context: str, span: tuple[int, int], start: int | None) -> tuple[bool, bool, int]:
    begin, end = span
    distance = begin if start is None else abs(begin - start)
    return start is not None and distance > _FEW, _within_word(context, begin) or _within_word(context, end), distance


def _within_word(context: str, place: int) -> bool:
    return 0 < place < len(context) and context[place - 1].isalnum() and context[place].isalnum()


def _places(context: str, bare: str) -> Iterator[tuple[int, int]]:
    place = context.find(bare)
    while place >= 0:
        yield place, place + len(bare)
        place = context.find(bare, place + 1)


def _places_with_other_blanks(context: str, bare: str) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in _matches(context, bare))


def _places_in_other_form(context: str, bare: str) -> Iterator[tuple[int, int]]:
    bare_form = unicodedata.normalize("NFD", bare)
    if not any(_matches(unicodedata.normalize("NFD", context), bare_form)):
        return
    decomposed, places = _decomposed(context)  # a hundred times slower than normalising the whole text
    for match in _matches(decomposed, bare_form):
        if match.start() in places and match.end() in places:  # not between a letter and its combining marks
            yield places[match.start()], places[match.end()]


def _matches(context: str, bare: str) -> Iterator[re.Match[str]]:
    """Yields the occurrences of an answer with any blanks between its words."""
    words = bare.split()
    if all(word in context for word in words):  # cheaper than compiling a pattern
        yield from re.finditer(r"\s+".join(map(re.escape, words)), context)


def _decomposed(text: str) -> tuple[str, dict[int, int]]:
    """Decomposes a text (NFD); also maps the offset of each letter in the result, and of its end, to the original's."""
    begins = [place for place, letter in enumerate(text) if not unicodedata.combining(letter)]
    letters, places, length = [], {}, 0
    for begin, end in itertools.pairwise([*begins, len(text)]):
        places[length] = begin
        letters.append(unicodedata.normalize("NFD", text[begin:end]))
        length += len(letters[-1])
    places[length] = len(text)
    return "".join(letters), places
