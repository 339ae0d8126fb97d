"""The data that the report of a question-answering run is made from, without Keras."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bert_keras.reporting.coloured_words import Words
from bert_keras.reporting.curve import Curve
from bert_keras.reporting.headlines import Headlines, headlines

DATA_COLUMNS = {
    "questions read": "questions_read",
    "left out": "left_out",
    "answers repaired": "repaired",
    "contexts": "contexts",
    "questions": "questions",
    "windows": "windows",
    "without the answer": "windows_without_answer",
    "kept": "windows_kept",
}
"""The headings of the data table, each with its key in the report's `data`."""
KINDS_OF_QUESTIONS = {
    "by_set": "set",
    "by_confidence": "the surest answers",
    "by_question_word": "question word",
    "by_answer_words": "words of the answer",
    "by_distance": "words from the answer to the question's nearest word",
    "by_length": "tokens of the context",
    "by_article": "article",
}
"""The headings of the tables of scores, each with its key in the report's `metrics`."""
_ANSWERING = ("f1", "exact_match")
_DECLINING = (
    "f1",
    "exact",
    "best_span_f1",
    "best_span_exact",
    "HasAns_f1",
    "HasAns_exact",
    "NoAns_f1",
    "best_f1",
    "best_exact",
)


@dataclass(frozen=True)
class Span:
    """A span of a context.

    Attributes:
        text: The text of the span.
        start: Its first code point in the context.
        end: One past its last code point.
    """

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class AnsweredQuestion:
    """A question with its gold answers and a reader's prediction.

    Attributes:
        id: The question's id.
        question: The text of the question.
        context: The text that is searched for the answer.
        article: The title of the article that the context is from.
        place: The place in the data, e.g. `dev.json, article 3, paragraph 2`.
        gold: The gold answers; empty if the context holds none.
        best: The best span, whatever the threshold; `None` if there is none.
        answered: Whether the prediction is the best span rather than "no answer".
        probability: The probability of the best span.
        null_odds: The logit of "no answer" minus that of the best span.
        null_probability: The probability of "no answer".
        windows: The first and one past the last code point of the context in each window.
        n_best: The n-best spans with their probabilities, most probable first.
        exact: The exact match of the prediction, 0 or 1.
        f1: The F1 of the prediction, 0 to 1.
        loss: The negative log probability of the gold answer; infinite if no window holds it.
        tokens: The number of tokens of the context.
    """

    id: str
    question: str
    context: str
    article: str
    place: str
    gold: tuple[Span, ...]
    best: Span | None
    answered: bool
    probability: float
    null_odds: float
    null_probability: float
    windows: tuple[tuple[int, int], ...]
    n_best: tuple[tuple[Span, float], ...]
    exact: float
    f1: float
    loss: float
    tokens: int

    @property
    def confidence(self) -> float:
        """The probability of the prediction."""
        return self.probability if self.answered else self.null_probability


@dataclass(frozen=True)
class AnswerRunRecord:
    """A finished question-answering run.

    Attributes:
        name: The name of the run.
        report: The content of `report.json`. Its `metrics` are percentages, and hold the tables `by_length`,
            `KINDS_OF_QUESTIONS`: lists of `{"name", "questions", "exact", "f1"}`.
        train: The training curves by name of the number, with a point per logged step.
        dev: The development curves by name of the number, with a point per epoch.
        train_lengths: The number of tokens per training window, `[windows]`.
        dev_lengths: The number of tokens per development window, `[windows]`.
        run_path: The run's folder as commands name it.
        served_path: The exported model's folder as commands name it; `None` without an export.
        words: A function from questions to their words; `None` for a run whose words are not looked at.
    """

    name: str
    report: Mapping[str, Any]
    train: Mapping[str, Curve]
    dev: Mapping[str, Curve]
    train_lengths: np.ndarray
    dev_lengths: np.ndarray
    run_path: str
    served_path: str | None
    words: Callable[[Sequence[AnsweredQuestion]], Sequence[Words]] | None = None

    @property
    def metrics(self) -> Mapping[str, Any]:
        """The metrics on the development split."""
        return self.report["metrics"]

    @property
    def may_decline(self) -> bool:
        """Whether "no answer" is a valid prediction, as in SQuAD 2.0."""
        return "exact_match" not in self.metrics

    @property
    def scores(self) -> dict[str, float]:
        """The main metrics by name, in percent; metrics that the report lacks are left out."""
        return {name: self.metrics[name] for name in self._names if self.metrics.get(name) is not None}

    @property
    def headlines(self) -> Headlines:
        """The main metrics beside their intervals and baselines, in percent."""
        return headlines(self.report, "dev", self.metrics, self._names)

    @property
    def _names(self) -> tuple[str, ...]:
        return _DECLINING if self.may_decline else _ANSWERING
