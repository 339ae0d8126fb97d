"""Scores the answers of a span extractor to a data split, and collects them for reports."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from bert_keras import qa
from bert_keras.data import WindowedQuestions
from bert_keras.models import SpanAnswer
from bert_keras.reporting import AnsweredQuestion, Span
from bert_keras.training.predict_spans import FoundSpans, span_scores

_OF_BEST_SPANS = ("loss", "best_span_exact", "best_span_f1")


def answer_metrics(windowed: WindowedQuestions, found: FoundSpans, null_threshold: float | None) -> dict[str, Any]:
    """Computes the metrics of SQuAD's official evaluation scripts, in percent, and tables of them.

    Args:
        windowed: All questions of their source.
        found: The result of `predict_spans`.
        null_threshold: The null odds above which there is no answer. `None` means that there always is one.

    Returns:
        The metrics of `qa.evaluate`, for SQuAD 2.0 with its `best_...` over all null thresholds; `loss`,
        `best_span_exact` and `best_span_f1` of `span_scores`; `null_threshold` if there is one; and tables, which are
        lists of `{"name", "questions", "exact", "f1"}`: `by_length`, `by_question_word`, `by_answer_words`,
        `by_distance`, `by_confidence` (of the surest answers), if articles have titles `by_article`, and if there are
        several files `by_set`.
    """
    gold = windowed.source.gold()
    best, given = (_by_id(windowed, found.texts(threshold)) for threshold in (None, null_threshold))
    figures: dict[str, Any] = qa.evaluate(gold, given)
    if windowed.source.version == "2.0":
        odds = _by_id(windowed, [answer.null_odds for answer in found.answers])
        figures |= {name: value for name, value in qa.evaluate(gold, best, odds).items() if name.startswith("best_")}
    of_spans = span_scores(windowed, found)
    figures |= {name: of_spans[name] for name in _OF_BEST_SPANS}
    figures |= {} if null_threshold is None else {"null_threshold": null_threshold}
    return figures | _tables(windowed, gold, given, found, null_threshold)


def answered_questions(
    windowed: WindowedQuestions, found: FoundSpans, null_threshold: float | None
) -> list[AnsweredQuestion]:
    """Collects the gold answers, the predictions and the scores of each question.

    The loss of a question is that of its most probable gold answer: the negative logarithm of its probability among all
    spans that the model may answer with or, if it is none of them, of its highest probability in any window.

    Args:
        windowed: All questions of their source.
        found: The result of `predict_spans`.
        null_threshold: The null odds above which there is no answer. `None` means that there always is one.

    Returns:
        The questions, in the order of the source.
    """
    gold = windowed.source.gold()
    scores = qa.question_scores(gold, _by_id(windowed, found.texts(null_threshold)))
    lost = {question.id: question.answers for question in qa.read_gold(gold).questions}
    bounds = np.searchsorted(windowed.windows.documents, np.arange(len(windowed.questions) + 1))
    answered = []
    for number, (question, answer) in enumerate(zip(windowed.questions, found.answers, strict=True)):
        windows = range(bounds[number], bounds[number + 1])
        # A gold answer that does not occur in the context was left out of the source, and has no position.
        spans = tuple(Span(of.text, of.start, of.end) for of in question.answers) or tuple(
            Span(text, 0, 0) for text in lost[question.id]
        )
        n_best = tuple((Span(span.text, span.start, span.end), span.score) for span in answer.n_best)
        nothing = _null_probability(answer, null_threshold)
        answered.append(
            AnsweredQuestion(
                id=question.id,
                question=question.text,
                context=windowed.source.contexts[question.context],
                article=question.article,
                place=question.place,
                gold=tuple(spans),
                best=n_best[0][0] if n_best else None,
                answered=_is_answered(answer, null_threshold),
                probability=n_best[0][1] if n_best else 0.0,
                null_odds=answer.null_odds,
                null_probability=nothing,
                windows=tuple(_code_points(windowed, window) for window in windows),
                n_best=n_best,
                exact=scores.exact[question.id],
                f1=scores.f1[question.id],
                loss=_loss(windowed, found, number, windows, bool(spans), nothing),
                tokens=int(windowed.context_tokens[number]),
            )
        )
    return answered


def _by_id(windowed: WindowedQuestions, values: Sequence[Any]) -> dict[str, Any]:
    return {question.id: value for question, value in zip(windowed.questions, values, strict=True)}


def _tables(
    windowed: WindowedQuestions,
    gold: dict[str, Any],
    given: dict[str, str],
    found: FoundSpans,
    null_threshold: float | None,
) -> dict[str, list[dict[str, Any]]]:
    tokens = _by_id(windowed, windowed.context_tokens.tolist())
    scores, source, questions = qa.question_scores(gold, given), windowed.source, windowed.questions
    tables = qa.score_tables(qa.read_gold(gold).questions, scores, tokens)
    named = {"by_length": tables.by_length, "by_question_word": tables.by_question_word}
    exact, f1 = ([of[question.id] for question in questions] for of in (scores.exact, scores.f1))
    answers = [question.answers for question in questions]
    named["by_answer_words"] = qa.scores_by_answer_words([[of.text for of in each] for each in answers], exact, f1)
    texts = [question.text for question in questions]
    named["by_distance"] = qa.scores_by_distance(texts, windowed.contexts, answers, exact, f1)
    sure = [_confidence(answer, null_threshold) for answer in found.answers]
    named["by_confidence"] = qa.scores_by_confidence(sure, exact, f1)
    if any(question.article for question in questions):
        named["by_article"] = tables.by_article
    if len(source.names) > 1:
        sets = np.repeat(source.names, np.diff(source.asked_ends, prepend=0)).tolist()
        named["by_set"] = tuple(qa.grouped_scores(sets, exact, f1))
    return {kind: [_row(row) for row in rows] for kind, rows in named.items()}


def _row(row: qa.ScoreRow) -> dict[str, Any]:
    return {"name": row.name, "questions": row.count, "exact": row.exact, "f1": row.f1}


def _code_points(windowed: WindowedQuestions, window: int) -> tuple[int, int]:
    """Returns the code points of the context where a window starts and ends, end exclusive."""
    windows, places = windowed.windows, windowed.places
    length = int(windows.lengths[window])
    if not length:
        return 0, 0
    first = int(places.firsts[windows.documents[window]] + windows.begins[window])
    return int(places.starts[first]), int(places.ends[first + length - 1])


def _null_probability(answer: SpanAnswer, null_threshold: float | None) -> float:
    """Returns the probability of "no answer" in the softmax of the best span's probability."""
    if not answer.n_best or null_threshold is None:
        return 0.0 if answer.n_best else 1.0
    score = answer.n_best[0].score
    return math.exp(min(0.0, math.log(score) + answer.null_odds)) if score > 0 else 1.0


def _confidence(answer: SpanAnswer, null_threshold: float | None) -> float:
    """Returns the probability of what is answered, the best span or nothing."""
    if _is_answered(answer, null_threshold):
        return answer.n_best[0].score
    return _null_probability(answer, null_threshold)


def _is_answered(answer: SpanAnswer, null_threshold: float | None) -> bool:
    return bool(answer.n_best) and (null_threshold is None or answer.null_odds <= null_threshold)


def _loss(
    windowed: WindowedQuestions,
    found: FoundSpans,
    number: int,
    windows: range,
    has_gold: bool,
    null_probability: float,
) -> float:
    if not has_gold:
        return _negative_log(null_probability)
    if np.isfinite(found.gold_losses[number]):
        return float(found.gold_losses[number])
    held = windowed.answers_held[windows.start : windows.stop] > 0
    # The sum of the losses of start and end; the loss of a window is their mean.
    return 2 * float(found.losses[windows.start : windows.stop][held].min(initial=math.inf))


def _negative_log(probability: float) -> float:
    return -math.log(probability) if probability > 0 else math.inf
