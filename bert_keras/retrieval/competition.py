"""The competition of answers that were found in different paragraphs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bert_keras.models import SpanAnswer
from bert_keras.qa import normalize_answer
from bert_keras.retrieval.index import Passage

_LARGEST = 700.0  # the exponential of more is infinite


@dataclass(frozen=True, slots=True)
class Span:
    """A span of a paragraph that may be the answer.

    Attributes:
        passage: The paragraph.
        start: The index of its first code point in the paragraph.
        end: The index after its last code point.
        sentence_start: The index of the first code point of the sentence that it is in.
        sentence_end: The index after the last code point of that sentence.
        weight: Its odds against "no answer in this paragraph".
        answered: Whether the reader gives an answer about its paragraph.
    """

    passage: Passage
    start: int
    end: int
    sentence_start: int
    sentence_end: int
    weight: float
    answered: bool

    @property
    def text(self) -> str:
        """The span's text."""
        return self.passage.text[self.start : self.end]

    def overlaps(self, other: "Span") -> bool:
        """Returns whether the other span has a character of the same document in common, read in any paragraph."""
        first, second = self.place, other.place
        return first[0] == second[0] and first[1] < second[2] and second[1] < first[2]

    @property
    def place(self) -> tuple[str, int, int]:
        """The document, and the first code point and the exclusive end in its text."""
        return self.passage.file, self.passage.start + self.start, self.passage.start + self.end


@dataclass(frozen=True, slots=True)
class Contender:
    """An answer, and all spans that say the same.

    Attributes:
        spans: The spans, best first.
        score: Their probability together, among all spans of all paragraphs and "no answer".
        odds: The log-odds of "no answer" against them.
    """

    spans: tuple[Span, ...]
    score: float
    odds: float


def compete(passages: Sequence[Passage], answers: Sequence[SpanAnswer]) -> tuple[list[Contender], float]:
    """Lets the answers of paragraphs compete.

    A softmax within a paragraph says nothing about other paragraphs, so each span is compared with "no answer" in its
    own: its weight is the ratio of their probabilities. If at most one paragraph holds the answer, a span's probability
    is its weight, divided by the sum of all weights and 1, the weight of "no answer in any paragraph". Spans of the
    same text, but for case, punctuation and articles, are one answer, whose weight is their sum. Of spans that overlap
    in a document, only the best stays.

    Args:
        passages: The paragraphs.
        answers: The reader's answer about each.

    Returns:
        The answers, best first, and the probability of "no answer".
    """
    spans = sorted(
        (span for passage, answer in zip(passages, answers, strict=True) for span in _spans(passage, answer)),
        key=lambda span: -span.weight,
    )
    different = list({span.place: span for span in reversed(spans)}.values())
    total = 1.0 + math.fsum(span.weight for span in different)
    kept: list[Span] = []
    for span in spans:
        if not any(span.overlaps(other) for other in kept):
            kept.append(span)
    groups: dict[str, list[Span]] = {}
    for span in kept:
        groups.setdefault(normalize_answer(span.text) or span.text.casefold(), []).append(span)
    contenders = [_contender(group, total) for group in groups.values()]
    return sorted(contenders, key=lambda one: -one.score), 1.0 / total


def _spans(passage: Passage, answer: SpanAnswer) -> list[Span]:
    if not answer.n_best:
        return []
    best = answer.n_best[0].score
    odds = math.exp(min(max(-answer.null_odds, -_LARGEST), _LARGEST))
    return [
        Span(
            passage=passage,
            start=one.start,
            end=one.end,
            sentence_start=one.sentence_start,
            sentence_end=one.sentence_end,
            weight=odds * (one.score / best if best > 0 else 1.0),
            answered=bool(answer.text),
        )
        for one in answer.n_best
    ]


def _contender(group: list[Span], total: float) -> Contender:
    weight = math.fsum(span.weight for span in group)
    odds = -math.log(weight) if weight > 0 else _LARGEST
    return Contender(tuple(group), weight / total, odds)
