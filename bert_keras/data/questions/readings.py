"""What the offsets of answers may count: code points as they should, or what another language or tool counts."""

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias

from bert_keras.data.questions.clusters import cluster_starts, continues

_Form: TypeAlias = Literal["NFC", "NFD"]
_LINE_ENDS = re.compile("\r\n")
_RUNS_OF_BLANKS = re.compile(r"\s+")
_FIRST_BLANKS = re.compile(r"\A\s+")
_HANGUL_INSIDE = re.compile("[\u1160-\u11ff]")  # vowels and tails, which compose with what is before them

BLANKS = "blanks"
BYTES = "bytes"
UTF_16 = "UTF-16 units"
CLUSTERS = "grapheme clusters"
OTHER_FORM = "other Unicode form"


class Reading(NamedTuple):
    """A way to count offsets.

    Attributes:
        counts: The unit that is counted, for messages.
        repair: The kind of repair that it takes to read such an offset.
        place: Converts an offset in a context to code points; None if the offset is not the beginning of a character.
    """

    counts: str
    repair: str
    place: Callable[[str, int], int | None]

    def span(self, context: str, bare: str, start: int) -> tuple[int, int] | None:
        """Returns the code points of an answer at an offset, or behind blanks there; None if it is not there.

        Args:
            context: The context.
            bare: The answer, without blanks at its ends.
            start: The offset of the answer.

        Returns:
            The first code point and the end, exclusive.
        """
        place = self.place(context, start)
        if place is None:
            return None
        return self._span_at(context, bare, place) or self._span_at(context, bare, _behind_blanks(context, place))

    def explains(self, context: str, text: str, start: int) -> bool:
        """Returns whether an offset that is none in code points is exactly that of an answer in this reading."""
        place = self.place(context, start)
        if place is None or place == start:
            return False
        return context.startswith(text, place) or self._span_at(context, text.strip(), place) is not None

    def _span_at(self, context: str, bare: str, begin: int) -> tuple[int, int] | None:
        if context.startswith(bare, begin):
            return begin, begin + len(bare)
        end = _end_in_other_form(context, bare, begin) if self.repair == OTHER_FORM else None
        return None if end is None else (begin, end)


def _behind_blanks(context: str, place: int) -> int:
    blanks = _RUNS_OF_BLANKS.match(context, place)
    return blanks.end() if blanks else place


def _end_in_other_form(context: str, bare: str, begin: int) -> int | None:
    decomposed = unicodedata.normalize("NFD", bare)
    for length in {len(bare), len(decomposed), len(unicodedata.normalize("NFC", bare))}:
        end = begin + length
        goes_on = end < len(context) and continues(context[end])
        if unicodedata.normalize("NFD", context[begin:end]) == decomposed and not goes_on:
            return end
    return None


def _code_points(context: str, start: int) -> int:
    return start


def _encoded(encoding: str, width: int) -> Callable[[str, int], int | None]:
    def place(context: str, start: int) -> int | None:
        if context.isascii():
            return start
        try:
            return len(context.encode(encoding)[: width * start].decode(encoding))
        except UnicodeDecodeError:  # the offset is inside a character
            return None

    return place


def _clusters(context: str, start: int) -> int | None:
    starts = cluster_starts(context)
    return starts[start] if start < len(starts) else None


def _in_form(form: _Form) -> Callable[[str, int], int | None]:
    def place(context: str, start: int) -> int | None:
        return start if unicodedata.is_normalized(form, context) else _starts_in_form(context, form).get(start)

    return place


@functools.lru_cache(maxsize=16)  # the questions of a context follow each other
def _starts_in_form(context: str, form: _Form) -> Mapping[int, int]:
    """Maps the offset of each letter, with its marks, in a form of Unicode to that in the context."""
    inside = {letter for letter in set(context) if continues(letter) or _HANGUL_INSIDE.match(letter)}
    begins = [place for place, letter in enumerate(context) if letter not in inside or not place]
    starts, length = {}, 0
    for begin, end in zip(begins, [*begins[1:], len(context)], strict=True):
        starts[length] = begin
        length += _length_in_form(context[begin:end], form)
    return starts


@functools.lru_cache(maxsize=4096)
def _length_in_form(letter: str, form: _Form) -> int:
    return len(unicodedata.normalize(form, letter))


def _shortened(pattern: re.Pattern[str], first: int) -> Callable[[str, int], int]:
    """Reads offsets that count each match as one character, and a match at the beginning as `first` of them."""

    def place(context: str, start: int) -> int:
        for match in pattern.finditer(context):
            kept = 1 if match.start() else first
            if match.start() + kept > start:
                break
            start += match.end() - match.start() - kept
        return start

    return place


CODE_POINTS = Reading("code points", "", _code_points)
OTHERS = (
    Reading("no blanks at the beginning of the context", BLANKS, _shortened(_FIRST_BLANKS, 0)),
    Reading("line ends of two characters as one", BLANKS, _shortened(_LINE_ENDS, 1)),
    Reading("runs of blanks as one", BLANKS, _shortened(_RUNS_OF_BLANKS, 1)),
    Reading("runs of blanks as one, and none at the beginning", BLANKS, _shortened(_RUNS_OF_BLANKS, 0)),
    Reading("UTF-8 bytes", BYTES, _encoded("utf-8", 1)),
    Reading("UTF-16 units", UTF_16, _encoded("utf-16-le", 2)),
    Reading("grapheme clusters", CLUSTERS, _clusters),
    Reading("characters in the form NFC", OTHER_FORM, _in_form("NFC")),
    Reading("characters in the form NFD", OTHER_FORM, _in_form("NFD")),
)
"""All readings but `CODE_POINTS`."""


def reading_of(answers: Iterable[tuple[str, str, int | None]]) -> Reading:
    """Finds out what the offsets of a file count.

    Offsets count something else than code points if more than half of the wrong offsets that can be explained are right
    in that reading, and no more of the right ones would be wrong in it.

    Args:
        answers: The context, text and offset of each answer of the file.

    Returns:
        The reading.
    """
    right: list[tuple[str, str, int]] = []
    explained, votes = 0, dict.fromkeys(OTHERS, 0)
    for context, text, start in answers:
        bare = text.strip()
        if not bare or start is None or not 0 <= start <= 4 * len(context):
            continue
        if any(place >= 0 and context.startswith(bare, place) for place in beside_blanks(context, text, start)):
            right.append((context, bare, start))
        if not context.startswith(text, start):
            explaining = [reading for reading in OTHERS if reading.explains(context, text, start)]
            explained += bool(explaining)
            for reading in explaining:
                votes[reading] += 1
    best = max(OTHERS, key=votes.__getitem__)
    if 2 * votes[best] <= explained:
        return CODE_POINTS
    against = sum(best.place(answer[0], answer[2]) != answer[2] and not best.span(*answer) for answer in right)
    return best if votes[best] > against else CODE_POINTS


def beside_blanks(context: str, text: str, start: int) -> Iterator[int]:
    """Yields the offset, those that count the answer's own blanks otherwise, and that behind blanks; maybe negative."""
    lead = len(text) - len(text.lstrip())
    yield from (start, start + lead, start - lead, _behind_blanks(context, start))
