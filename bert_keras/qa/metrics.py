"""The metrics of SQuAD's official evaluation scripts (Rajpurkar et al. 2016 and 2018), under the same names."""

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

from bert_keras.errors import DataError, InputError
from bert_keras.qa.gold import Gold, read_gold
from bert_keras.qa.question_scores import QuestionScores, scores_of, texts_by_id

# The official script's default. No probability exceeds it, but log odds may; they then count as "no answer", as there.
_NO_ANSWER_ABOVE = 1.0


def evaluate(gold: Any, predictions: Any, no_answer_probabilities: Any = None) -> dict[str, float]:
    """Scores predictions like the official script for the file's version.

    Args:
        gold: The parsed SQuAD JSON, version 1.1 or 2.0; see `read_gold` for how the version is determined.
        predictions: The answer text by question id; an empty text means "no answer". Ids are compared as strings.
        no_answer_probabilities: For SQuAD 2.0 only: a number by question id that is higher the less likely the question
            has an answer. Predictions for which it exceeds 1.0 count as "no answer".

    Returns:
        The metrics in per cent. For SQuAD 1.1 `exact_match` and `f1`; a question without prediction scores 0. For 2.0
        `exact`, `f1`, `total`, and for answerable and unanswerable questions, where there are any, `HasAns_exact`,
        `HasAns_f1`, `HasAns_total`, `NoAns_exact`, `NoAns_f1`, `NoAns_total`. With probabilities also `best_exact`,
        `best_f1` and the highest probabilities to answer at, `best_exact_thresh`, `best_f1_thresh`. These are the
        official script's, which splits questions of equal probability; `tune_thresholds` does not.

    Raises:
        DataError: Malformed gold, predictions or probabilities; the message names article, paragraph and id.
        InputError: Probabilities for SQuAD 1.1.
    """
    questions = read_gold(gold)
    scores = scores_of(questions, predictions)
    if not questions.unanswerable:
        if no_answer_probabilities is not None:
            raise InputError(
                "no_answer_probabilities are for SQuAD 2.0, and every question of this file has an answer; "
                "leave them out"
            )
        return {"exact_match": _per_cent(scores.exact.values()), "f1": _per_cent(scores.f1.values())}
    if no_answer_probabilities is None:
        return _by_answerability(scores)
    probabilities = _numbers_by_id(questions, no_answer_probabilities)
    figures = _by_answerability(_answered(scores, probabilities))
    answered = {name for name, text in texts_by_id(questions, predictions).items() if text}
    for name, by_question in (("exact", scores.exact), ("f1", scores.f1)):
        best, threshold = _best_threshold(by_question, probabilities, scores.has_answer, answered)
        figures |= {f"best_{name}": best, f"best_{name}_thresh": threshold}
    return figures


def _by_answerability(scores: QuestionScores) -> dict[str, float]:
    groups = {
        "": list(scores.has_answer),
        "HasAns_": [name for name, there in scores.has_answer.items() if there],
        "NoAns_": [name for name, there in scores.has_answer.items() if not there],
    }
    figures: dict[str, float] = {}
    for prefix, names in groups.items():
        if names:
            figures[f"{prefix}exact"] = _per_cent(scores.exact[name] for name in names)
            figures[f"{prefix}f1"] = _per_cent(scores.f1[name] for name in names)
            figures[f"{prefix}total"] = len(names)
    return figures


def _answered(scores: QuestionScores, probabilities: Mapping[str, float]) -> QuestionScores:
    """Returns the scores when questions above the threshold count as not answered."""
    silent = {
        name: float(not there) for name, there in scores.has_answer.items() if probabilities[name] > _NO_ANSWER_ABOVE
    }
    return QuestionScores(scores.exact | silent, scores.f1 | silent, scores.has_answer)


def _best_threshold(
    scores: Mapping[str, float], probabilities: Mapping[str, float], has_answer: Mapping[str, bool], answered: set[str]
) -> tuple[float, float]:
    """Returns the best mean score in per cent, and its threshold, over all thresholds in ascending order."""
    score = best = float(sum(not there for there in has_answer.values()))
    threshold = 0.0
    for name in sorted((name for name in probabilities if name in scores), key=probabilities.__getitem__):
        score += scores[name] if has_answer[name] else -float(name in answered)
        if score > best:
            best, threshold = score, probabilities[name]
    return 100.0 * best / len(scores), threshold


def _numbers_by_id(gold: Gold, probabilities: Any) -> dict[str, float]:
    """Checks the probabilities and returns them by id, in the given order, which decides between equal ones."""
    if not isinstance(probabilities, Mapping):
        raise DataError(
            f"no-answer probabilities: expected numbers by question id. Received: {type(probabilities).__name__}"
        )
    given = {str(name): number for name, number in probabilities.items()}
    for question in gold.questions:
        if question.id not in given:
            raise DataError(f"no-answer probabilities, {question.place}: none for this question; give one for each")
        number = given[question.id]
        if isinstance(number, bool) or not isinstance(number, Real) or number != number:
            raise DataError(f"no-answer probabilities, {question.place}: a number expected. Received: {number!r:.80}")
    return {name: float(number) for name, number in given.items() if isinstance(number, Real)}


def _per_cent(scores: Iterable[float]) -> float:
    values = list(scores)
    return 100.0 * sum(values) / len(values)
