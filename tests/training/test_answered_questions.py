import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from span_search import search

from bert_keras import SpanExtractor, data, qa
from bert_keras.reporting import AnsweredQuestion
from bert_keras.training import FoundSpans, TensorBoardQuestions, answer_metrics, answered_questions, predict_spans

LONG = "the film was not good , " * 4 + "a bad play 2 . " + "un café 😀 naive ! " * 4  # several windows
QUESTIONS = [
    ("bad", "what was bad ?", LONG, ["a bad play", "bad"]),
    ("smile", "un ?", LONG, ["😀"]),
    ("none", "what ?", LONG, []),
    ("nowhere", "what was it ?", "the film was good .", ["bad"]),
    ("short", "film ?", "the film was good .", ["good"]),
    ("article", "the ?", "the", ["the"]),
    ("across", "what ?", "the film\n\nwas good .", ["film\n\nwas"]),
]


@pytest.fixture(scope="module")
def extractor(build_extractor: Callable[..., SpanExtractor]) -> SpanExtractor:
    return build_extractor(null_threshold=0.0)


@pytest.fixture(scope="module")
def windowed(extractor: SpanExtractor, tmp_path_factory: pytest.TempPathFactory) -> data.WindowedQuestions:
    rows = [dict(zip(("id", "question", "context", "answers"), row, strict=True)) for row in QUESTIONS]
    path = tmp_path_factory.mktemp("data") / "dev.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    source = data.QuestionSource(str(path))
    return data.encode_questions(source, source.asked, extractor.preprocessor)


@pytest.fixture(scope="module")
def found(extractor: SpanExtractor, windowed: data.WindowedQuestions) -> FoundSpans:
    return predict_spans(extractor, windowed)


@pytest.fixture(scope="module")
def answered(windowed: data.WindowedQuestions, found: FoundSpans) -> dict[str, AnsweredQuestion]:
    return {question.id: question for question in answered_questions(windowed, found, 0.0)}


def test_answers_probabilities_and_odds_are_those_of_the_model(
    answered: dict[str, AnsweredQuestion], extractor: SpanExtractor
) -> None:
    assert list(answered) == [row[0] for row in QUESTIONS]
    answers = extractor.answer([row[1] for row in QUESTIONS], [row[2] for row in QUESTIONS])
    for question, answer in zip(answered.values(), answers, strict=True):
        assert question.answered == bool(answer.text)
        assert question.confidence == pytest.approx(answer.score, abs=1e-5)
        assert question.null_odds == pytest.approx(answer.null_odds, abs=1e-4)
        assert question.best is not None and question.best.text == answer.n_best[0].text
        assert [(of.start, of.end) for of, _ in question.n_best] == [(of.start, of.end) for of in answer.n_best]


@pytest.mark.parametrize("threshold", [-1e6, 1e6])
def test_no_answer_has_its_share_of_the_probability_at_any_threshold(
    windowed: data.WindowedQuestions, found: FoundSpans, extractor: SpanExtractor, threshold: float
) -> None:
    for question, (_, asked, context, _) in zip(answered_questions(windowed, found, threshold), QUESTIONS, strict=True):
        extractor.null_threshold = -1e6  # nothing is answered
        silent = extractor.answer(asked, context)
        extractor.null_threshold = 0.0
        assert question.answered == (threshold > 0)
        assert question.null_probability == pytest.approx(silent.score, abs=1e-5)


def test_windows_are_told_in_code_points_and_cover_the_context(answered: dict[str, AnsweredQuestion]) -> None:
    for question in answered.values():
        starts, ends = zip(*question.windows, strict=True)
        assert starts[0] == 0 and ends[-1] == len(question.context.rstrip())
        assert all(start < end for start, end in question.windows)
        assert all(start < before for start, before in zip(starts[1:], ends, strict=False))  # they overlap
    assert len(answered["bad"].windows) > 2
    assert answered["short"].windows == ((0, 19),)


def test_gold_answers_stand_in_their_contexts_and_lost_ones_nowhere(answered: dict[str, AnsweredQuestion]) -> None:
    assert [of.text for of in answered["bad"].gold] == ["a bad play", "bad"]
    for question in answered.values():
        for span in question.gold:
            assert question.context[span.start : span.end] == (span.text if question.id != "nowhere" else "")
    assert [(of.text, of.start, of.end) for of in answered["nowhere"].gold] == [("bad", 0, 0)]
    assert answered["none"].gold == ()


def test_losses_are_those_of_the_likeliest_right_answer(
    answered: dict[str, AnsweredQuestion],
    windowed: data.WindowedQuestions,
    found: FoundSpans,
    extractor: SpanExtractor,
) -> None:
    assert answered["nowhere"].loss == math.inf
    assert answered["none"].loss == pytest.approx(-math.log(answered["none"].null_probability))
    for number, name in enumerate(answered):
        question = answered[name]
        right = {(of.start, of.end) for of in question.gold}
        # A right answer need not be listed: it may overlap a better span.
        spans = search(extractor, question.question, question.context, with_null=True).spans
        listed = [span.probability for span in spans if (span.start, span.end) in right]
        held = (windowed.windows.documents == number) & (windowed.answers_held > 0)
        if name not in ("none", "nowhere"):
            known = -math.log(max(listed)) if listed else 2 * found.losses[held].min()
            assert question.loss == pytest.approx(known, rel=1e-4)


def test_a_reader_that_always_answers_gives_nothing_to_no_answer(
    windowed: data.WindowedQuestions, found: FoundSpans
) -> None:
    for question in answered_questions(windowed, found, None):
        assert question.answered
        assert question.null_probability == 0


@pytest.mark.parametrize("threshold", [-2.0, 0.0, 2.0])
def test_metrics_are_those_of_the_official_script(
    windowed: data.WindowedQuestions, found: FoundSpans, threshold: float
) -> None:
    metrics = answer_metrics(windowed, found, threshold)
    gold = windowed.source.gold()
    texts = {name: text for (name, *_), text in zip(QUESTIONS, found.texts(threshold), strict=True)}
    figures = qa.evaluate(gold, texts)
    assert {name: metrics[name] for name in figures} == figures
    assert metrics["null_threshold"] == threshold
    assert metrics["loss"] == pytest.approx(float(np.mean(found.losses)))
    best = qa.evaluate(gold, {name: text for (name, *_), text in zip(QUESTIONS, found.texts(None), strict=True)})
    assert metrics["best_span_exact"] == pytest.approx(best["HasAns_exact"])
    assert metrics["best_span_f1"] == pytest.approx(best["HasAns_f1"])
    assert metrics["best_f1"] >= figures["f1"] and metrics["best_exact"] >= figures["exact"]


def test_tables_have_names_counts_and_scores(windowed: data.WindowedQuestions, found: FoundSpans) -> None:
    metrics = answer_metrics(windowed, found, 0.0)
    assert "by_article" not in metrics  # there are no titles
    assert [(row["name"], row["questions"], row["f1"]) for row in metrics["by_length"]] == [
        ("up to 64", 7, pytest.approx(metrics["f1"]))
    ]
    words = {row["name"]: row["questions"] for row in metrics["by_question_word"]}
    assert words == {"what": 4, "other": 3}


def test_tensorboard_is_told_of_the_hardest_questions(
    windowed: data.WindowedQuestions, found: FoundSpans, tmp_path: Path
) -> None:
    written: list[tuple[str, Any]] = []
    callback = TensorBoardQuestions(tmp_path, windowed, lambda: found, may_decline=True)
    callback._writer.table = lambda step, tag, rows: written.append((tag, rows))  # type: ignore[method-assign]
    callback._writer.image = lambda step, tag, png: written.append((tag, png))  # type: ignore[method-assign]
    callback.set_model(type("Model", (), {"optimizer": type("Optimizer", (), {"iterations": np.array(7)})()})())
    callback.on_epoch_end(0)
    tags = dict(written)
    assert list(tags) == ["null_threshold", "hardest_questions", "questions"]
    assert tags["null_threshold"].startswith(b"\x89PNG")
    losses = [float(row[-1]) for row in tags["hardest_questions"][1:]]
    assert losses == sorted(losses, reverse=True) and losses[0] == math.inf
    assert [row[0] for row in tags["questions"]] == ["question", *(row[1] for row in QUESTIONS)]
    assert tags["questions"][3][1] == "none"
