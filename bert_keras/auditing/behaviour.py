"""Behavioural tests of classifiers: what must not change, what must, and what is the least (Ribeiro et al. 2020)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bert_keras.classification import Classification
from bert_keras.evaluation import wilson

Kind: TypeAlias = Literal["minimum", "must_not_change", "must_change", "up", "down"]
KINDS: dict[str, str] = {
    "minimum": "the label is the expected one",
    "must_not_change": "the label of both texts is the same",
    "must_change": "the labels of both texts differ",
    "up": "the second text makes the label no less probable, by 0.02 at most",
    "down": "the second text makes the label no more probable, by 0.02 at most",
}
"""The kinds of tests, each with what a case passes by."""
_TOLERANCE = 0.02  # since a probability hardly moves at its end; `KINDS` says it too


@dataclass(frozen=True)
class Case:
    """A case of a test.

    Attributes:
        text: The text.
        changed: The changed text; None for "minimum".
        line: The line of the file that it is in.
    """

    text: str
    changed: str | None
    line: int


@dataclass(frozen=True)
class Behaviour:
    """A behavioural test.

    Attributes:
        name: The name.
        kind: The kind, one of `KINDS`.
        cases: The cases.
        rate: The least share of cases that must pass.
        label: The label that is expected, or whose probability is compared; None for the other kinds.
    """

    name: str
    kind: Kind
    cases: tuple[Case, ...]
    rate: float
    label: str | None


@dataclass(frozen=True)
class Failure:
    """A case that failed.

    Attributes:
        case: The case.
        answer: The answer to the text.
        changed_answer: The answer to the changed text; None if there is none.
    """

    case: Case
    answer: Classification
    changed_answer: Classification | None


@dataclass(frozen=True)
class Outcome:
    """The outcome of a test.

    Attributes:
        test: The test.
        passed: The number of cases that passed.
        failures: The cases that failed.
    """

    test: Behaviour
    passed: int
    failures: tuple[Failure, ...]

    @property
    def rate(self) -> float:
        """The share of the cases that passed."""
        return self.passed / len(self.test.cases)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share (Wilson 1927)."""
        return wilson(self.passed, len(self.test.cases))

    @property
    def ok(self) -> bool:
        """Whether the share is the wanted one or more."""
        return self.rate >= self.test.rate


def behave(tests: Sequence[Behaviour], classify: Callable[[list[str]], Sequence[Classification]]) -> list[Outcome]:
    """Runs tests.

    Args:
        tests: The tests, whose labels are those of the model.
        classify: A function that classifies texts.

    Returns:
        The outcome of each test.
    """
    texts = list(
        dict.fromkeys(
            text for test in tests for case in test.cases for text in (case.text, case.changed) if text is not None
        )
    )
    answers = dict(zip(texts, classify(texts), strict=True))
    return [_outcome(test, answers) for test in tests]


def _outcome(test: Behaviour, answers: dict[str, Classification]) -> Outcome:
    failures = []
    for case in test.cases:
        answer = answers[case.text]
        changed = None if case.changed is None else answers[case.changed]
        if not _passes(test, answer, changed):
            failures.append(Failure(case, answer, changed))
    return Outcome(test, len(test.cases) - len(failures), tuple(failures))


def _passes(test: Behaviour, answer: Classification, changed: Classification | None) -> bool:
    if changed is None:
        return answer.label == test.label
    if test.kind == "must_not_change":
        return answer.label == changed.label
    if test.kind == "must_change":
        return answer.label != changed.label
    label = test.label or ""
    moved = changed.probabilities[label] - answer.probabilities[label]
    return (moved if test.kind == "up" else -moved) > -_TOLERANCE
