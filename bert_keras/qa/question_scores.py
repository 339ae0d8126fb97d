"""Exact match and F1 of each question by the rules of SQuAD 1.1 and 2.0."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bert_keras.errors import DataError
from bert_keras.qa.gold import Gold, GoldQuestion, read_gold
from bert_keras.qa.normalization import answer_tokens, normalize_answer

_MOST_LISTED = 5


@dataclass(frozen=True)
class QuestionScores:
    """The scores of each prediction by question id, in the file's order.

    Attributes:
        exact: The exact match: 1.0 where the prediction equals a gold answer, else 0.0.
        f1: The highest F1 over the gold answers, from 0 to 1.
        has_answer: Whether the question has a gold answer.
    """

    exact: dict[str, float]
    f1: dict[str, float]
    has_answer: dict[str, bool]


def question_scores(gold: Any, predictions: Any) -> QuestionScores:
    """Scores each prediction against the gold answer that it matches best.

    To tune a null threshold, pass the best span of each question, whatever its null score.

    Args:
        gold: The parsed SQuAD JSON; see `read_gold`.
        predictions: The answer text by question id; an empty text means "no answer". Other ids than gold's are ignored.

    Returns:
        The scores, without any threshold. For SQuAD 1.1 a question without prediction scores 0.

    Raises:
        DataError: Malformed gold, a prediction that is not a string, or a question of SQuAD 2.0 without prediction,
            which stops the official script too.
    """
    return scores_of(read_gold(gold), predictions)


def scores_of(gold: Gold, predictions: Any) -> QuestionScores:
    """Scores predictions for the questions that `read_gold` returned; see `question_scores`."""
    given = texts_by_id(gold, predictions)
    if gold.unanswerable:
        _check_complete(gold, given)
    score = _with_no_answer if gold.unanswerable else _always_answered
    pairs = {
        question.id: score(question, given[question.id]) if question.id in given else (0.0, 0.0)
        for question in gold.questions
    }
    return QuestionScores(
        exact={name: exact for name, (exact, _) in pairs.items()},
        f1={name: f1 for name, (_, f1) in pairs.items()},
        has_answer={question.id: bool(question.answers) for question in gold.questions},
    )


def texts_by_id(gold: Gold, predictions: Any) -> dict[str, str]:
    """Checks predictions, and converts their ids to strings like those of gold.

    Args:
        gold: The questions.
        predictions: The answer text by question id.

    Returns:
        The predictions for questions that are in gold.

    Raises:
        DataError: The predictions are not a mapping of ids to strings.
    """
    if not isinstance(predictions, Mapping):
        raise DataError(f"predictions: expected answer texts by question id. Received: {type(predictions).__name__}")
    given = {str(name): text for name, text in predictions.items()}
    for question in gold.questions:
        text = given.get(question.id, "")
        if not isinstance(text, str):
            raise DataError(f'predictions, {question.place}: a text expected, "" for no answer. Received: {text!r:.80}')
    return {question.id: given[question.id] for question in gold.questions if question.id in given}


def token_f1(gold: str, prediction: str) -> float:
    """Returns the harmonic mean of precision and recall over the words of two normalised answers; 0 if none match."""
    gold_tokens, predicted = answer_tokens(gold), answer_tokens(prediction)
    shared = (Counter(gold_tokens) & Counter(predicted)).total()
    if not shared:
        return 0.0
    precision, recall = shared / len(predicted), shared / len(gold_tokens)
    return 2 * precision * recall / (precision + recall)


def _always_answered(question: GoldQuestion, prediction: str) -> tuple[float, float]:
    return _best(question.answers, prediction)


def _with_no_answer(question: GoldQuestion, prediction: str) -> tuple[float, float]:
    # An answer that is empty after normalisation counts as "no answer", gold or predicted.
    answers = tuple(answer for answer in question.answers if normalize_answer(answer))
    if answers and normalize_answer(prediction):
        return _best(answers, prediction)
    right = float(not answers and not normalize_answer(prediction))
    return right, right


def _best(answers: tuple[str, ...], prediction: str) -> tuple[float, float]:
    normalized = normalize_answer(prediction)
    exact = max(float(normalize_answer(answer) == normalized) for answer in answers)
    return exact, max(token_f1(answer, prediction) for answer in answers)


def _check_complete(gold: Gold, given: Mapping[str, str]) -> None:
    missing = [question for question in gold.questions if question.id not in given]
    if missing:
        places = "; ".join(question.place for question in missing[:_MOST_LISTED])
        more = f" and {len(missing) - _MOST_LISTED:,} more" if len(missing) > _MOST_LISTED else ""
        raise DataError(
            f"predictions: none for {len(missing):,} of {len(gold.questions):,} questions; "
            f'"" is no answer: {places}{more}'
        )
