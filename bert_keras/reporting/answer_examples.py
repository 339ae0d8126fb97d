"""Single questions as pages show them, and the kinds of errors among them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bert_keras.evaluation import hardest_rows
from bert_keras.reporting.answer_context import Piece, marked_context
from bert_keras.reporting.answer_record import AnsweredQuestion
from bert_keras.reporting.answer_windows import Strip, strip
from bert_keras.reporting.coloured_words import Words


@dataclass(frozen=True)
class ErrorKind:
    """A kind of error.

    Attributes:
        name: The id of the page's section.
        title: The heading.
        about: The definition, for readers of the page.
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
    """A question with everything that a page shows about it.

    Attributes:
        question: The question.
        gold: The distinct texts of the gold answers.
        pieces: The context with its answers marked.
        strip: The drawing of the windows and answers within the context.
        words: The words of the question by what the prediction loses without each; `None` if not looked at.
    """

    question: AnsweredQuestion
    gold: list[str]
    pieces: list[Piece]
    strip: Strip
    words: Words | None = None

    @property
    def candidates(self) -> list[tuple[str | None, str, float]]:
        """The n-best list with "no answer" (`None`) in it: text, place and probability, most probable first."""
        spans = [(span.text, f"{span.start:,}-{span.end:,}", probability) for span, probability in self.question.n_best]
        return sorted([*spans, (None, "", self.question.null_probability)], key=lambda candidate: -candidate[2])


def error_kind(question: AnsweredQuestion) -> ErrorKind | None:
    """Returns the kind of error of a question's prediction.

    Args:
        question: The question.

    Returns:
        The kind of error; `None` if the prediction is right.
    """
    if question.f1 >= 1:
        return None
    if not question.gold:
        return NEEDLESS
    if not question.answered:
        return MISSED
    return PARTIAL if question.f1 > 0 else WRONG_SPAN


def hardest_questions(questions: Sequence[AnsweredQuestion], count: int) -> list[AnsweredQuestion]:
    """Returns the questions with the highest losses.

    Args:
        questions: The questions.
        count: The maximum number of questions to return.

    Returns:
        The questions, highest loss first.
    """
    return [questions[place] for place in hardest_rows(np.array([question.loss for question in questions]), count)]


def answer_example(question: AnsweredQuestion) -> AnswerExample:
    """Prepares a question for a page.

    Args:
        question: The question.

    Returns:
        The question with its marked context and its drawing.
    """
    gold = list(dict.fromkeys(span.text for span in question.gold))
    return AnswerExample(question, gold, marked_context(question), strip(question))
