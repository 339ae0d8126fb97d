"""The interface of models that answer questions: in memory, or exported."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias, overload

from bert_keras.errors import InputError
from bert_keras.models.classify_stream import TOKEN_BUDGET, growing_chunks
from bert_keras.models.span_answers import SpanAnswer

Texts: TypeAlias = list[str] | tuple[str, ...]


class QuestionAnswerer:
    """Answers questions with spans of their contexts. Subclasses define how a chunk of questions is run."""

    @overload
    def answer(self, question: str, context: str, token_budget: int = TOKEN_BUDGET) -> SpanAnswer: ...

    @overload
    def answer(self, question: Texts, context: str | Texts, token_budget: int = TOKEN_BUDGET) -> list[SpanAnswer]: ...

    def answer(
        self, question: str | Texts, context: str | Texts, token_budget: int = TOKEN_BUDGET
    ) -> SpanAnswer | list[SpanAnswer]:
        """Answers one or several questions.

        Args:
            question: A question, or several.
            context: The text that contains the answer, of any length. Several questions take one context each, or share
                one.
            token_budget: The maximum number of tokens per batch, padding included; windows of similar length are
                batched. An exported model estimates the number of tokens from the lengths of the texts.

        Returns:
            The answer, or a list of answers in the order of the questions.

        Raises:
            InputError: The arguments are not texts, the numbers of questions and contexts differ, or the model has no
                preprocessor.
        """
        self._check_call("answer", question, context)
        if isinstance(question, str):
            return next(self._checked_chunk([(question, context)], token_budget))
        contexts = [context] * len(question) if isinstance(context, str) else list(context)
        if len(contexts) != len(question):
            raise InputError(
                f"each question needs its context. Received: {len(question)} questions, {len(contexts)} contexts"
            )
        return list(self.answer_stream(zip(question, contexts, strict=True), token_budget))

    def answer_stream(
        self, documents: Iterable[tuple[str, str]], token_budget: int = TOKEN_BUDGET
    ) -> Iterator[SpanAnswer]:
        """Answers any number of questions, reading them as needed and yielding the first answers early.

        Args:
            documents: Tuples (question, context). Neighbours with the same context take less time.
            token_budget: The maximum number of tokens per batch, as in `answer`.

        Yields:
            One answer per question, in order.

        Raises:
            InputError: A document is not a tuple of two texts, or the model has no preprocessor.
        """
        self._check_call("answer_stream")
        for chunk in growing_chunks(documents):
            yield from self._checked_chunk(chunk, token_budget)

    def _checked_chunk(self, documents: Sequence[Any], token_budget: int) -> Iterator[SpanAnswer]:
        for document in documents:
            pair = isinstance(document, tuple | list) and len(document) == 2
            if not pair or not all(isinstance(text, str) for text in document):
                raise InputError(f"expected texts: a question and its context. Received: {document!r:.60}")
        return self._answer_chunk(documents, token_budget)

    def _check_call(self, method: str, question: Any = "", context: Any = "") -> None:
        """Checks that a method can be called, and its texts as far as a subclass is stricter than `answer`."""

    def _answer_chunk(self, documents: Sequence[tuple[str, str]], token_budget: int) -> Iterator[SpanAnswer]:
        """Answers a chunk of documents, in order."""
        raise NotImplementedError
