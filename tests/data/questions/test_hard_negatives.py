from pathlib import Path

import numpy as np
import pytest
from question_files import qa, squad, write_json

from bert_keras import BertTokenizer
from bert_keras.data import Question, QuestionSource, hard_negatives
from bert_keras.errors import DataError, InputError


def negatives(
    source: QuestionSource, share: float, seed: int, tokenizer: BertTokenizer
) -> tuple[list[Question], np.ndarray]:
    return hard_negatives(source, source.questions, share, seed, tokenizer)


FILMS = ["the film was good", "The film was GOOD .", "the film was bad", "a b c d e"]


@pytest.fixture
def source(tmp_path: Path) -> QuestionSource:
    paragraphs = [
        (FILMS[0], [qa("1", "was the film", [("good", 13)]), qa("2", "the film not")]),
        *((context, [qa(f"no-{place}", "a")]) for place, context in enumerate(FILMS[1:])),
    ]
    return QuestionSource(write_json(tmp_path, squad(*paragraphs)))


def test_a_question_is_asked_of_the_nearest_context_without_its_answer(
    source: QuestionSource, tokenizer: BertTokenizer
) -> None:
    drawn = set()
    for seed in range(8):
        [negative], of = negatives(source, 1.0, seed, tokenizer)
        assert (negative.id, negative.text, negative.answers, of.tolist()) == ("1-elsewhere", "was the film", (), [0])
        drawn.add(source.contexts[negative.context])
    # Never the one that holds the answer in capitals; the last is among the three nearest of two.
    assert drawn == {FILMS[2], FILMS[3]}


def test_near_contexts_come_first(tmp_path: Path, tokenizer: BertTokenizer) -> None:
    near = [f"the film was bad {letter}" for letter in "abc"]
    far = [f"not play {letter}" for letter in "abcde"]
    asked = [(FILMS[0], [qa("1", "was the film", [("good", 13)])])]
    source = QuestionSource(write_json(tmp_path, squad(*asked, *((text, [qa(text, "a")]) for text in far + near))))
    found = {source.contexts[negatives(source, 1.0, seed, tokenizer)[0][0].context] for seed in range(20)}
    assert found == set(near)


def test_a_context_of_which_the_same_question_is_answered_otherwise_is_none(
    tmp_path: Path, tokenizer: BertTokenizer
) -> None:
    asked = [(FILMS[0], "was the film", "good"), (FILMS[2], "Was the film", "bad"), (FILMS[3], "e", "e")]
    given = [(text, [qa(word, question, [(word, text.index(word))])]) for text, question, word in asked]
    source = QuestionSource(write_json(tmp_path, squad(*given)))
    made = [of for seed in range(8) for of in negatives(source, 1.0, seed, tokenizer)[0] if of.text != "e"]
    assert len(made) == 16 and {source.contexts[of.context] for of in made} == {FILMS[3]}


def test_a_share_is_drawn_by_the_seed(tmp_path: Path, tokenizer: BertTokenizer) -> None:
    asked = [(f"the film was {word}", [qa(word, "was the film", [(word, 13)])]) for word in "abcde"]
    many = [(f"{context} {n}", [qa(f"{n}{of[0]['id']}", "film", [])]) for n in range(3) for context, of in asked]
    source = QuestionSource(write_json(tmp_path, squad(*asked, *many)))
    sets = [[of.id for of in negatives(source, 0.5, seed, tokenizer)[0]] for seed in (0, 0, 1, 2, 3)]
    assert sets[0] == sets[1]
    assert len(set(map(tuple, sets))) > 2
    assert negatives(source, 0.0, 0, tokenizer)[0] == []


def test_shares_out_of_range_and_single_contexts_are_refused(
    source: QuestionSource, tokenizer: BertTokenizer, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"from 0 to 1\. Received: 1\.5"):
        negatives(source, 1.5, 0, tokenizer)
    alone = QuestionSource(write_json(tmp_path, squad((FILMS[0], [qa("1", "film", [("good", 13)])])), "alone.json"))
    with pytest.raises(DataError, match=r"alone\.json: hard negatives need several contexts\. Received: one; leave"):
        negatives(alone, 1.0, 0, tokenizer)
