"""An exported span extractor, answering in Python as it does on a server."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import overload

import numpy as np

from bert_keras.errors import ExportError, InputError
from bert_keras.models import SpanAnswer, SpanCandidate
from bert_keras.models.classify_stream import TOKEN_BUDGET, growing_chunks
from bert_keras.models.span_extractor import Texts
from bert_keras.runtime.lanes import lanes, made_ahead
from bert_keras.serving.loaded_export import LoadedExport, guessed_lengths
from bert_keras.serving.span_signatures import INPUTS, OUTPUTS
from bert_keras.text import MOST_ROWS, passes_by_length


class SavedExtractor(LoadedExport):
    """A SavedModel of a span extractor that `export` wrote.

    Args:
        folder: A version's folder.

    Attributes:
        inputs: What it takes: `question` and `context`.
        outputs: The names of what it gives, sorted.

    Raises:
        ExportError: No export of a span extractor.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        if self.inputs != list(INPUTS) or self.outputs != list(OUTPUTS):
            raise ExportError(
                f"{folder}: not the export of a span extractor. Received: inputs {self.inputs}, outputs {self.outputs}"
            )

    @overload
    def answer(self, question: str, context: str, token_budget: int = TOKEN_BUDGET) -> SpanAnswer: ...

    @overload
    def answer(self, question: Texts, context: str | Texts, token_budget: int = TOKEN_BUDGET) -> list[SpanAnswer]: ...

    def answer(
        self, question: str | Texts, context: str | Texts, token_budget: int = TOKEN_BUDGET
    ) -> SpanAnswer | list[SpanAnswer]:
        """Does as `SpanExtractor.answer`.

        Args:
            question: A question, or several.
            context: The text that holds the answer, of any length; with several questions one for each, or one for all.
            token_budget: Most tokens of a request, about, for it is the export that counts them; texts of like length
                go together.

        Returns:
            The answer, or a list of answers in the order of the questions.

        Raises:
            InputError: Something else than texts, or another number of contexts than of questions.
        """
        if isinstance(question, str):
            return next(self._answer_chunk([(question, context)], token_budget))  # type: ignore[list-item]
        contexts = [context] * len(question) if isinstance(context, str) else list(context)
        if len(contexts) != len(question):
            raise InputError(
                f"each question needs its context. Received: {len(question)} questions, {len(contexts)} contexts"
            )
        return list(self.answer_stream(zip(question, contexts, strict=True), token_budget))

    def answer_stream(
        self, documents: Iterable[tuple[str, str]], token_budget: int = TOKEN_BUDGET
    ) -> Iterator[SpanAnswer]:
        """Does as `SpanExtractor.answer_stream`.

        Args:
            documents: Tuples (question, context).
            token_budget: Most tokens of a request, about.

        Yields:
            An answer for each, in order.

        Raises:
            InputError: As `answer`.
        """
        for chunk in growing_chunks(documents):
            yield from self._answer_chunk(chunk, token_budget)

    def _answer_chunk(self, documents: Sequence[tuple[str, str]], token_budget: int) -> Iterator[SpanAnswer]:
        for document in documents:
            if len(document) != 2 or not all(isinstance(text, str) for text in document):
                raise InputError(f"expected texts: a question and its context. Received: {document!r:.60}")
        passes = passes_by_length(guessed_lengths(documents), token_budget, MOST_ROWS)
        found = made_ahead(lambda places: self._answers([documents[place] for place in places]), passes, lanes())
        answers = {
            place: answer
            for places, part in zip(passes, found, strict=True)
            for place, answer in zip(places, part, strict=True)
        }
        yield from (answers[place] for place in range(len(documents)))

    def _answers(self, documents: Sequence[tuple[str, str]]) -> list[SpanAnswer]:
        """One request."""
        outputs = self._request(*(list(column) for column in zip(*documents, strict=True)))
        return list(span_answers(outputs))


def span_answers(outputs: dict[str, np.ndarray]) -> Iterator[SpanAnswer]:
    """Turns what a request gave into answers.

    Args:
        outputs: Arrays by the names of the outputs.

    Yields:
        An answer for each question.
    """
    rows = {name: values.tolist() for name, values in outputs.items()}
    for row, texts in enumerate(rows["answers"]):
        spans = zip(texts, rows["starts"][row], rows["ends"][row], rows["scores"][row], strict=True)
        # A span has a code point at least; what ends at 0 is not there.
        n_best = tuple(SpanCandidate(text.decode(), start, end, score) for text, start, end, score in spans if end)
        text, start, end = rows["answer"][row].decode(), rows["start"][row], rows["end"][row]
        yield SpanAnswer(text, start, end, rows["score"][row], rows["null_odds"][row], n_best)
