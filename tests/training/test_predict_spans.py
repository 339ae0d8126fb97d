import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_questions import source_of

from bert_keras import qa
from bert_keras.data import QuestionSource, WindowedQuestions, encode_questions
from bert_keras.models import SpanAnswer, SpanExtractor
from bert_keras.qa.spans import NO_SPAN_ODDS
from bert_keras.training.predict_spans import FoundSpans, predict_spans, span_scores

Build = Callable[..., SpanExtractor]

LONG = "the 😀 film was naïve , not bad ! un playing café 東京 a b c d e . "
ASKED = [
    ("the film ?", LONG * 3, [("naïve", 15)]),
    ("a", "b", []),
    ("was the film good or bad , not a play ?", LONG, [("the 😀 film", 0), ("café", LONG.index("café"))]),
    ("un b c", LONG * 3, [("bad", 27)]),
    ("?", "\u200b good", [("good", 2)]),
    ("d", "😀" * 40, [("😀", 25)]),
]


def windowed_of(extractor: SpanExtractor, source: QuestionSource) -> WindowedQuestions:
    return encode_questions(source, source.asked, extractor.preprocessor)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> QuestionSource:
    return source_of(tmp_path_factory.mktemp("asked"), *ASKED)


# === Answers ===


def assert_same_answer(one: SpanAnswer, other: SpanAnswer) -> None:
    assert (one.text, one.start, one.end) == (other.text, other.start, other.end)
    assert (one.score, one.null_odds) == pytest.approx((other.score, other.null_odds), abs=1e-4)
    assert [(span.text, span.start, span.end) for span in one.n_best] == [
        (span.text, span.start, span.end) for span in other.n_best
    ]
    np.testing.assert_allclose([span.score for span in one.n_best], [span.score for span in other.n_best], atol=1e-5)


@pytest.mark.parametrize("token_budget", [1, 60, 100_000])
def test_answers_are_those_that_the_model_gives_to_strings(
    token_budget: int, extractor: SpanExtractor, source: QuestionSource
) -> None:
    windowed = windowed_of(extractor, source)
    found = predict_spans(extractor, windowed, token_budget)
    assert len(found.answers) == len(ASKED)
    for (question, context, _), answer in zip(ASKED, found.answers, strict=True):
        assert_same_answer(answer, extractor.answer(question, context))
        assert answer.text == context[answer.start : answer.end] != ""
    assert len(windowed.rows) > len(ASKED) + 8
    assert len({answer.text for answer in found.answers}) > 3


def test_the_best_span_is_given_whatever_the_threshold_and_texts_heed_one(
    build_extractor: Build, source: QuestionSource
) -> None:
    extractor = build_extractor(null_threshold=-1.5)
    found = predict_spans(extractor, windowed_of(extractor, source))
    texts, silent = found.texts(-1.5), 0
    for (question, context, _), answer, text in zip(ASKED, found.answers, texts, strict=True):
        known = extractor.answer(question, context)
        assert text == known.text
        assert answer.null_odds == pytest.approx(known.null_odds, abs=1e-4)
        best = known.n_best[0]
        assert_same_answer(
            dataclasses.replace(known, text=best.text, start=best.start, end=best.end, score=best.score), answer
        )
        silent += not text
    assert 0 < silent < len(ASKED)
    assert found.texts(None) == [answer.text for answer in found.answers]
    odds = found.answers[0].null_odds
    assert found.texts(odds)[0] == found.answers[0].text  # up to the threshold, inclusive
    assert found.texts(np.nextafter(odds, -np.inf))[0] == ""


def test_a_context_without_tokens_has_no_answer(extractor: SpanExtractor, tmp_path: Path) -> None:
    windowed = windowed_of(
        extractor, source_of(tmp_path, ("the film ?", "\u200b", []), ("a", "\u200b", [("\u200b", 0)]))
    )
    found = predict_spans(extractor, windowed)
    for answer in found.answers:
        assert (answer.text, answer.n_best, answer.null_odds) == ("", (), NO_SPAN_ODDS)
    np.testing.assert_allclose(found.losses, [0.0, 0.0], atol=1e-6)  # [CLS] is all there is
    assert span_scores(windowed, found)["best_f1"] == 50.0


# === Losses ===


def test_losses_are_those_of_keras_for_each_window(extractor: SpanExtractor, source: QuestionSource) -> None:
    windowed = windowed_of(extractor, source)
    losses = predict_spans(extractor, windowed, 100).losses
    usual, known = extractor.usual_loss(), []
    for row in range(len(windowed.rows)):
        inputs, targets = windowed.rows.batch(np.array([row]))
        outputs = extractor(inputs, training=False)
        sides = [float(usual[name](targets[:, side], outputs[name])) for side, name in enumerate(("start", "end"))]
        known.append(np.mean(sides))
    np.testing.assert_allclose(losses, known, rtol=1e-4, atol=1e-5)
    assert (losses.shape, losses.dtype) == ((len(windowed.rows),), np.float32)
    assert 0.1 < losses.min() < losses.max() < 100


@pytest.mark.parametrize("workers", [1, 4])
def test_side_by_side_passes_are_told_one_at_a_time_and_change_nothing(
    workers: int, extractor: SpanExtractor, source: QuestionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    windowed = windowed_of(extractor, source)
    known = predict_spans(extractor, windowed)
    monkeypatch.setattr("bert_keras.models.answer_stream.lanes", lambda: workers)
    told, inside = [], []

    def on_rows(rows: int) -> None:
        inside.append(rows)
        time.sleep(0.001)  # long enough for another thread to come in
        assert len(inside) == 1
        told.append(rows)
        inside.pop()

    found = predict_spans(extractor, windowed, 1, on_rows)
    assert told == [1] * len(windowed.rows)
    np.testing.assert_allclose(found.losses, known.losses, rtol=1e-4, atol=1e-5)
    for one, other in zip(found.answers, known.answers, strict=True):
        assert_same_answer(one, other)


def test_an_error_while_windows_are_counted_ends_it(extractor: SpanExtractor, source: QuestionSource) -> None:
    with pytest.raises(ZeroDivisionError):
        predict_spans(extractor, windowed_of(extractor, source), 1, lambda rows: 1 // 0)


# === Scores ===


def said(windowed: WindowedQuestions, *answers: tuple[str, float]) -> FoundSpans:
    """Pairs of best span and null odds, as if a model had said so."""
    made = [SpanAnswer(text, 0, len(text), 1.0, odds, (), 0, len(text)) for text, odds in answers]
    losses = np.linspace(1, 2, len(windowed.rows), dtype=np.float32)
    return FoundSpans(made, losses, np.full(len(made), np.inf))


def official(windowed: WindowedQuestions, texts: list[str], odds: Any = None) -> dict[str, float]:
    ids = [question.id for question in windowed.questions]
    chances = None if odds is None else dict(zip(ids, odds, strict=True))
    return qa.evaluate(windowed.source.gold(), dict(zip(ids, texts, strict=True)), chances)


def test_scores_of_squad_2_are_the_official_ones_at_the_best_threshold(
    extractor: SpanExtractor, tmp_path: Path
) -> None:
    source = source_of(
        tmp_path,
        ("?", "the film was good", [("the film", 0), ("film", 4)]),
        ("?", "the film was bad", [("bad", 13)]),
        ("?", "a play", []),
        ("?", "good bad good", [("good bad", 0)]),
        ("?", "not a film", []),
        ("?", "un café", [("café", 3)]),
    )
    windowed = windowed_of(extractor, source)
    found = said(windowed, ("film", -3.0), ("was bad", -2.0), ("play", -1.0), ("bad", 0.5), ("film", 2.0), ("un", 3.0))
    scores = span_scores(windowed, found)
    f1 = [1, 2 / 3, 0, 2 / 3, 0, 0]
    # Answered up to odds of -2 or of 0.5; the latter gives up one question without answer to win two thirds of another.
    assert scores["best_f1"] == pytest.approx(100 * (f1[0] + f1[1] + 1 + 1) / 6)
    assert -2 <= scores["null_threshold"] < -1
    assert scores["best_exact"] == pytest.approx(100 * 3 / 6)
    assert scores["best_span_f1"] == pytest.approx(100 * sum(f1) / 4)
    assert scores["best_span_exact"] == pytest.approx(100 * 1 / 4)
    assert scores["loss"] == pytest.approx(1.5)
    odds = [answer.null_odds for answer in found.answers]
    best = official(
        windowed, found.texts(None), [value / 10 for value in odds]
    )  # up to 1, above which the script is silent
    assert scores["best_f1"] == pytest.approx(best["best_f1"])
    assert (scores["best_span_exact"], scores["best_span_f1"]) == pytest.approx(
        (best["HasAns_exact"], best["HasAns_f1"])
    )
    there = official(windowed, found.texts(scores["null_threshold"]))
    assert (scores["best_exact"], scores["best_f1"]) == pytest.approx((there["exact"], there["f1"]))


def test_random_answers_score_as_the_official_script_has_it(extractor: SpanExtractor, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    asked, answers = [], []
    for _ in range(60):
        words = random.choice(["film", "was", "good", "bad", "un"], 6).tolist()
        place = int(random.integers(0, 4))
        text, context = " ".join(words[place : place + 2]), " ".join(words)
        asked.append(("?", context, [(text, context.index(text))] if random.random() < 0.6 else []))
        answers.append(
            (text if random.random() < 0.4 else " ".join(words[: random.integers(1, 4)]), float(random.normal()))
        )
    windowed = windowed_of(extractor, source_of(tmp_path, *asked))
    found = said(windowed, *answers)
    scores = span_scores(windowed, found)
    best = official(windowed, found.texts(None), [odds / 10 for _, odds in answers])
    assert scores["best_f1"] == pytest.approx(best["best_f1"])
    assert (scores["best_span_exact"], scores["best_span_f1"]) == pytest.approx(
        (best["HasAns_exact"], best["HasAns_f1"])
    )
    there = official(windowed, found.texts(scores["null_threshold"]))
    assert (scores["best_exact"], scores["best_f1"]) == pytest.approx((there["exact"], there["f1"]))
    assert scores["best_f1"] > official(windowed, found.texts(0.0))["f1"]


def test_scores_of_squad_1_are_the_official_ones_and_no_threshold_costs_any(
    extractor: SpanExtractor, tmp_path: Path
) -> None:
    source = source_of(
        tmp_path,
        ("?", "the film was good", [("good", 13)]),
        ("?", "a bad play", [("bad", 2)]),
        ("?", "un film", [("film", 3)]),
    )
    windowed = windowed_of(extractor, source)
    found = said(windowed, ("good", 5.0), ("bad play", -5.0), ("un", 9.0))
    scores, known = span_scores(windowed, found), official(windowed, found.texts(None))
    assert known == pytest.approx({"exact_match": 100 / 3, "f1": 100 * (1 + 2 / 3) / 3})
    for name in ("best_span", "best"):
        assert (scores[f"{name}_exact"], scores[f"{name}_f1"]) == pytest.approx((known["exact_match"], known["f1"]))
    assert scores["null_threshold"] >= 5


@pytest.mark.parametrize("unanswered", [False, True])
def test_questions_that_training_leaves_out_count_as_any(
    unanswered: bool, extractor: SpanExtractor, tmp_path: Path
) -> None:
    more = [("?", "un film", [])] if unanswered else []
    source = source_of(tmp_path, ("?", "the film was good", [("good", 13)]), ("?", "a bad play", [("naive", 2)]), *more)
    assert len(source.questions) == len(source.asked) - 1
    windowed = windowed_of(extractor, source)
    found = said(windowed, ("good", -1.0), ("bad", -0.5), *([("un", 1.0)] if unanswered else []))
    scores = span_scores(windowed, found)
    assert (scores["best_span_exact"], scores["best_span_f1"]) == (50.0, 50.0)
    assert scores["best_f1"] == pytest.approx(200 / 3 if unanswered else 50.0)


def test_where_no_question_has_an_answer_there_is_no_best_span_to_score(
    extractor: SpanExtractor, tmp_path: Path
) -> None:
    windowed = windowed_of(extractor, source_of(tmp_path, ("?", "a film", []), ("?", "good", [])))
    scores = span_scores(windowed, said(windowed, ("film", 1.0), ("good", -1.0)))
    assert (scores["best_span_exact"], scores["best_span_f1"], scores["best_f1"]) == (0.0, 0.0, 100.0)
