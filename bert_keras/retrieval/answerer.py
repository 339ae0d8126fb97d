"""Answers questions over all documents of an index."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bert_keras.errors import InputError
from bert_keras.models import SpanAnswer
from bert_keras.models.classify_stream import TOKEN_BUDGET
from bert_keras.models.question_answerer import QuestionAnswerer
from bert_keras.retrieval.competition import Contender, Span, compete
from bert_keras.retrieval.index import By, DocumentIndex, Passage

_QUESTIONS = 16  # whose paragraphs are read together
_BUDGET_ALONE = 1024  # tokens


class Reader(Protocol):
    """What answers questions from contexts: a `SpanExtractor`, a `SavedExtractor`, or a `Client` of a server."""

    def answer(self, question: Any, context: Any) -> Any:
        """Returns a `SpanAnswer` for each of a list of questions and the context at its index."""


@dataclass(frozen=True, slots=True)
class AnswerPlace:
    """Where an answer stands.

    Attributes:
        file: The name of the document.
        page: The page, from 1; `None` if the document has none.
        line: The line of the file, from 1; `None` if the document's text has other lines.
        start: The index of the answer's first code point in the document's text.
        end: The index after its last code point.
        sentence: The sentence that it is in.
        sentence_start: The index of the sentence's first code point in the document's text.
    """

    file: str
    page: int | None
    line: int | None
    start: int
    end: int
    sentence: str
    sentence_start: int


@dataclass(frozen=True, slots=True)
class AnswerCandidate:
    """A possible answer.

    Attributes:
        text: The answer, as it stands at its best place.
        score: Its probability among all answers from the paragraphs that were read, and no answer.
        places: Its places, best first.
    """

    text: str
    score: float
    places: tuple[AnswerPlace, ...]


@dataclass(frozen=True, slots=True)
class DocumentAnswer:
    """The answer to a question about documents.

    Attributes:
        question: The question.
        text: The answer; empty if there is none.
        score: Its probability, or that of no answer.
        null_odds: The log-odds of no answer against the best candidate; infinite without one.
        places: The places of the answer, best first; none if there is no answer.
        candidates: The best candidates, best first, whatever the threshold.
    """

    question: str
    text: str
    score: float
    null_odds: float
    places: tuple[AnswerPlace, ...]
    candidates: tuple[AnswerCandidate, ...]


class DocumentAnswerer:
    """Finds the paragraphs of an index that fit a question, and has a reader answer it from them.

    Args:
        index: The index.
        reader: A `SpanExtractor`, a `SavedExtractor`, or a `Client` of a server that has one.
        paragraphs: The number of paragraphs to read for a question.
        by: How paragraphs are found; see `DocumentIndex.search`.
        null_threshold: The null odds above which there is no answer. `None` means that there is none if the reader says
            so about the paragraph of the best candidate.
        candidates: The maximum number of candidates of an answer.

    Raises:
        InputError: `paragraphs` or `candidates` is below 1.
    """

    def __init__(
        self,
        index: DocumentIndex,
        reader: Reader,
        *,
        paragraphs: int = 10,
        by: By = "both",
        null_threshold: float | None = None,
        candidates: int = 5,
    ) -> None:
        if min(paragraphs, candidates) < 1:
            raise InputError(f"paragraphs and candidates must be 1 or above. Received: {paragraphs} and {candidates}")
        self.index, self.reader = index, reader
        self.paragraphs, self.by = paragraphs, by
        self.null_threshold, self.candidates = null_threshold, candidates

    def answer(self, question: str) -> DocumentAnswer:
        """Answers a question.

        Args:
            question: The question.

        Returns:
            The answer.

        Raises:
            InputError: The question is blank, or the index is empty.
        """
        return next(self.answer_stream([question]))

    def answer_stream(self, questions: Iterable[str]) -> Iterator[DocumentAnswer]:
        """Answers any number of questions, some at a time.

        Args:
            questions: The questions.

        Yields:
            The answer to each, in order.

        Raises:
            InputError: A question is blank, or the index is empty.
        """
        if not len(self.index):
            raise InputError(f"{self.index.folder}: the index holds no paragraph; update it with documents first")
        asked = iter(questions)
        while chunk := list(itertools.islice(asked, _QUESTIONS)):
            found = [self.index.search(question, self.paragraphs, self.by) for question in chunk]
            pairs = [(question, one.text) for question, ones in zip(chunk, found, strict=True) for one in ones]
            said = self._read(pairs, alone=len(chunk) == 1)
            answers = iter(said)
            for question, passages in zip(chunk, found, strict=True):
                contenders, nothing = compete(passages, list(itertools.islice(answers, len(passages))))
                yield self._answer(question, contenders, nothing)

    def _read(self, pairs: Sequence[tuple[str, str]], alone: bool) -> list[SpanAnswer]:
        if not pairs:
            return []
        questions, contexts = map(list, zip(*pairs, strict=True))
        if isinstance(self.reader, QuestionAnswerer):
            # The paragraphs of one question are few, and shared out to the cores all the same.
            return self.reader.answer(questions, contexts, _BUDGET_ALONE if alone else TOKEN_BUDGET)
        return self.reader.answer(questions, contexts)

    def _answer(self, question: str, contenders: Sequence[Contender], nothing: float) -> DocumentAnswer:
        candidates = tuple(
            AnswerCandidate(one.spans[0].text, one.score, tuple(map(_place, one.spans)))
            for one in contenders[: self.candidates]
        )
        best = contenders[0] if contenders else None
        odds = best.odds if best is not None else float("inf")
        if best is None or not self._is_answer(best):
            return DocumentAnswer(question, "", nothing, odds, (), candidates)
        return DocumentAnswer(question, candidates[0].text, best.score, odds, candidates[0].places, candidates)

    def _is_answer(self, best: Contender) -> bool:
        return best.spans[0].answered if self.null_threshold is None else best.odds <= self.null_threshold


def _place(span: Span) -> AnswerPlace:
    passage = span.passage
    file, start, end = span.place
    return AnswerPlace(
        file,
        _counted(passage, passage.page, "\f", span.start),
        _counted(passage, passage.line, "\n", span.start),
        start,
        end,
        passage.text[span.sentence_start : span.sentence_end],
        passage.start + span.sentence_start,
    )


def _counted(passage: Passage, first: int | None, mark: str, start: int) -> int | None:
    return None if first is None else first + passage.text.count(mark, 0, start)
