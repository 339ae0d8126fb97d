"""Alignment of marked spans of a text to its words, none of which is in two entities."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Span(NamedTuple):
    """A marked span of a text.

    Attributes:
        start: The index of its first code point.
        end: The index after its last code point.
        label: The type of entity.
    """

    start: int
    end: int
    label: str


class Aligned(NamedTuple):
    """The words that spans of a text are about. Indices are those of the spans given.

    Attributes:
        words: The first and the last word of each span that is kept, and its index, in the order of the text.
        widened: The spans that begin or end within a word, and were widened to it.
        overlapping: The spans that are left out, because they overlap a longer one or one before of equal length.
        wordless: The spans that are left out, because there is no word in them.
    """

    words: list[tuple[int, int, int]]
    widened: list[int]
    overlapping: list[int]
    wordless: list[int]


def align(spans: Sequence[Span], starts: np.ndarray, ends: np.ndarray) -> Aligned:
    """Finds the words of each span.

    Args:
        spans: The spans.
        starts: The index of each word's first code point, `[words]`, ascending.
        ends: The index after its last one, `[words]`.

    Returns:
        The words.
    """
    firsts = np.searchsorted(ends, [span.start for span in spans], side="right").tolist()
    lasts = (np.searchsorted(starts, [span.end for span in spans], side="left") - 1).tolist()
    found = Aligned([], [], [], [])
    taken: list[tuple[int, int]] = []
    for place in sorted(range(len(spans)), key=lambda at: (spans[at].start - spans[at].end, spans[at].start)):
        first, last = firsts[place], lasts[place]
        if last < first or spans[place].end <= spans[place].start:  # one within a word would be widened to it
            found.wordless.append(place)
        elif any(first <= other_last and other_first <= last for other_first, other_last in taken):
            found.overlapping.append(place)
        else:
            taken.append((first, last))
            found.words.append((first, last, place))
            if starts[first] < spans[place].start or ends[last] > spans[place].end:
                found.widened.append(place)
    return Aligned(sorted(found.words), *(sorted(places) for places in found[1:]))


def widened_spans(spans: Sequence[Span], starts: np.ndarray, ends: np.ndarray) -> list[Span]:
    """Returns the spans that have words of their own, with the bounds of these words; see `align`."""
    return [
        Span(int(starts[first]), int(ends[last]), spans[of].label)
        for first, last, of in align(spans, starts, ends).words
    ]
