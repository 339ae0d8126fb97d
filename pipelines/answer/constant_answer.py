"""The baseline of a reader: what the same answer to every question scores, and the intervals of the reader's scores."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras import evaluation
from bert_keras.qa.normalization import normalize_answer
from bert_keras.qa.question_scores import token_f1
from bert_keras.reporting import AnsweredQuestion


def constant_answer(
    answered: Sequence[AnsweredQuestion], scores: Mapping[str, Any]
) -> tuple[evaluation.Baseline, dict[str, evaluation.Interval]]:
    """Returns the baseline and the intervals of F1 and exact match on a split, in percent.

    Args:
        answered: All questions of the split with their predictions, at least one.
        scores: The metrics of the split.

    Returns:
        The baseline: no answer at all where that may be right, otherwise the whole context; and the intervals.
    """
    exact = "exact_match" if "exact_match" in scores else "exact"
    found = evaluation.bootstrap(
        100 * np.array([[question.f1, question.exact] for question in answered]),
        {"f1": lambda means: means[..., 0], exact: lambda means: means[..., 1]},
    )
    if exact == "exact":
        silent = 100 * float(np.mean([not question.gold for question in answered]))
        return evaluation.Baseline("no answer to any question", {"f1": silent, "exact": silent}), found
    f1 = [max((token_f1(span.text, question.context) for span in question.gold), default=0.0) for question in answered]
    same = [
        normalize_answer(question.context) in {normalize_answer(span.text) for span in question.gold}
        for question in answered
    ]
    metrics = {"f1": 100 * float(np.mean(f1)), "exact_match": 100 * float(np.mean(same))}
    return evaluation.Baseline("the whole text as the answer", metrics), found
