import copy
import subprocess
import sys

import pytest
from gold_files import entry, gold_file

from bert_keras.errors import BertKerasError, DataError, InputError
from bert_keras.qa import evaluate, question_scores

OLD = gold_file(
    entry("whole", ["the Rhine"]),
    entry("part", ["river Rhine", "a long river"]),
    entry("wrong", ["Rhine"]),
    entry("nothing", ["Rhine"]),
    version="1.1",
)
NEW = gold_file(
    entry("right", ["Rhine"], is_impossible=False),
    entry("part", ["river Rhine"], is_impossible=False),
    entry("silent", ["Rhine"], is_impossible=False),
    entry("none", [], is_impossible=True),
    entry("talked", [], is_impossible=True),
    version="v2.0",
)
NEW_ANSWERS = {"right": "The Rhine!", "part": "the long river", "silent": "", "none": "", "talked": "Rhine"}


def test_squad_1_has_the_figures_worked_out_by_hand() -> None:
    answers = {"whole": "Rhine.", "part": "the river", "wrong": "Danube", "not in gold": "Rhine"}
    figures = evaluate(OLD, answers)
    # "river" against "river Rhine": precision 1, recall 1/2; against "long river" the same.
    assert figures == {"exact_match": 25.0, "f1": pytest.approx(100 * (1 + 2 / 3) / 4)}


def test_squad_2_has_the_figures_worked_out_by_hand() -> None:
    figures = evaluate(NEW, NEW_ANSWERS)
    assert figures == {
        "exact": 100 * 2 / 5,
        "f1": pytest.approx(100 * (1 + 1 / 2 + 1) / 5),  # "long river" against "river Rhine": one word of two
        "total": 5,
        "HasAns_exact": pytest.approx(100 / 3),
        "HasAns_f1": pytest.approx(100 * 1.5 / 3),
        "HasAns_total": 3,
        "NoAns_exact": 50.0,
        "NoAns_f1": 50.0,
        "NoAns_total": 2,
    }


def test_the_best_threshold_is_the_probability_of_the_last_question_worth_answering() -> None:
    probabilities = {"right": 0.1, "part": 0.4, "silent": 0.5, "none": 0.9, "talked": 0.3}
    figures = evaluate(NEW, NEW_ANSWERS, probabilities)
    # Silence everywhere is worth 2 of 5. In order: right +1, talked -1, part +1/2 for F1 alone, silent 0, none 0.
    assert figures["best_exact"] == 100 * 3 / 5
    assert figures["best_exact_thresh"] == figures["best_f1_thresh"] == 0.1
    assert figures["best_f1"] == 100 * 3 / 5
    assert figures["f1"] == evaluate(NEW, NEW_ANSWERS)["f1"]
    better = evaluate(NEW, NEW_ANSWERS, probabilities | {"talked": 0.45})
    assert (better["best_exact_thresh"], better["best_f1_thresh"]) == (0.1, 0.4)
    assert better["best_f1"] == pytest.approx(100 * 3.5 / 5)
    # To be silent where that is right costs nothing, at whatever probability.
    assert evaluate(NEW, NEW_ANSWERS, probabilities | {"none": 0.05})["best_f1"] == 100 * 3 / 5


def test_where_silence_is_best_the_threshold_is_zero() -> None:
    figures = evaluate(NEW, dict.fromkeys(NEW_ANSWERS, "Danube"), dict.fromkeys(NEW_ANSWERS, 0.2))
    assert (figures["best_f1"], figures["best_f1_thresh"]) == (40.0, 0.0)


def test_equal_probabilities_are_taken_one_by_one_in_the_order_given_as_the_official_script_does() -> None:
    equal = {"right": 0.2, "part": 0.2, "silent": 0.2, "none": 0.2, "talked": 0.2}
    assert evaluate(NEW, NEW_ANSWERS, equal)["best_f1"] == pytest.approx(100 * 3.5 / 5)
    late = {"talked": 0.2} | equal
    assert evaluate(NEW, NEW_ANSWERS, late)["best_f1"] == pytest.approx(100 * 2.5 / 5)


def test_predictions_are_dropped_where_the_probability_is_over_one() -> None:
    probabilities = dict.fromkeys(NEW_ANSWERS, 1.0)
    assert evaluate(NEW, NEW_ANSWERS, probabilities)["exact"] == 100 * 2 / 5
    assert evaluate(NEW, NEW_ANSWERS, probabilities | {"talked": 1.1})["exact"] == 100 * 3 / 5
    assert evaluate(NEW, NEW_ANSWERS, probabilities | {"right": 1.1})["exact"] == 100 * 1 / 5


def test_an_answer_of_articles_and_punctuation_is_no_answer_in_squad_2_and_an_exact_one_without_f1_in_squad_1() -> None:
    new = gold_file(entry("a", ["The"], is_impossible=False), entry("b", [], is_impossible=True))
    assert evaluate(new, {"a": "", "b": "a -"})["f1"] == 100.0
    assert evaluate(gold_file(entry("a", ["The"])), {"a": "an"}) == {"exact_match": 100.0, "f1": 0.0}


def test_only_groups_that_are_there_have_figures() -> None:
    assert set(evaluate(gold_file(entry("a", ["x"], is_impossible=False)), {"a": "x"})) == {
        *("exact", "f1", "total", "HasAns_exact", "HasAns_f1", "HasAns_total")
    }
    assert not [key for key in evaluate(gold_file(entry("a", [])), {"a": "x"}) if key.startswith("HasAns")]


@pytest.mark.parametrize(
    ("version", "marked", "key"),
    [
        ({}, {}, "exact_match"),
        ({"version": "1.1"}, {"is_impossible": False}, "exact_match"),
        ({"version": 1.1}, {}, "exact_match"),
        ({}, {"is_impossible": False}, "exact"),
        ({"version": "v2.0"}, {}, "exact"),
        ({"version": "of our own"}, {"is_impossible": False}, "exact"),
    ],
)
def test_the_version_decides_and_where_there_is_none_the_mark_of_unanswerable_questions(version, marked, key) -> None:
    assert key in evaluate(gold_file(entry("a", ["x"], **marked), **version), {"a": "x"})


def test_ids_that_are_numbers_meet_predictions_named_by_strings() -> None:
    gold = gold_file(entry(7, ["x"], is_impossible=False), entry(8, [], is_impossible=True))
    assert evaluate(gold, {"7": "x", "8": ""}, {"7": 0.0, "8": 1.0})["best_f1"] == 100.0
    assert evaluate(gold, {7: "x", 8: ""})["f1"] == 100.0


def test_the_scores_of_each_question_are_those_that_the_figures_sum_up() -> None:
    scores = question_scores(NEW, NEW_ANSWERS)
    assert scores.exact == {"right": 1.0, "part": 0.0, "silent": 0.0, "none": 1.0, "talked": 0.0}
    assert scores.f1 == scores.exact | {"part": 0.5}
    assert scores.has_answer == {"right": True, "part": True, "silent": True, "none": False, "talked": False}
    assert question_scores(OLD, {"whole": "Rhine"}).f1 == {"whole": 1.0, "part": 0.0, "wrong": 0.0, "nothing": 0.0}


def test_evaluating_changes_nothing_of_what_is_given() -> None:
    gold, answers = copy.deepcopy(NEW), dict(NEW_ANSWERS)
    evaluate(gold, answers, dict.fromkeys(answers, 2.0))
    assert gold == NEW
    assert answers == NEW_ANSWERS


BROKEN_GOLD = {
    "no object": ([], 'gold: expected the parsed SQuAD JSON, an object with the key "data". Received: list'),
    "no data": ({"version": "1.1"}, "gold: no key \"data\". Received: ['version']"),
    "data of another type": ({"data": {}}, 'gold: "data" must be a list. Received: {}'),
    "no question": ({"data": []}, "gold: there is no question in it"),
    "article": ({"data": ["x"]}, "gold, article 1: an object expected. Received: 'x'"),
    "paragraphs": ({"data": [{"title": "T"}]}, "gold, article 1 ('T'): no key \"paragraphs\""),
    "qas": ({"data": [{"title": "T", "paragraphs": [{}]}]}, "gold, article 1 ('T'), paragraph 1: no key \"qas\""),
    "no id": ({"data": [{"paragraphs": [{"qas": [{}]}]}]}, 'gold, article 1, paragraph 1, question 1: no key "id"'),
    "id": (
        gold_file(entry(None, ["x"])),
        "article 1 ('Rivers'), paragraph 1, question 1: the id must be a string or a whole number",
    ),
    "id twice": (
        gold_file(entry(1, ["x"]), entry("1", ["x"])),
        "paragraph 1, id '1': the id is that of another question too",
    ),
    "answers": (gold_file({"id": "a"}), "gold, article 1 ('Rivers'), paragraph 1, id 'a': no key \"answers\""),
    "answer": (gold_file({"id": "a", "answers": ["x"]}), "id 'a', answer 1: an object expected. Received: 'x'"),
    "text": (
        gold_file({"id": "a", "answers": [{"text": 3}]}),
        "id 'a', answer 1: \"text\" must be a string. Received: 3",
    ),
    "unanswerable in 1.1": (
        gold_file(entry("a", []), version="1.1"),
        "id 'a': no answers, and the file is of version 1.1",
    ),
}


@pytest.mark.parametrize("case", BROKEN_GOLD)
def test_malformed_gold_is_an_error_that_names_the_place(case: str) -> None:
    gold, message = BROKEN_GOLD[case]
    with pytest.raises(DataError) as error:
        evaluate(gold, {"a": "x"})
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("answers", "probabilities", "message"),
    [
        ([], None, "predictions: expected answer texts by question id. Received: list"),
        ({"right": None}, None, "article 1 ('Rivers'), paragraph 1, id 'right': a text expected"),
        (
            {"right": "x"},
            None,
            "none for 4 of 5 questions; \"\" is no answer: article 1 ('Rivers'), paragraph 1, id 'part'",
        ),
        (NEW_ANSWERS, [0.5], "no-answer probabilities: expected numbers by question id. Received: list"),
        (
            NEW_ANSWERS,
            {"right": 0.1},
            "no-answer probabilities, article 1 ('Rivers'), paragraph 1, id 'part': none for this question",
        ),
        (NEW_ANSWERS, {"right": "0.1"}, "id 'right': a number expected. Received: '0.1'"),
        (NEW_ANSWERS, {"right": float("nan")}, "id 'right': a number expected. Received: nan"),
    ],
)
def test_malformed_predictions_are_an_error_that_names_the_question(answers, probabilities, message: str) -> None:
    with pytest.raises(DataError) as error:
        evaluate(NEW, answers, probabilities)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_probabilities_for_squad_1_are_refused() -> None:
    with pytest.raises(InputError, match=r"SQuAD 2\.0"):
        evaluate(OLD, {"whole": "Rhine"}, {"whole": 0.5})
    assert issubclass(InputError, BertKerasError)


def test_scoring_brings_neither_tensorflow_nor_keras() -> None:
    code = (
        "import sys; from bert_keras.qa import decoding, evaluate; "
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
