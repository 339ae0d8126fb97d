from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from question_files import qa, squad, write_json

from bert_keras import BertTokenizer
from bert_keras.data import QuestionSource, altered_questions
from bert_keras.errors import InputError

HARBOUR = "In 1931 the Danish engineers painted the Hanko bridge."
OTHERS = [
    ("In 1962 the Norwegian sailors planted the Turku garden.", "In 1962 who planted the Turku garden?", "sailors"),
    ("In 1931 some people painted it, and wanted more.", "In 1931 what was wanted and painted?", "it"),
    ("By 7 the boats were gone.", "By 7 what were gone?", "boats"),
]
QUESTION = "Who painted the Hanko bridge in 1931?"


@pytest.fixture
def source(tmp_path: Path) -> QuestionSource:
    asked = [(HARBOUR, [qa("first", QUESTION, [("Danish engineers", 12)]), qa("none", "Who painted the garden?")])]
    asked += [
        (context, [qa(str(n), text, [(answer, context.index(answer))])])
        for n, (context, text, answer) in enumerate(OTHERS)
    ]
    return QuestionSource(write_json(tmp_path, squad(*asked)))


def vectors(tokenizer: BertTokenizer) -> np.ndarray:
    return np.random.default_rng(0).normal(size=[tokenizer.vocabulary_size(), 8]).astype(np.float32)


def altered(source: QuestionSource, tokenizer: BertTokenizer, seed: int = 0, share: float = 1.0) -> dict[str, str]:
    made, of = altered_questions(source, source.questions, share, seed, tokenizer, vectors(tokenizer))
    assert [question.id for question in made] == [f"{source.questions[place].id}-altered" for place in of]
    assert not any(question.answers for question in made)
    assert [question.context for question in made] == [source.questions[place].context for place in of]
    return {question.id: question.text for question in made}


def test_a_word_of_the_context_gives_way_to_one_of_its_kind_that_the_context_has_not(
    source: QuestionSource, tokenizer: BertTokenizer
) -> None:
    made = [altered(source, tokenizer, seed) for seed in range(30)]
    assert {texts["first-altered"] for texts in made} == {
        "Who planted the Hanko bridge in 1931?",
        "Who wanted the Hanko bridge in 1931?",
        "Who painted the Turku bridge in 1931?",
        "Who painted the Hanko bridge in 1962?",
    }


def test_questions_without_an_answer_or_without_such_a_word_are_not_altered(
    source: QuestionSource, tokenizer: BertTokenizer
) -> None:
    assert {"none-altered", "2-altered"}.isdisjoint(altered(source, tokenizer))


def test_the_words_of_nearest_meaning_are_drawn(tmp_path: Path, tokenizer: BertTokenizer) -> None:
    words = [f"{letter}ed" for letter in "bcdefghi"]
    asked = [("the film was abed", [qa("first", "which film abed", [("film", 4)])])]
    asked += [(f"{word} is good", [qa(word, f"{word}", [("good", len(word) + 4)])]) for word in words]
    source = QuestionSource(write_json(tmp_path, squad(*asked)))
    given = np.zeros([tokenizer.vocabulary_size(), 2], np.float32)
    lean = dict(zip([tokenizer.tokenize([word]).to_list()[0][0] for word in ["abed", *words]], range(9), strict=True))
    for token, place in lean.items():
        given[token] = [np.cos(place / 4), np.sin(place / 4)]
    drawn = set()
    for seed in range(40):
        made, _ = altered_questions(source, source.questions[:1], 1.0, seed, tokenizer, given)
        drawn |= {question.text for question in made}
    assert drawn == set()  # no other question is given to draw from
    for seed in range(60):
        made, _ = altered_questions(source, source.questions, 1.0, seed, tokenizer, given)
        drawn |= {question.text.split()[-1] for question in made if question.id == "first-altered"}
    assert drawn == set(words[:5])


def test_some_get_another_name_of_their_context_and_some_a_not(tmp_path: Path, tokenizer: BertTokenizer) -> None:
    context = "In 1931 the engineers of Oslo met those of Bergen, and by 1932 the bridge was there."
    text = "Who was met by the engineers of Oslo in 1931?"
    source = QuestionSource(write_json(tmp_path, squad((context, [qa("one", text, [("those", 33)])]))))
    made = [altered(source, tokenizer, seed).get("one-altered") for seed in range(200)]
    counts = Counter(made)
    names = {text.replace("Oslo", "Bergen"), text.replace("1931", "1932")}
    negations = {text.replace("was", "was not"), text.replace("was", "wasn't")}
    assert set(counts) == names | negations | {None}  # of no other question comes a word
    assert 40 <= sum(counts[name] for name in names) <= 80
    assert 10 <= sum(counts[name] for name in negations) <= 35


def test_of_other_languages_none_gets_a_not(tmp_path: Path, tokenizer: BertTokenizer) -> None:
    context = "A capital do Brasil foi inaugurada por Kubitschek."
    asked = [qa("one", "Qual a capital do Brasil?", [("Kubitschek", 39)]), qa("two", "Por quem?", [("Kubitschek", 39)])]
    source = QuestionSource(write_json(tmp_path, squad((context, asked))))
    assert not any("not" in str(altered(source, tokenizer, seed)) for seed in range(100))


def test_what_the_context_answers_is_not_asked_as_if_it_did_not(tmp_path: Path, tokenizer: BertTokenizer) -> None:
    context = "Friedrich was born in Berlin and Halford in Britain."
    asked = [("one", "Where was Friedrich born?", "Berlin", 22), ("two", "where was Halford born?", "Britain", 44)]
    given = [qa(id_, text, [(answer, start)]) for id_, text, answer, start in asked]
    source = QuestionSource(write_json(tmp_path, squad((context, given))))
    made = {text.casefold() for seed in range(60) for text in altered(source, tokenizer, seed).values()}
    assert made and made.isdisjoint(text.casefold() for _, text, _, _ in asked)


def test_a_share_is_drawn_by_the_seed(source: QuestionSource, tokenizer: BertTokenizer) -> None:
    sets = [tuple(altered(source, tokenizer, seed, 0.5)) for seed in (0, 0, 1, 2, 3, 4)]
    assert sets[0] == sets[1]
    assert len(set(sets)) > 2
    assert altered(source, tokenizer, share=0.0) == {}


def test_shares_out_of_range_are_refused(source: QuestionSource, tokenizer: BertTokenizer) -> None:
    with pytest.raises(InputError, match=r"altered questions must be from 0 to 1\. Received: 1\.5"):
        altered(source, tokenizer, share=1.5)
