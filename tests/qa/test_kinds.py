import numpy as np
import pytest

from bert_keras.data import GoldAnswer
from bert_keras.qa import ScoreRow, scores_by_answer_words, scores_by_confidence, scores_by_distance

CONTEXT = "The harbour was built in 1871 by engineers from Bergen, and in 1902 a lighthouse followed."


def found(text: str) -> list[GoldAnswer]:
    return [GoldAnswer(text, CONTEXT.index(text))]


def test_the_shortest_gold_answer_decides_its_group() -> None:
    answers = [["1871"], ["in 1871", "1871"], ["engineers from Bergen"], [], ["a " * 20], ["$"]]
    rows = scores_by_answer_words(answers, [1, 0, 1, 0, 0, 0], [1, 0.5, 1, 0, 0.2, 0])
    assert [(row.name, row.count) for row in rows] == [("up to 1", 3), ("3 to 4", 1), ("over 16", 1), ("no answer", 1)]
    assert rows[0] == ScoreRow("up to 1", 3, pytest.approx(100 / 3), 50.0)


def test_the_distance_is_from_the_answer_to_the_nearest_word_of_the_question() -> None:
    asked = [
        ("When was the harbour built?", found("1871")),  # "built" is two words before
        ("Where did the engineers come from?", found("Bergen")),  # "from" is beside it
        ("When did the lighthouse follow?", found("1902")),  # "lighthouse" is two words behind
        ("What followed the harbour?", found("a lighthouse")),
        ("Who is it?", found("engineers")),
        ("Who was the king?", []),
    ]
    questions, answers = zip(*asked, strict=True)
    rows = scores_by_distance(questions, [CONTEXT] * len(asked), answers, [1] * 6, [1] * 6)
    assert [(row.name, row.count) for row in rows] == [("up to 2", 4), ("no word of the question", 1)]
    far = scores_by_distance(["Who built what?"], [CONTEXT], [found("lighthouse")], [0], [0])
    assert [row.name for row in far] == ["11 to 20"]  # from "built"


def test_the_surest_answers_come_first() -> None:
    confidence = np.linspace(0.1, 1, 10)
    right = (confidence > 0.55).astype(float).tolist()
    rows = scores_by_confidence(confidence.tolist(), right, right)
    assert [(row.name, row.count, row.f1) for row in rows] == [
        ("20%", 2, 100.0),
        ("40%", 4, 100.0),
        ("60%", 6, pytest.approx(100 * 5 / 6)),
        ("80%", 8, pytest.approx(100 * 5 / 8)),
        ("100%", 10, 50.0),
    ]
    assert scores_by_confidence([], [], []) == ()
