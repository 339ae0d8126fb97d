"""Where an answer stands in its context, also where the offset that came with it is wrong."""

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
    """Where an answer stands.

    Attributes:
        start: In code points of the context; blanks at the answer's ends are no part of it.
        end: Exclusive.
        repair: What had to be done to find it; None where it stands at its offset.
    """

    start: int
    end: int
    repair: str | None


def find_answer(context: str, text: str, start: int | None) -> Found | None:
    r"""Finds an answer in its context.

    It is taken where its offset says, letter by letter. Otherwise, in this order:
    - `BLANKS`: the offset leaves out blanks at the ends of answer or context, or counts "\r\n", or each run of blanks,
      as one.
    - `BYTES`, `UTF_16`: the offset counts bytes of UTF-8, or units of UTF-16.
    - `NEAR`, `ELSEWHERE`: it stands at most 8 characters away, or farther; rather where it is no part of a word, as "4"
      in "4 of 1942", and then where it is nearest. `WITHOUT_OFFSET`: there is no offset, or a negative one; the first
      such place.
    - `OTHER_BLANKS`: it stands there with other blanks between its words.
    - `OTHER_FORM`: it stands there in another canonical form of Unicode (NFC, NFD), perhaps with other blanks too.

    Args:
        context: What the answer is from.
        text: The answer.
        start: Its offset; None where there is none.

    Returns:
        Where it stands, or None where it does not; an answer that is blank stands nowhere.
    """
    bare = text.strip()
    if not bare:
        return None
    if start is None or start < 0:
        return _search(context, bare, None)
    start = min(start, 4 * len(context))  # no reading of an offset goes farther
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
    except UnicodeDecodeError:  # within a character
        return
    yield from (place, place + lead)


_READINGS: dict[str, Callable[[str, int, int], Iterator[int]]] = {BLANKS: _blanks, BYTES: _bytes, UTF_16: _utf_16}


def _lengthened(context: str, start: int, pattern: re.Pattern[str], first: int) -> int:
    """Where an offset points that counted each match as one character, and one at the beginning as so many."""
    for match in pattern.finditer(context):
        kept = 1 if match.start() else first
        if match.start() + kept > start:
            break
        start += match.end() - match.start() - kept
    return start


def _search(context: str, bare: str, start: int | None) -> Found | None:
    """Looks for it in the whole context."""
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
    decomposed, places = _decomposed(context)  # letter by letter: a hundred times slower
    for match in _matches(decomposed, bare_form):
        if match.start() in places and match.end() in places:  # not within a letter and its marks
            yield places[match.start()], places[match.end()]


def _matches(context: str, bare: str) -> Iterator[re.Match[str]]:
    """Finds an answer with any blanks between its words."""
    words = bare.split()
    if all(word in context for word in words):  # compiling a pattern takes longer than this
        yield from re.finditer(r"\s+".join(map(re.escape, words)), context)


def _decomposed(text: str) -> tuple[str, dict[int, int]]:
    """Decomposes a text; also tells for each place in it where a letter begins or all ends the same place in the text."""
    begins = [place for place, letter in enumerate(text) if not unicodedata.combining(letter)]
    letters, places, length = [], {}, 0
    for begin, end in itertools.pairwise([*begins, len(text)]):
        places[length] = begin
        letters.append(unicodedata.normalize("NFD", text[begin:end]))
        length += len(letters[-1])
    places[length] = len(text)
    return "".join(letters), places
