"""The drawing of the windows and answers within a context."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bert_keras.reporting.answer_record import AnsweredQuestion, Span

WIDTH = 1_000
"""The width of the drawing in its own units; heights are in pixels."""
_ROW = 6
_MARK = 7
_NARROWEST = 5.0


@dataclass(frozen=True)
class Bar:
    """A rectangle of the drawing."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Strip:
    """A context drawn as a strip: the best span above, the windows in rows, the gold answers below.

    Attributes:
        windows: The windows; overlapping ones are in different rows.
        gold: The gold answers.
        best: The best span; empty if there is none.
        height: The total height.
        about: The description in words.
    """

    windows: list[Bar]
    gold: list[Bar]
    best: list[Bar]
    height: int
    about: str


def strip(question: AnsweredQuestion) -> Strip:
    """Draws a question's context with its windows and answers.

    Args:
        question: The question.

    Returns:
        The drawing.
    """
    scale = WIDTH / max(1, len(question.context))
    rows = _rows(question.windows)
    below = _MARK + _ROW * (max(rows, default=0) + 1)
    windows = [
        Bar(start * scale, _MARK + _ROW * row, (end - start) * scale, _ROW - 1)
        for (start, end), row in zip(question.windows, rows, strict=True)
    ]
    gold = [_mark(span, scale, below) for span in question.gold]
    best = [_mark(question.best, scale, 0)] if question.best else []
    return Strip(windows, gold, best, below + _MARK, _about(question))


def _rows(windows: Sequence[tuple[int, int]]) -> list[int]:
    """Returns the first row for each window in which it overlaps no other."""
    ends: list[int] = []
    rows = []
    for start, end in windows:
        row = next((row for row, taken in enumerate(ends) if taken < start), len(ends))
        ends[row : row + 1] = [end]
        rows.append(row)
    return rows


def _mark(span: Span, scale: float, y: float) -> Bar:
    """Returns the bar of a span, wide enough to be seen however long the context is."""
    width = min(max((span.end - span.start) * scale, _NARROWEST), WIDTH)
    middle = (span.start + span.end) / 2 * scale
    return Bar(min(max(middle - width / 2, 0.0), WIDTH - width), y, width, _MARK - 1)


def _about(question: AnsweredQuestion) -> str:
    count = len(question.windows)
    parts = [
        f"{len(question.context):,} characters",
        f"{question.tokens:,} tokens",
        f"{count:,} window{'s' if count != 1 else ''}",
    ]
    if count > 1:
        parts += [f"gold in {_holders(question, question.gold)}"] if question.gold else []
        parts += [f"best span in {_holders(question, [question.best])}"] if question.best else []
    return ", ".join(parts)


def _holders(question: AnsweredQuestion, spans: Iterable[Span]) -> str:
    """Returns the numbers, from 1, of the windows that hold at least one of the spans as a whole."""
    held = {
        number
        for number, (start, end) in enumerate(question.windows, 1)
        if any(start <= span.start and span.end <= end for span in spans)
    }
    return ("window " if len(held) == 1 else "windows ") + _joined(sorted(held)) if held else "no window"


def _joined(numbers: Sequence[int]) -> str:
    some = ", ".join(f"{number:,}" for number in numbers[:6])
    return some + (", …" if len(numbers) > 6 else "")
