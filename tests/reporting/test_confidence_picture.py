import dataclasses

import numpy as np
import pytest
from answer_records import questions

from bert_keras.reporting import confidence_curve, confidence_figure, svg


def test_each_share_has_the_scores_of_the_answers_that_are_as_sure_or_surer() -> None:
    asked = [dataclasses.replace(of, probability=round(of.probability, 1), answered=True) for of in questions(60)]
    curve = confidence_curve(asked)
    levels = sorted({of.confidence for of in asked}, reverse=True)
    assert len(curve.shares) == len(levels) < 60  # answers that are equally sure stay together
    for place, level in enumerate(levels):
        surest = [of for of in asked if of.confidence >= level]
        assert curve.shares[place] == pytest.approx(100 * len(surest) / 60)
        assert curve.f1[place] == pytest.approx(100 * np.mean([of.f1 for of in surest]))
        assert curve.exact[place] == pytest.approx(100 * np.mean([of.exact for of in surest]))


def test_the_picture_ends_at_the_scores_of_all_questions() -> None:
    asked = questions(80)
    drawn = svg(confidence_figure(confidence_curve(asked)), "F1 of the surest answers")
    assert f"F1, {100 * np.mean([of.f1 for of in asked]):.1f} of all" in drawn
    assert f"exact match, {100 * np.mean([of.exact for of in asked]):.1f} of all" in drawn


def test_a_single_question_is_a_point() -> None:
    curve = confidence_curve(questions(1))
    assert curve.shares.tolist() == [100.0]
    assert "path" in svg(confidence_figure(curve), "F1")
