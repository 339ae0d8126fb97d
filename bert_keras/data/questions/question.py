"""Questions about contexts, with the locations of their answers."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Context = TypeVar("Context")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class GoldAnswer:
    """An answer that was found in its context.

    Attributes:
        text: The text of the answer, exactly `context[start:end]`, without blanks at its ends.
        start: The first code point of the answer in the context.
    """

    text: str
    start: int

    @property
    def end(self) -> int:
        """The end of the answer in code points, exclusive."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer as the file states it, not checked.

    Attributes:
        text: The text of the answer.
        start: The stated offset of the answer in the context; None if the file does not state one.
    """

    text: str
    start: int | None


@dataclass(frozen=True, slots=True)
class _AnyQuestion(Generic[Context, Answer]):
    """A question about a context.

    Attributes:
        id: The id of the question.
        text: The text of the question.
        context: The context, or its index.
        answers: The answers; empty for an unanswerable question, and if answers are not read.
        article: The title of the article that the context is from; "" if the file has none.
        place: The location, for messages: `dev.json, article "Normans", paragraph 3, id 56ddde6b` or
            `train.jsonl, line 7`.
    """

    id: str
    text: str
    context: Context
    answers: tuple[Answer, ...]
    article: str
    place: str


@dataclass(frozen=True, slots=True)
class GivenQuestion(_AnyQuestion[str, GivenAnswer]):
    """A question as the file states it, with the text of its context; the answers are not checked.

    Attributes:
        impossible: Whether the file says that the question has no answer; None if it says neither.
        silent: Whether the file has neither answers nor such a mark for the question, not even an empty one.
        named: Whether the file states the id; if not, the id is made of the place.
    """

    impossible: bool | None = None
    silent: bool = False
    named: bool = True


class Question(_AnyQuestion[int, GoldAnswer]):
    """A question whose answers were found in its context, which is an index into `QuestionSource.contexts`.

    The id is unique in its source; see `QuestionSource.renamed`.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class RenamedQuestion:
    """A question that has got an id of its own, since an earlier question has the id that the file states.

    Attributes:
        id: The id of the question in its source.
        stated_id: The id that the file states.
        place: The location of the question, for messages.
        first_place: The location of the first question with the stated id.
    """

    id: str
    stated_id: str
    place: str
    first_place: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An answer that is left out because it is not in its context, or because its place is ambiguous.

    Attributes:
        id: The id of the question.
        place: The location of the question, for messages.
        question: The text of the question.
        answer: The text of the answer, as the file states it.
        reason: The reason.
        question_too: Whether the question is left out too, since it has no other answer.
    """

    id: str
    place: str
    question: str
    answer: str
    reason: str
    question_too: bool
