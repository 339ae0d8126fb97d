import math

import pytest

from bert_keras.models import SpanAnswer, SpanCandidate
from bert_keras.models.span_answers import chosen_answer
from bert_keras.retrieval.competition import compete
from bert_keras.retrieval.index import Passage


def passage(text: str, file: str = "a.txt", start: int = 0) -> Passage:
    return Passage(file, text, start, start + len(text), None, 1, 1.0)


def said(text: str, null_odds: float, *spans: tuple[str, float], threshold: float = 0.0) -> SpanAnswer:
    """What a reader says: candidates with their logits, relative to the best one's; its softmax holds no answer too."""
    total = math.exp(null_odds) + math.fsum(math.exp(logit) for _, logit in spans)
    found = [
        SpanCandidate(span, text.index(span), text.index(span) + len(span), math.exp(logit) / total, 0, len(text))
        for span, logit in spans
    ]
    return chosen_answer(tuple(found), null_odds > threshold, math.exp(null_odds) / total, null_odds)


def test_answers_of_paragraphs_are_compared_by_their_odds_against_no_answer() -> None:
    first, second = "It was built in 1790.", "Anna Seda built it."
    # A softmax in each paragraph alone would prefer 1790, which has no rival there.
    answers = [said(first, -1.0, ("1790", 0.0)), said(second, -3.0, ("Anna Seda", 0.0), ("it", -0.1))]
    contenders, nothing = compete([passage(first, "a"), passage(second, "b")], answers)
    weights = {"Anna Seda": math.exp(3), "it": math.exp(2.9), "1790": math.exp(1)}
    total = 1 + sum(weights.values())
    assert [one.spans[0].text for one in contenders] == list(weights)
    assert [one.score for one in contenders] == pytest.approx([weight / total for weight in weights.values()])
    assert nothing == pytest.approx(1 / total)
    assert contenders[0].odds == pytest.approx(-3.0)


def test_the_same_text_in_several_places_is_one_answer() -> None:
    texts = ["In 1790 it rose.", "It is of the year 1790!", "Built in 1812."]
    answers = [said(texts[0], -1.0, ("1790", 0.0)), said(texts[1], -1.2, ("the year 1790", 0.0))]
    answers += [said(texts[2], -1.5, ("1812", 0.0))]
    answers[1] = said(texts[1], -1.2, ("1790", 0.0))
    contenders, _ = compete([passage(text, name) for text, name in zip(texts, "abc", strict=True)], answers)
    assert [(one.spans[0].text, len(one.spans)) for one in contenders] == [("1790", 2), ("1812", 1)]
    assert contenders[0].score / contenders[1].score == pytest.approx((math.exp(1) + math.exp(1.2)) / math.exp(1.5))
    assert [span.passage.file for span in contenders[0].spans] == ["b", "a"]


def test_of_overlapping_spans_only_the_best_stays_also_where_two_paragraphs_share_it() -> None:
    first, second = "Before. By Anna Seda.", "By Anna Seda. After."
    passages = [passage(first, start=0), passage(second, start=8)]
    answers = [
        said(first, -2.0, ("Anna Seda", 0.0), ("Seda", -0.5)),
        said(second, -1.0, ("Anna Seda", 0.0), ("After", -0.5)),
    ]
    contenders, nothing = compete(passages, answers)
    assert [(one.spans[0].text, len(one.spans)) for one in contenders] == [("Anna Seda", 1), ("After", 1)]
    # The span that was read twice counts once.
    total = 1 + math.exp(2) + math.exp(1.5) + math.exp(0.5)
    assert nothing == pytest.approx(1 / total)


def test_a_reader_without_candidates_answers_nothing() -> None:
    assert compete([passage("")], [chosen_answer((), True, 1.0, 1e4)]) == ([], 1.0)
    assert compete([], []) == ([], 1.0)


def test_extreme_odds_stay_finite() -> None:
    certain = chosen_answer((SpanCandidate("a", 0, 1, 0.0, 0, 3),), False, 0.0, -1e4)
    contenders, nothing = compete([passage("a b")], [certain])
    assert contenders[0].score == pytest.approx(1.0) and nothing < 1e-300
    never = chosen_answer((SpanCandidate("a", 0, 1, 0.0, 0, 3),), True, 1.0, 1e4)
    contenders, nothing = compete([passage("a b")], [never])
    assert contenders[0].score < 1e-300 and nothing == pytest.approx(1.0)
