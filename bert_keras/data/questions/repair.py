"""Location of answers in their contexts, with repair of wrong offsets."""

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bert_keras.data.questions.readings import BLANKS, CODE_POINTS, OTHER_FORM, OTHERS, Reading, beside_blanks

NEAR = "a few characters off"
ELSEWHERE = "elsewhere"
OTHER_BLANKS = "other blanks"
WITHOUT_OFFSET = "without offset"

NOT_IN_CONTEXT = "answer not in its context"
EMPTY_ANSWER = "empty answer"
AMBIGUOUS = "answer several times in its context, its offset at none of them"

_FEW = 8  # characters
_CLEARLY = 3  # times as far as the nearest place is any other, or it is not clear which one is meant


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


def find_answer(context: str, text: str, start: int | None, reading: Reading = CODE_POINTS) -> Found | None:
    r"""Finds an answer in its context.

    If the context has exactly the answer's text at the given offset, that is the location. Otherwise these repairs are
    tried in order:
    - `BLANKS`: the offset does not count the answer's own blanks, or is that of blanks before the answer.
    - `BYTES`, `UTF_16`, `CLUSTERS`, `OTHER_FORM`, `BLANKS`: the offset counts UTF-8 bytes, UTF-16 code units, grapheme
      clusters, characters in another canonical form of Unicode (NFC, NFD), or does not count blanks at the beginning of
      the context or counts "\r\n", or each run of blanks, as one character; if only one location comes of that.
    - `NEAR`, `ELSEWHERE`: the answer is at most 8 characters away, or farther, if it is clear which occurrence is
      meant: the only one; the only one that is not part of a word (the "4" of "4 of 1942"); or one nearby that is by
      far the nearest. `WITHOUT_OFFSET`: the offset is missing or negative; the first such occurrence.
    - `OTHER_BLANKS`: the answer occurs with other blanks between its words.
    - `OTHER_FORM`: the answer occurs in another canonical form of Unicode, possibly with other blanks too.

    Args:
        context: The context.
        text: The answer.
        start: The given offset of the answer; None if there is none.
        reading: What the offsets of the file count, which is tried first.

    Returns:
        The location; None if there is none, or it is not clear which one is meant (see `reason_of`).
    """
    bare = text.strip()
    if not bare:
        return None
    if start is None or start < 0:
        return _search(context, bare, None)
    start = min(start, 4 * len(context))  # the largest possible offset: UTF-8 has at most 4 bytes per character
    if reading.place(context, start) != start and (span := reading.span(context, bare, start)):
        return Found(*span, reading.repair)
    if context.startswith(text, start):
        lead = len(text) - len(text.lstrip())
        return Found(start + lead, start + lead + len(bare), None)
    for place in beside_blanks(context, text, start):
        if place >= 0 and context.startswith(bare, place):
            return Found(place, place + len(bare), BLANKS)
    return _in_other_readings(context, bare, start) or _search(context, bare, _converted(context, start, reading))


def reason_of(context: str, text: str) -> str:
    """Returns the reason for which `find_answer` finds no location: `EMPTY_ANSWER`, `AMBIGUOUS`, `NOT_IN_CONTEXT`."""
    if not text.strip():
        return EMPTY_ANSWER
    return AMBIGUOUS if any(there for _, there in _occurrences(context, text.strip())) else NOT_IN_CONTEXT


def _in_other_readings(context: str, bare: str, start: int) -> Found | None:
    """Returns the location by all other readings; None if there is none, or they do not agree."""
    found: dict[tuple[int, int], str] = {}
    for reading in OTHERS:
        span = reading.span(context, bare, start)
        if span:
            found.setdefault(span, reading.repair)
    if len(found) != 1:
        return None
    ((begin, end), repair), *_ = found.items()
    return Found(begin, end, repair)


def _converted(context: str, start: int, reading: Reading) -> int:
    place = reading.place(context, start)
    return start if place is None else place


def _search(context: str, bare: str, start: int | None) -> Found | None:
    """Searches the whole context for the answer."""
    for form, spans in _occurrences(context, bare):
        if spans:
            meant = _meant(context, spans, start)
            if meant is None:
                return None
            distance = WITHOUT_OFFSET if start is None else NEAR if abs(meant[0] - start) <= _FEW else ELSEWHERE
            return Found(*meant, form or distance)
    return None


def _meant(context: str, spans: Sequence[tuple[int, int]], start: int | None) -> tuple[int, int] | None:
    """Returns the occurrence that an offset means; None if that is not clear."""
    near = [] if start is None else [span for span in spans if abs(span[0] - start) <= _FEW]
    whole = [span for span in near or spans if not any(_within_word(context, end) for end in span)]
    likely = whole or near or spans
    if start is None or len(likely) == 1:
        return likely[0]
    nearest, second = sorted(likely, key=lambda span: abs(span[0] - start))[:2]
    clear = bool(near) and abs(second[0] - start) > _CLEARLY * abs(nearest[0] - start)
    return nearest if clear else None


def _within_word(context: str, place: int) -> bool:
    return 0 < place < len(context) and context[place - 1].isalnum() and context[place].isalnum()


def _occurrences(context: str, bare: str) -> Iterator[tuple[str | None, list[tuple[int, int]]]]:
    """Yields all occurrences as they are, with other blanks, and in another form of Unicode."""
    yield None, list(_places(context, bare))
    yield OTHER_BLANKS, [match.span() for match in _matches(context, bare)]
    yield OTHER_FORM, list(_places_in_other_form(context, bare))


def _places(context: str, bare: str) -> Iterator[tuple[int, int]]:
    place = context.find(bare)
    while place >= 0:
        yield place, place + len(bare)
        place = context.find(bare, place + 1)


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
