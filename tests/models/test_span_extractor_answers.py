import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from span_search import search

from bert_keras.errors import InputError
from bert_keras.models import SpanAnswer, SpanExtractor
from bert_keras.models.classify_stream import FIRST_CHUNK
from bert_keras.models.forward_pass import ForwardPass
from bert_keras.models.only_context import NEVER

Build = Callable[..., SpanExtractor]
Logits = dict[str, tf.Tensor]
WORDS = [
    "the",
    "film",
    "was",
    "good",
    "bad",
    "not",
    "a",
    "b",
    "c",
    "d",
    "playing",
    "café",
    "Naïve,",
    "東京",
    "un-playable!",
    "x👩y",
    "\n\n",
]


def texts(count: int, longest: int, seed: int = 0) -> list[str]:
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(WORDS, random.integers(1, longest))) for _ in range(count)]


def assert_like(found: SpanAnswer, known: SpanAnswer) -> None:
    """Same answer, but for what the order of sums makes of numbers."""
    assert (found.text, found.start, found.end) == (known.text, known.start, known.end)
    assert [(span.start, span.end) for span in found.n_best[:3]] == [
        (span.start, span.end) for span in known.n_best[:3]
    ]
    assert found.score == pytest.approx(known.score, abs=1e-5)
    assert found.null_odds == pytest.approx(known.null_odds, abs=1e-4)


@pytest.fixture
def give(extractor: SpanExtractor, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., None]], None]:
    """Replaces the extractor's logits: `fill` sets some in "start" and "end" `[windows, tokens]`, the others are -5."""

    def put(fill: Callable[[np.ndarray, np.ndarray, np.ndarray], None]) -> None:
        def logits(inputs: dict[str, Any]) -> Logits:
            ids = np.asarray(inputs["token_ids"])
            start, end = (np.full(ids.shape, -5, np.float32) for _ in range(2))
            fill(ids, start, end)
            return {"start": tf.constant(start), "end": tf.constant(end)}

        monkeypatch.setattr(extractor, "logits", ForwardPass(logits))

    return put


@pytest.mark.parametrize("null_threshold", [None, -3.0])
def test_answers_are_the_best_of_a_search_over_all_spans_of_all_windows(
    null_threshold: float | None, build_extractor: Build
) -> None:
    extractor = build_extractor(null_threshold=null_threshold, n_best=7, max_answer_tokens=5)
    questions, contexts = texts(12, 8), texts(12, 60, seed=1)
    nulls = 0
    for question, context, answer in zip(questions, contexts, extractor.answer(questions, contexts), strict=True):
        known = search(extractor, question, context, with_null=null_threshold is not None)
        best = known.listed[:7]
        assert len(answer.n_best) == len(best)
        np.testing.assert_allclose(
            [span.score for span in answer.n_best], [span.probability for span in best], atol=1e-5
        )
        for span, near in zip(answer.n_best, best, strict=True):
            # Of spans that score the same any may come first.
            assert (span.start, span.end) in {(s.start, s.end) for s in known.spans if abs(s.score - near.score) < 1e-4}
            assert span.text == context[span.start : span.end]
        assert answer.null_odds == pytest.approx(known.null - best[0].score, abs=1e-4)
        none = null_threshold is not None and answer.null_odds > null_threshold
        nulls += none
        expected = ("", 0, 0) if none else (answer.n_best[0].text, answer.n_best[0].start, answer.n_best[0].end)
        assert (answer.text, answer.start, answer.end) == expected
        assert answer.score == pytest.approx(known.null_probability if none else best[0].probability, abs=1e-5)
    assert nulls == 0 if null_threshold is None else 0 < nulls < len(questions)


def test_one_question_has_one_answer_and_several_a_list_in_order(extractor: SpanExtractor) -> None:
    questions, contexts = texts(9, 8), texts(9, 50, seed=2)
    together = extractor.answer(questions, tuple(contexts))
    for question, context, answer in zip(questions, contexts, together, strict=True):
        assert_like(extractor.answer(question, context), answer)
    assert len({answer.score for answer in together}) == 9


def test_several_questions_of_one_context_are_answered_as_if_each_had_its_own(extractor: SpanExtractor) -> None:
    questions, context = texts(5, 8), texts(1, 90, seed=3)[0]
    for found, known in zip(
        extractor.answer(questions, context), extractor.answer(questions, [context] * 5), strict=True
    ):
        assert_like(found, known)


def test_a_context_of_several_questions_is_tokenized_once(
    extractor: SpanExtractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []
    documents = extractor.preprocessor.documents

    def count(questions: Any, contexts: Any, context_of: Any) -> Any:
        given.append(len(contexts))
        return documents(questions, contexts, context_of)

    monkeypatch.setattr(extractor.preprocessor, "documents", count)
    extractor.answer(["a", "b", "c", "d"], ["the film", "bad", "the film", "bad"])
    assert given == [2]


@pytest.mark.parametrize("token_budget", [1, 24, 50, 10_000])
def test_what_goes_through_the_model_together_changes_no_answer(token_budget: int, extractor: SpanExtractor) -> None:
    questions, contexts = texts(6, 8, seed=4), texts(6, 70, seed=5)
    for found, known in zip(
        extractor.answer(questions, contexts, token_budget), extractor.answer(questions, contexts), strict=True
    ):
        assert_like(found, known)


def test_a_document_of_forty_windows_is_answered_from_all_of_it(extractor: SpanExtractor) -> None:
    question, context = "the film ?", " ".join(texts(40, 30, seed=6))
    assert len(extractor.preprocessor.documents([question], [context]).windows.begins) >= 40
    known = search(extractor, question, context)
    answer = extractor.answer(question, context)
    assert answer.score == pytest.approx(known.spans[0].probability, abs=1e-5)
    assert answer.text == context[answer.start : answer.end]


@pytest.mark.parametrize("place", [0, 17, 18, 290, 599])
def test_an_answer_is_found_wherever_in_a_long_document_it_stands(
    place: int, extractor: SpanExtractor, give: Callable, vocabulary: list[str]
) -> None:
    words = ["é"] * 600
    words[place] = "film"

    def fill(ids: np.ndarray, start: np.ndarray, end: np.ndarray) -> None:
        start[ids == vocabulary.index("film")] = end[ids == vocabulary.index("film")] = 9

    give(fill)
    answer = extractor.answer("a", " ".join(words))
    assert (answer.text, answer.start, answer.score) == ("film", 2 * place, pytest.approx(1, abs=1e-3))


def test_windows_are_compared_by_their_logits_not_by_their_probabilities(
    extractor: SpanExtractor, give: Callable, vocabulary: list[str]
) -> None:
    context = " ".join(["film"] + ["a"] * 30 + ["good"] + ["b"] * 20)

    def fill(ids: np.ndarray, start: np.ndarray, end: np.ndarray) -> None:
        # "film" has all the probability of its window, "good" shares that of its own with all letters around it.
        start[ids == vocabulary.index("film")] = end[ids == vocabulary.index("film")] = 3
        loud = (ids == vocabulary.index("good")).any(axis=1)
        start[loud] = end[loud] = 4.0
        start[ids == vocabulary.index("good")] = end[ids == vocabulary.index("good")] = 4.2

    give(fill)
    answer = extractor.answer("c", context)
    assert answer.text == "good"
    assert answer.score < 0.1
    texts_found = [span.text for span in answer.n_best]
    assert "film" not in texts_found or texts_found.index("film") > 5


@pytest.mark.parametrize("null_threshold", [None, 0.0])
def test_all_spans_and_no_answer_share_one_probability(null_threshold: float | None, build_extractor: Build) -> None:
    extractor = build_extractor(null_threshold=null_threshold, n_best=900, max_answer_tokens=6)
    asked = "the film ?", "the film was good . " * 9
    answer, known = extractor.answer(*asked), search(extractor, *asked, with_null=null_threshold is not None)
    # Spans that overlap a better one are not listed, and have their shares all the same.
    spans = {(span.start, span.end): span.probability for span in known.spans}
    assert len(answer.n_best) < len(spans)
    for span in answer.n_best:
        assert span.score == pytest.approx(spans[span.start, span.end], abs=1e-6)
    null = 0.0 if null_threshold is None else answer.n_best[0].score * np.exp(answer.null_odds)
    assert sum(spans.values()) + null == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(("null_threshold", "text"), [(None, "film"), (4.0, "film"), (3.9, ""), (0.0, "")])
def test_a_threshold_decides_on_both_sides_of_the_null_odds(
    null_threshold: float | None,
    text: str,
    extractor: SpanExtractor,
    give: Callable,
    vocabulary: list[str],
    monkeypatch: Any,
) -> None:
    def fill(ids: np.ndarray, start: np.ndarray, end: np.ndarray) -> None:
        start[:, 0], end[:, 0] = 3, 4
        start[ids == vocabulary.index("film")], end[ids == vocabulary.index("film")] = 1, 2

    give(fill)
    monkeypatch.setattr(extractor, "null_threshold", null_threshold)
    answer = extractor.answer("a", "the film was bad")
    assert (answer.text, answer.null_odds) == (text, 4.0)
    assert answer.n_best[0].text == "film"
    assert (answer.start, answer.end) == ((4, 8) if text else (0, 0))


def test_no_answer_is_the_least_null_of_all_windows(
    extractor: SpanExtractor, give: Callable, vocabulary: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(ids: np.ndarray, start: np.ndarray, end: np.ndarray) -> None:
        film = (ids == vocabulary.index("film")).any(axis=1)
        start[:, 0] = end[:, 0] = np.where(film, 1.0, 8.0)  # windows without the answer are sure that they have none
        start[ids == vocabulary.index("film")] = end[ids == vocabulary.index("film")] = 3

    give(fill)
    monkeypatch.setattr(extractor, "null_threshold", 0.0)
    answer = extractor.answer("c", " ".join(["a"] * 40 + ["film"] + ["b"] * 40))
    assert (answer.text, answer.null_odds) == ("film", -4.0)


@pytest.mark.parametrize("null_threshold", [None, 0.0])
def test_where_every_window_votes_for_null_there_is_still_an_answer_object(
    null_threshold: float | None, extractor: SpanExtractor, give: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(ids: np.ndarray, start: np.ndarray, end: np.ndarray) -> None:
        start[:, 1:] = end[:, 1:] = NEVER
        start[:, 0] = end[:, 0] = 50

    give(fill)
    monkeypatch.setattr(extractor, "null_threshold", null_threshold)
    answer = extractor.answer("a", "the film was good . " * 9)
    assert answer.null_odds == 1e4
    assert answer.text == ("" if null_threshold == 0.0 else answer.n_best[0].text)
    assert json.loads(json.dumps([answer.score, answer.null_odds])) == [answer.score, answer.null_odds]


@pytest.mark.parametrize("null_threshold", [None, 0.0])
@pytest.mark.parametrize("context", ["", " ", "\u200b\n\t", "\x00", "\ufffd"])
@pytest.mark.parametrize("question", ["the film ?", ""])
def test_an_empty_context_has_no_answer(
    question: str, context: str, null_threshold: float | None, extractor: SpanExtractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extractor, "null_threshold", null_threshold)
    answers = extractor.answer([question, "a", question], [context, "film", context])
    assert [(answer.text, answer.start, answer.end, answer.n_best) for answer in answers[::2]] == [("", 0, 0, ())] * 2
    assert [answer.null_odds for answer in answers[::2]] == [1e4, 1e4]
    assert [answer.score for answer in answers[::2]] == [0.0 if null_threshold is None else 1.0] * 2
    assert [span.text for span in answers[1].n_best] == ["film"]


def test_an_empty_question_is_answered_like_any(extractor: SpanExtractor) -> None:
    known = search(extractor, "", "the film was good")
    answer = extractor.answer("", "the film was good")
    assert (answer.start, answer.end) == known.spans[0][:2]


def test_no_piece_of_the_question_is_an_answer(extractor: SpanExtractor, give: Callable) -> None:
    def fill(ids: np.ndarray, start: np.ndarray, end: np.ndarray) -> None:
        start[:, 1:5], end[:, 1:5] = 90, 90  # question and [SEP]
        last = (ids != 0).sum(axis=1) - 1
        start[np.arange(len(ids)), last] = end[np.arange(len(ids)), last] = 90  # the [SEP] at the end
        start[:, 6] = end[:, 7] = 1

    give(fill)
    answer = extractor.answer("a b c", "the film was good")
    assert answer.text == "film was"
    assert all("the film was good"[span.start : span.end] == span.text != "" for span in answer.n_best)


def test_no_answer_ends_before_it_begins(extractor: SpanExtractor, give: Callable) -> None:
    def fill(ids: np.ndarray, start: np.ndarray, end: np.ndarray) -> None:
        start[:, 6], end[:, 4] = 9, 9  # the best end stands before the best start
        end[:, 7] = 1

    give(fill)
    answer = extractor.answer("a", "the film was good !")
    assert answer.text == "good !"
    assert [span.text for span in answer.n_best] == ["good !", "the film", "was"]


@pytest.mark.parametrize("most", [1, 2, 5])
def test_no_answer_is_longer_than_it_may_be(
    most: int, extractor: SpanExtractor, give: Callable, monkeypatch: Any
) -> None:
    def fill(ids: np.ndarray, start: np.ndarray, end: np.ndarray) -> None:
        start[:, 3], end[:, 3:9] = 9, range(6)  # the best span has six tokens

    give(fill)
    monkeypatch.setattr(extractor, "max_answer_tokens", most)
    answer = extractor.answer("a", "a b c d e the film was good")
    assert max(len(span.text.split()) for span in answer.n_best) == most
    assert answer.text == {1: "a", 2: "a b", 5: "a b c d e"}[most]


@pytest.mark.parametrize("n_best", [1, 3, 1000])
def test_as_many_spans_as_asked_for_are_listed_best_first(
    n_best: int, extractor: SpanExtractor, monkeypatch: Any
) -> None:
    monkeypatch.setattr(extractor, "n_best", n_best)
    asked = "the film ?", "was good not bad"
    answer, known = extractor.answer(*asked), search(extractor, *asked)
    assert 1 < len(known.listed) <= 4
    assert len(answer.n_best) == min(n_best, len(known.listed))
    scores = [span.score for span in answer.n_best]
    assert scores == sorted(scores, reverse=True)
    assert (answer.text, answer.score) == (answer.n_best[0].text, answer.n_best[0].score)


@pytest.mark.parametrize(
    "before", ["", "é" * 50 + " ", "👩‍👩‍👧 ", "東京", "e\u0301 ", "\x00\u200b", "  \n\t", "\u00a0"]
)
def test_offsets_are_code_points_of_the_original_context(
    before: str, extractor: SpanExtractor, give: Callable, vocabulary: list[str]
) -> None:
    def fill(ids: np.ndarray, start: np.ndarray, end: np.ndarray) -> None:
        start[ids == vocabulary.index("cafe")] = end[ids == vocabulary.index("!")] = 9

    give(fill)
    context = f"{before}CAFE\u0301 ! \U0001f600"
    answer = extractor.answer("é?", context)
    assert (answer.text, answer.start, answer.end) == ("CAFE\u0301 !", len(before), len(before) + 7)
    assert context[answer.start : answer.end] == answer.text


def test_blanks_at_the_beginning_of_a_context_are_no_part_of_an_answer_but_count(extractor: SpanExtractor) -> None:
    plain, blank = (extractor.answer("a", lead + "the film was good  ") for lead in ("", "  \n "))
    assert (blank.text, blank.start, blank.end) == (plain.text, plain.start + 4, plain.end + 4)
    assert all(span.text == span.text.strip() for span in blank.n_best)


def test_answers_begin_and_end_at_words_unless_parts_are_asked_for(
    extractor: SpanExtractor, give: Callable, vocabulary: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(ids: np.ndarray, start: np.ndarray, end: np.ndarray) -> None:
        start[ids == vocabulary.index("play")] = end[ids == vocabulary.index("play")] = 9
        end[ids == vocabulary.index("##ing")] = 8

    give(fill)
    answer = extractor.answer("a", "a film, playing.")
    assert (answer.text, answer.start, answer.end) == ("playing", 8, 15)
    assert [span.text for span in answer.n_best] == ["playing", "a", "film", ",", "."]
    monkeypatch.setattr(extractor, "part_words", True)
    give(fill)
    answer = extractor.answer("a", "a film, playing.")
    assert answer.text == "play"
    assert [span.text for span in answer.n_best][:2] == ["play", "ing"]


def test_answers_stay_in_their_paragraph_unless_they_may_run_over_its_end(
    extractor: SpanExtractor, give: Callable, vocabulary: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(ids: np.ndarray, start: np.ndarray, end: np.ndarray) -> None:
        start[ids == vocabulary.index("film")], end[ids == vocabulary.index("good")] = 9, 8
        end[ids == vocabulary.index("the")] = 2

    give(fill)
    context = "film the\r\n\r\nplay was\ngood"
    answer = extractor.answer("a", context)
    assert (answer.text, answer.n_best[1].text) == ("film the", "play was\ngood")
    monkeypatch.setattr(extractor, "across_paragraphs", True)
    give(fill)
    assert extractor.answer("a", context).text == context


def test_an_answer_has_its_sentence(
    extractor: SpanExtractor, give: Callable, vocabulary: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(ids: np.ndarray, start: np.ndarray, end: np.ndarray) -> None:
        start[:, 0] = end[:, 0] = 8
        start[ids == vocabulary.index("film")] = end[ids == vocabulary.index("film")] = 9

    give(fill)
    context = "The play was bad. The film was good! And?"
    answer = extractor.answer("a", context)
    assert context[answer.sentence_start : answer.sentence_end] == "The film was good!"
    for span in answer.n_best:
        assert span.sentence_start <= span.start < span.end <= span.sentence_end
    monkeypatch.setattr(extractor, "null_threshold", -10.0)
    give(fill)
    silent = extractor.answer("a", context)
    assert (silent.text, silent.sentence_start, silent.sentence_end) == ("", 0, 0)
    assert silent.n_best[0].sentence_start == 18


def test_a_stream_gets_the_answers_of_a_list_in_order_whatever_it_is(extractor: SpanExtractor) -> None:
    questions, contexts = texts(60, 8, seed=7), texts(60, 30, seed=8)
    known = extractor.answer(questions, contexts)
    for documents in (
        zip(questions, contexts, strict=True),
        [list(pair) for pair in zip(questions, contexts, strict=True)],
    ):
        for found, answer in zip(extractor.answer_stream(documents), known, strict=True):
            assert_like(found, answer)
    assert list(extractor.answer_stream([])) == extractor.answer([], []) == extractor.answer([], "a") == []


def test_a_stream_is_read_no_further_than_its_first_answers_need(extractor: SpanExtractor) -> None:
    read = 0

    def endless() -> Iterator[tuple[str, str]]:
        nonlocal read
        for word in itertools.cycle(WORDS):
            read += 1
            yield word, f"{word} film"

    answers = extractor.answer_stream(endless())
    assert read == 0
    next(answers)
    assert read == FIRST_CHUNK


@pytest.mark.parametrize(
    ("question", "context", "message"),
    [
        ("a", ["b"], r"one question has one context, a text. Received: \['b'\]"),
        ("a", 3, "one question has one context, a text. Received: 3"),
        (3, "b", "expected a text or a list of texts. Received: 3"),
        (None, ["b"], "expected a text or a list of texts. Received: None"),
        (["a"], None, "expected a text or a list of texts. Received: None"),
        (["a"], b"b", "expected a text or a list of texts. Received: b'b'"),
        (["a", "b"], ["c"], "each question needs its context. Received: 2 questions, 1 contexts"),
        (["a", 3], "b", r"a question and its context. Received: \(3, 'b'\)"),
        (["a"], [None], r"a question and its context. Received: \('a', None\)"),
    ],
)
def test_what_is_no_text_is_refused(question: Any, context: Any, message: str, extractor: SpanExtractor) -> None:
    with pytest.raises(InputError, match=message) as caught:
        extractor.answer(question, context)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("document", ["ab", 3, ("a",), ("a", "b", "c"), ("a", None), {"a": 1, "b": 2}])
def test_a_stream_of_something_else_than_pairs_is_refused(document: Any, extractor: SpanExtractor) -> None:
    with pytest.raises(InputError, match="expected texts: a question and its context. Received: ") as caught:
        list(extractor.answer_stream([("a", "b"), document]))
    assert "\n" not in str(caught.value)


def test_without_a_preprocessor_strings_cannot_be_answered(build_extractor: Build) -> None:
    extractor = build_extractor(preprocessor=None)
    with pytest.raises(InputError, match="the model has no preprocessor"):
        extractor.answer("a", "b")
    with pytest.raises(InputError, match="the model has no preprocessor"):
        list(extractor.answer_stream([("a", "b")]))
