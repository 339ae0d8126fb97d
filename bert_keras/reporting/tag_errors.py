"""The mistakes of a token classifier: of which kind each is, which are most frequent, and where they are in a text."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bert_keras.reporting.tag_record import TaggedText
from bert_keras.tagging.alignment import Span

WRONG_TYPE = "wrong type"
WRONG_BOUNDS = "wrong bounds"
BOTH_WRONG = "wrong type and bounds"
MISSED = "missed"
INVENTED = "invented"
KINDS = {
    WRONG_TYPE: "the right words, and another type of entity",
    WRONG_BOUNDS: "the right type, and more or fewer words",
    BOTH_WRONG: "words of an entity, and another type",
    MISSED: "an entity of which no word is found",
    INVENTED: "words that are no entity",
}
"""The kinds of mistakes, each with what it means."""


class Mistake(NamedTuple):
    """A mistake.

    Attributes:
        kind: One of `KINDS`.
        gold: The text of the entity; empty if it is invented.
        label: The type of the entity; empty if it is invented.
        found: The text that is found; empty if it is missed.
        found_label: The type that is found; empty if it is missed.
    """

    kind: str
    gold: str
    label: str
    found: str
    found_label: str


def mistakes(text: TaggedText) -> Iterator[Mistake]:
    """Yields the mistakes of a text: one for each entity that is not found, and each that is found without one there.

    An entity that is found with other bounds is compared with the first one that it overlaps.
    """
    wrong = [span for span in text.found if span not in text.gold]
    used: set[Span] = set()
    for span in text.gold:
        if span in text.found:
            continue
        near = [other for other in wrong if _overlap(span, other)]
        found = next((other for other in near if _bounds(other) == _bounds(span)), near[0] if near else None)
        if found is None:
            yield Mistake(MISSED, _of(text, span), span.label, "", "")
            continue
        used.update(near)
        same = _bounds(found) == _bounds(span)
        kind = WRONG_TYPE if same else WRONG_BOUNDS if found.label == span.label else BOTH_WRONG
        yield Mistake(kind, _of(text, span), span.label, _of(text, found), found.label)
    for span in wrong:
        if span not in used:
            yield Mistake(INVENTED, "", "", _of(text, span), span.label)


def frequent_mistakes(texts: Sequence[TaggedText], most: int) -> list[tuple[Mistake, int, str]]:
    """Returns the most frequent mistakes.

    Args:
        texts: The texts.
        most: The maximum number of mistakes.

    Returns:
        Each mistake, how often it is made, and the place of the first one; the most frequent first.
    """
    counts = Counter[Mistake]()
    places: dict[Mistake, str] = {}
    for text in texts:
        for mistake in mistakes(text):
            counts[mistake] += 1
            places.setdefault(mistake, text.place)
    return [(mistake, count, places[mistake]) for mistake, count in counts.most_common(most)]


@dataclass(frozen=True)
class MarkedPiece:
    """A piece of a text.

    Attributes:
        text: The piece.
        gold: The type of the entity that it belongs to; empty if it belongs to none.
        found: The type of entity that is found there; empty if none is.
        begins: What to write before the piece: the type, where an entity begins, and what was found instead.
    """

    text: str
    gold: str
    found: str
    begins: str = ""

    @property
    def right(self) -> bool:
        """Whether the same type is found as there is."""
        return self.gold == self.found


def marked_pieces(text: TaggedText) -> list[MarkedPiece]:
    """Divides a text where an entity, or one that is found, begins or ends."""
    spans = (*text.gold, *text.found)
    edges = sorted({0, len(text.text), *(edge for span in spans for edge in (span.start, span.end))})
    pieces = []
    for start, end in zip(edges, edges[1:], strict=False):
        gold, found = (_at(of, start) for of in (text.gold, text.found))
        begins = any(span is not None and span.start == start for span in (gold, found))
        true, other = (span.label if span else "" for span in (gold, found))
        told = true if true == other else f"{true or 'none'} → {other or 'none'}"
        pieces.append(MarkedPiece(text.text[start:end], true, other, told if begins else ""))
    return pieces


def _at(spans: Sequence[Span], place: int) -> Span | None:
    return next((span for span in spans if span.start <= place < span.end), None)


def _of(text: TaggedText, span: Span) -> str:
    return text.text[span.start : span.end]


def _bounds(span: Span) -> tuple[int, int]:
    return span.start, span.end


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
