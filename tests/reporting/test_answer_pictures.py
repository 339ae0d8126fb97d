import dataclasses

import numpy as np
import pytest
from answer_records import PARAGRAPH, answered, as_squad_1, questions

from bert_keras.qa.metrics import evaluate
from bert_keras.reporting import AnsweredQuestion, svg, threshold_curves, threshold_figure
from bert_keras.reporting.answer_pictures import best_span_f1


def again(question: AnsweredQuestion, threshold: float) -> float:
    """F1 where the threshold is another."""
    return (
        question.f1
        if question.best is None
        else best_span_f1(question)
        if question.null_odds <= threshold
        else not question.gold
    )


def test_curves_say_what_f1_would_be_at_each_threshold() -> None:
    asked = [dataclasses.replace(of, null_odds=round(of.null_odds)) for of in questions(60)]  # many are equal
    asked.append(answered("?", PARAGRAPH, [], None, -2.0, 99))
    curves = threshold_curves(asked)
    assert sorted(set(curves.thresholds)) == curves.thresholds.tolist()
    for place, threshold in enumerate(curves.thresholds):
        for values, group in (
            (curves.all, asked),
            (curves.answerable, [of for of in asked if of.gold]),
            (curves.unanswerable, [of for of in asked if not of.gold]),
        ):
            assert values[place] == pytest.approx(100 * np.mean([again(of, threshold) for of in group]))


def test_the_highest_point_is_the_best_f1_of_the_official_script() -> None:
    asked = questions(200)
    entries = [
        {"id": of.id, "question": of.question, "answers": [{"text": span.text} for span in of.gold]} for of in asked
    ]
    gold = {"version": "v2.0", "data": [{"title": "t", "paragraphs": [{"qas": entries}]}]}
    figures = evaluate(gold, {of.id: of.best.text for of in asked if of.best}, {of.id: of.null_odds for of in asked})
    curves = threshold_curves(asked)
    assert curves.all.max() == pytest.approx(figures["best_f1"])
    assert curves.thresholds[curves.all.argmax()] == pytest.approx(figures["best_f1_thresh"])
    assert curves.silent == pytest.approx(100 * figures["NoAns_total"] / figures["total"])


def test_questions_without_any_span_stay_unanswered_whatever_the_threshold() -> None:
    asked = [answered("?", PARAGRAPH, ["rapeseed oil"], None, np.inf), answered("?", PARAGRAPH, [], "paraffin", 1.0)]
    curves = threshold_curves(asked)
    assert curves.thresholds.tolist() == [1.0]
    assert (curves.silent, curves.all.tolist(), curves.answerable.tolist()) == (50.0, [0.0], [0.0])


def test_questions_that_all_have_an_answer_have_no_curve_of_those_without() -> None:
    curves = threshold_curves(as_squad_1(questions(20)))
    assert len(curves.unanswerable) == 0
    assert curves.silent == 0.0
    assert np.all(np.diff(curves.all) >= 0)
    assert "without" not in svg(threshold_figure(curves, -1.0), "F1")


@pytest.mark.parametrize("chosen", [-1e3, 0.0, 1e3])
def test_the_picture_marks_the_chosen_threshold_and_its_f1(chosen: float) -> None:
    asked = questions(80)
    f1 = 100 * np.mean([again(of, chosen) for of in asked])
    drawn = svg(threshold_figure(threshold_curves(asked), chosen), "F1")
    assert f"chosen, F1 {f1:.1f}" in drawn
    assert f"{chosen:.2f} chosen" in drawn
