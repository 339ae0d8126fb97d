"""Single questions as pages show them, and the kinds of mistakes among them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bert_keras.evaluation import hardest_rows
from bert_keras.reporting.answer_context import Piece, marked_context
from bert_keras.reporting.answer_record import AnsweredQuestion
from bert_keras.reporting.answer_windows import Strip, strip


@dataclass(frozen=True)
class ErrorKind:
    """A kind of mistake.

    Attributes:
        name: Of the section that shows them.
        title: What people read.
        about: What makes a mistake one of these.
    """

    name: str
    title: str
    about: str


WRONG_SPAN = ErrorKind("wrong-span", "wrong span", "What was answered shares no word with any gold answer.")
PARTIAL = ErrorKind("partial", "partial overlap", "Some words of a gold answer, too many or too few.")
NEEDLESS = ErrorKind(
    "needless", "answered, though there is no answer", "The context holds no answer, and a span was given as one."
)
MISSED = ErrorKind(
    "missed", "not answered, though there is an answer", "The best span was held back, or there was none."
)
ERROR_KINDS = (WRONG_SPAN, PARTIAL, NEEDLESS, MISSED)


@dataclass(frozen=True)
class AnswerExample:
    """A question with all that a page shows of it.

    Attributes:
        question: The question.
        gold: Texts of the gold answers, each once.
        pieces: Its context, marked.
        strip: Where its windows and answers lie.
    """

    question: AnsweredQuestion
    gold: list[str]
    pieces: list[Piece]
    strip: Strip

    @property
    def candidates(self) -> list[tuple[str | None, str, float]]:
        """The n-best with "no answer" (None) among them: text, place and probability, likeliest first."""
        spans = [(span.text, f"{span.start:,}-{span.end:,}", probability) for span, probability in self.question.n_best]
        return sorted([*spans, (None, "", self.question.null_probability)], key=lambda candidate: -candidate[2])


def error_kind(question: AnsweredQuestion) -> ErrorKind | None:
    """Says what kind of mistake an answer is.

    Args:
        question: The question.

    Returns:
        The kind; None where the answer is right.
    """
    if question.f1 >= 1:
        return None
    if not question.gold:
        return NEEDLESS
    if not question.answered:
        return MISSED
    return PARTIAL if question.f1 > 0 else WRONG_SPAN


def hardest_questions(questions: Sequence[AnsweredQuestion], count: int) -> list[AnsweredQuestion]:
    """Finds the questions of the highest losses.

    Args:
        questions: The questions.
        count: Most to give.

    Returns:
        The questions, hardest first.
    """
    return [questions[place] for place in hardest_rows(np.array([question.loss for question in questions]), count)]


def answer_example(question: AnsweredQuestion) -> AnswerExample:
    """Makes a question ready for a page.

    Args:
        question: The question.

    Returns:
        The example.
    """
    gold = list(dict.fromkeys(span.text for span in question.gold))
    return AnswerExample(question, gold, marked_context(question), strip(question))
