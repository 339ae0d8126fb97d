"""What the reports of question answering are made from: plain values, which know nothing of Keras."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bert_keras.reporting.curve_pictures import Curve

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
    """A part of a context.

    Attributes:
        text: What stands there.
        start: Its first code point in the context.
        end: The code point behind its last.
    """

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class AnsweredQuestion:
    """A question, its answers as people gave them, and what a reader made of it.

    Attributes:
        id: Of the question.
        question: Its text.
        context: Where the answer is looked for.
        article: Title of the article that the context is from.
        place: Where it stands, e.g. `dev.json, article 3, paragraph 2`.
        gold: Answers that count as right; empty where the context has none.
        best: The best span whatever the threshold; None where there is none.
        answered: Whether the best span is the answer, or "no answer" is.
        probability: Of the best span.
        null_odds: Logit of "no answer" minus that of the best span.
        null_probability: Of "no answer".
        windows: First code point of the context in each window, and the one behind its last.
        n_best: Spans with their probabilities, likeliest first.
        exact: Whether what was answered is right to the letter, 0 or 1.
        f1: Of what was answered, 0 to 1.
        loss: Negative logarithm of the gold answer's probability; infinite where no window holds it.
        tokens: Of the context.
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
        """The probability of what was answered."""
        return self.probability if self.answered else self.null_probability


@dataclass(frozen=True)
class AnswerRunRecord:
    """All about a finished run of question answering.

    Attributes:
        name: Of the run.
        report: As `report.json` has it. Its `metrics` are percentages, and hold the tables `by_length`,
            `by_question_word` and
            `by_article`: lists of `{"name", "questions", "exact", "f1"}`.
        train: Curves by step, by name of the number.
        dev: Curves with a point an epoch, by name of the number.
        train_lengths: Tokens of each window of training, `[windows]`.
        dev_lengths: Tokens of each window of dev, `[windows]`.
        run_path: Folder of the run, as commands name it.
        served_path: Folder of the exported model, as commands name it; None where there is none.
    """

    name: str
    report: Mapping[str, Any]
    train: Mapping[str, Curve]
    dev: Mapping[str, Curve]
    train_lengths: np.ndarray
    dev_lengths: np.ndarray
    run_path: str
    served_path: str | None

    @property
    def metrics(self) -> Mapping[str, Any]:
        """What was measured on dev."""
        return self.report["metrics"]

    @property
    def may_decline(self) -> bool:
        """Whether "no answer" counts as one, as in SQuAD 2.0."""
        return "exact_match" not in self.metrics

    @property
    def scores(self) -> dict[str, float]:
        """The metrics to look at first, in percent, those that were measured."""
        names = _DECLINING if self.may_decline else _ANSWERING
        return {name: self.metrics[name] for name in names if self.metrics.get(name) is not None}
