import dataclasses

import numpy as np
from answer_records import PARAGRAPH, answered, questions

from bert_keras.reporting.answer_examples import (
    MISSED,
    NEEDLESS,
    PARTIAL,
    WRONG_SPAN,
    answer_example,
    error_kind,
    hardest_questions,
)


def test_each_mistake_is_of_one_kind() -> None:
    assert error_kind(answered("?", PARAGRAPH, ["rapeseed oil"], "paraffin", -1.0)) is WRONG_SPAN
    assert error_kind(answered("?", PARAGRAPH, ["rapeseed oil"], "burned rapeseed oil", -1.0)) is PARTIAL
    assert error_kind(answered("?", PARAGRAPH, [], "paraffin", -1.0)) is NEEDLESS
    assert error_kind(answered("?", PARAGRAPH, ["rapeseed oil"], "rapeseed oil", 1.0)) is MISSED
    assert error_kind(answered("?", PARAGRAPH, ["rapeseed oil"], None, 1.0)) is MISSED


def test_what_is_right_is_no_mistake() -> None:
    assert error_kind(answered("?", PARAGRAPH, ["rapeseed oil"], "rapeseed oil", -1.0)) is None
    assert error_kind(answered("?", PARAGRAPH, [], "rapeseed oil", 1.0)) is None


def test_no_answer_stands_among_the_candidates_by_its_probability() -> None:
    candidates = answer_example(answered("?", PARAGRAPH, ["rapeseed oil"], "rapeseed oil", -0.5)).candidates
    start = PARAGRAPH.index("rapeseed oil")
    assert [text for text, _, _ in candidates] == ["rapeseed oil", None, "r", "rapesee"]
    assert candidates[0][1] == f"{start}-{start + 12}"
    probabilities = [probability for _, _, probability in candidates]
    assert probabilities == sorted(probabilities, reverse=True)


def test_a_gold_answer_that_several_people_gave_is_shown_once() -> None:
    question = answered("?", PARAGRAPH, ["rapeseed oil", "oil", "rapeseed oil"], None, 0.0)
    assert answer_example(question).gold == ["rapeseed oil", "oil"]


def test_a_question_whose_answer_no_window_holds_is_the_hardest() -> None:
    asked = questions(20)
    asked[13] = dataclasses.replace(asked[13], loss=np.inf)
    hardest = hardest_questions(asked, 5)
    assert hardest[0] is asked[13]
    assert [of.loss for of in hardest[1:]] == sorted((of.loss for of in asked if np.isfinite(of.loss)), reverse=True)[
        :4
    ]
    assert hardest_questions([], 5) == []
