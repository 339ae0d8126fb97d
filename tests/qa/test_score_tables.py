import json

import pytest
from gold_files import entry, gold_file

from bert_keras.errors import InputError
from bert_keras.qa import ScoreRow, question_scores, question_word, read_gold, score_tables


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("What is it?", "what"),
        ("In what country is Normandy?", "what"),
        ("What's that?", "what"),
        ("Whom did they crown?", "who"),
        ("Whose sister was it?", "who"),
        ("The man who came when?", "who"),
        ("WHEN was it?", "when"),
        ("Since when?", "when"),
        ("From where?", "where"),
        ("Why?", "why"),
        ("On which river?", "which"),
        ("How deep is it?", "how"),
        ("How many are there?", "how many/much"),
        ("For how  much?", "how many/much"),
        ("However, whatever it showed?", "other"),
        ("Name a river.", "other"),
        ("", "other"),
    ],
)
def test_the_question_word_is_found_wherever_it_stands(question: str, word: str) -> None:
    assert question_word(question) == word


def test_tables_have_the_means_of_their_groups_in_order() -> None:
    gold = gold_file(
        entry("a", ["x"], "What is it?"),
        entry("b", ["x"], "Name it."),
        entry("c", ["x y"], "By what?"),
        entry("d", ["x"], "Name that."),
        entry("e", ["x"], "Name this."),
    )
    gold["data"] += gold_file(entry("f", ["x"], "Who?"), title=None)["data"]
    scores = question_scores(gold, dict.fromkeys("abcdf", "x"))
    tokens = {"a": 64, "b": 65, "c": 128, "d": 9000, "e": 9001, "f": 3}
    tables = score_tables(read_gold(gold).questions, scores, tokens)
    assert tables.by_length == (
        ScoreRow("up to 64", 2, 100.0, 100.0),
        ScoreRow("65 to 128", 2, 50.0, pytest.approx(100 * (1 + 2 / 3) / 2)),
        ScoreRow("over 8192", 2, 50.0, 50.0),
    )
    assert [(row.name, row.count) for row in tables.by_question_word] == [("what", 2), ("who", 1), ("other", 3)]
    assert tables.by_article == (
        ScoreRow("Rivers", 5, 60.0, pytest.approx(100 * (3 + 2 / 3) / 5)),
        ScoreRow("article 2", 1, 100.0, 100.0),
    )
    assert json.loads(json.dumps(tables.as_dict()))["by_article"][1] == {
        "name": "article 2",
        "count": 1,
        "exact": 100.0,
        "f1": 100.0,
    }


def test_a_question_without_length_is_refused_by_name() -> None:
    gold = gold_file(entry("a", ["x"]))
    with pytest.raises(InputError, match="id 'a'"):
        score_tables(read_gold(gold).questions, question_scores(gold, {"a": "x"}), {})
