import numpy as np
import pytest

from bert_keras.data.questions.name_exchange import negated, with_other_name

CONTEXT = "In 1931 Danish engineers reached Hanko. Turku, they say, was reached by Anna Maria Seda in 1962, in 3 days."


def drawn(text: str, context: str = CONTEXT, answer: str = "nothing") -> set[str | None]:
    return {with_other_name(text, context, [answer], np.random.default_rng(seed)) for seed in range(30)}


@pytest.mark.parametrize(
    ("text", "answer", "wanted"),
    [
        ("Who reached Hanko?", "x", {"Who reached Danish?", "Who reached Anna Maria Seda?"}),  # Turku begins a sentence
        ("Who reached Hanko?", "the Danish engineers", {"Who reached Anna Maria Seda?"}),
        ("What was reached by Anna Maria Seda?", "x", {f"What was reached by {of}?" for of in ("Danish", "Hanko")}),
        ("What was reached in 1931?", "x", {"What was reached in 1962?"}),
        ("What was reached in 3 days?", "x", {None}),  # no other number of one digit
        ("Hanko was what?", "x", {None}),  # the word begins a sentence, so it may be no name
        ("Who reached Vaasa?", "x", {None}),  # which the context has not
        ("who reached hanko?", "x", {None}),
    ],
)
def test_a_name_or_number_gives_way_to_another_of_the_context(text: str, answer: str, wanted: set[str | None]) -> None:
    assert drawn(text, answer=answer) == wanted


def test_names_are_those_of_any_alphabet_with_capitals() -> None:
    context = "Вчера Анна Седа встретила Ёлку в порту."
    assert drawn("Кого встретила Анна Седа?", context) == {"Кого встретила Ёлку?"}
    assert drawn("谁见到了安娜?", "昨天安娜见到了马丁。") == {None}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("When was it built?", {"When was not it built?", "When wasn't it built?"}),
        ("Who did she say was there?", {"Who did not she say was there?", "Who didn't she say was there?"}),
        ("What wasn't built?", {None}),
        ("What was not built?", {None}),
        ("Who built it?", {None}),
        ("Wer war das?", {None}),
    ],
)
def test_a_not_stands_behind_the_first_auxiliary(text: str, wanted: set[str | None]) -> None:
    assert {negated(text, np.random.default_rng(seed)) for seed in range(30)} == wanted
