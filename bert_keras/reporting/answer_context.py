"""Contexts with gold and predicted answers marked; long contexts are cut to the parts around the answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bert_keras.reporting.answer_record import AnsweredQuestion, Span

_WHOLE = 1_500
_AROUND = 300
_NEAR_A_BLANK = 20


@dataclass(frozen=True)
class Piece:
    """A piece of a context.

    Attributes:
        text: The text of the piece.
        gold: Whether it belongs to a gold answer.
        best: Whether it belongs to the best span.
        left_out: The number of code points of the context that are left out before it.
    """

    text: str
    gold: bool
    best: bool
    left_out: int = 0


def marked_context(question: AnsweredQuestion) -> list[Piece]:
    """Divides a question's context at the places where an answer begins or ends.

    Args:
        question: The question.

    Returns:
        The pieces in order, all near an answer; an empty last one if the end of the context is left out.
    """
    context, best = question.context, [question.best] if question.best else []
    pieces, behind = [], 0
    for begin, end in _shown_parts(context, [*question.gold, *best]):
        left_out = begin - behind
        for start, stop in _divided(begin, end, [*question.gold, *best]):
            pieces.append(Piece(context[start:stop], _within(start, question.gold), _within(start, best), left_out))
            left_out = 0
        behind = end
    if behind < len(context):
        pieces.append(Piece("", False, False, len(context) - behind))
    return pieces


def _shown_parts(context: str, spans: Sequence[Span]) -> list[tuple[int, int]]:
    """Returns start and end of each shown part: a short context as a whole, of a long one the text around the spans."""
    if len(context) <= _WHOLE:
        return [(0, len(context))]
    places = sorted({place for span in spans for place in (span.start, span.end)}) or [0]
    parts: list[tuple[int, int]] = []
    for place in places:
        begin, end = _at_blank(context, place - _AROUND, -1), _at_blank(context, place + _AROUND, 1)
        if parts and begin <= parts[-1][1]:
            parts[-1] = parts[-1][0], max(end, parts[-1][1])
        else:
            parts.append((begin, end))
    return parts


def _at_blank(context: str, place: int, step: int) -> int:
    """Returns the next blank in one direction, or the place itself if none is near, as in Chinese."""
    for near in range(place, place + step * _NEAR_A_BLANK, step):
        if not 0 < near < len(context):
            return min(max(near, 0), len(context))
        if context[near].isspace():
            return near
    return place


def _divided(begin: int, end: int, spans: Iterable[Span]) -> list[tuple[int, int]]:
    """Returns the parts between two places, each with all its code points in the same spans."""
    edges = {edge for span in spans for edge in (span.start, span.end) if begin < edge < end}
    places = sorted(edges | {begin, end})
    return list(zip(places, places[1:], strict=False))


def _within(place: int, spans: Iterable[Span]) -> bool:
    return any(span.start <= place < span.end for span in spans)
