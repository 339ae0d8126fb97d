"""Questions about documents, with the places of their answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GoldAnswer:
    """An answer that stands in its context.

    Attributes:
        text: Exactly `context[start:end]`, with no blanks at its ends.
        start: Where it begins in the context, in code points.
    """

    text: str
    start: int

    @property
    def end(self) -> int:
        """Where it ends, exclusive."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a context.

    Attributes:
        id: Its name, which no other question of the source has.
        text: As it was asked.
        context: The place of its context in `QuestionSource.contexts`.
        answers: Those that stand in the context; none where there is no answer, or where answers are not read.
        article: The title of the article that the context is from, "" where the file has none.
        place: For people: `dev.json, article "Normans", paragraph 3, id 56ddde6b` or `train.jsonl, line 7`.
    """

    id: str
    text: str
    context: int
    answers: tuple[GoldAnswer, ...]
    article: str
    place: str


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer as a file has it, not checked.

    Attributes:
        text: Of the answer.
        start: Where it is said to begin in the context; None where the file does not say.
    """

    text: str
    start: int | None


@dataclass(frozen=True, slots=True)
class GivenQuestion:
    """A question as a file has it, its answers not checked; see `Question`.

    Attributes:
        id: Its name, as a string.
        text: As it was asked.
        context: The text that it is about.
        answers: All that the file has; none where there is no answer, or where answers are not read.
        article: The title of the article, or "".
        place: For people.
    """

    id: str
    text: str
    context: str
    answers: tuple[GivenAnswer, ...]
    article: str
    place: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An answer that cannot be found in its context.

    Attributes:
        id: Of its question.
        place: Of its question, for people.
        question: The question's text.
        answer: The answer's text, as the file has it.
        reason: Why it is left out.
        question_too: Whether its question is left out with it, having no other answer.
    """

    id: str
    place: str
    question: str
    answer: str
    reason: str
    question_too: bool
