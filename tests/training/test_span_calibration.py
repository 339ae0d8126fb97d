from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tiny_questions import source_of

from bert_keras.data import QuestionSource, WindowedQuestions, encode_questions
from bert_keras.errors import InputError
from bert_keras.models import SpanExtractor
from bert_keras.qa import normalize_answer
from bert_keras.training import SpanLogits, decode_spans, fit_span_temperature, predict_spans

TRUE = 0.4
WORDS = ["the", "film", "was", "good", "bad", "not", "a", "b", "c", "d", "e", "un", "play"]


def asked_of(random: np.random.Generator, count: int) -> list[tuple[str, str]]:
    return [
        (" ".join(random.choice(WORDS, 2)), " ".join(random.permutation(WORDS)[: random.integers(3, 9)]))
        for _ in range(count)
    ]


def windowed_of(extractor: SpanExtractor, source: QuestionSource) -> WindowedQuestions:
    return encode_questions(source, source.asked, extractor.preprocessor)


def wrong(context: str, answer: str) -> tuple[str, int]:
    """A word of a context that is no exact match with an answer, and its place."""
    words = context.split()
    number = next(at for at, word in enumerate(words) if normalize_answer(word) != normalize_answer(answer))
    return words[number], len(" ".join([*words[:number], ""]))


@pytest.fixture(scope="module")
def calibrated(
    extractor: SpanExtractor, tmp_path_factory: pytest.TempPathFactory
) -> tuple[WindowedQuestions, SpanLogits]:
    """Questions whose best spans are right as often as their scores say at the temperature `TRUE`, and their logits."""
    random, folder = np.random.default_rng(0), tmp_path_factory.mktemp("calibrated")
    asked = asked_of(random, 600)
    unknown = windowed_of(extractor, source_of(folder, *((*of, [(of[1].split()[0], 0)]) for of in asked)))
    kept = SpanLogits.empty(unknown.rows.lengths)
    predict_spans(extractor, unknown, kept=kept)
    gold = []
    for (question, context), answer in zip(
        asked, decode_spans(unknown, kept, extractor.settings, TRUE).answers, strict=True
    ):
        right = random.random() < answer.score
        gold.append((question, context, [(answer.text, answer.start) if right else wrong(context, answer.text)]))
    return windowed_of(extractor, source_of(folder, *gold)), kept


def test_kept_logits_are_decoded_to_the_same_answers(
    extractor: SpanExtractor, calibrated: tuple[WindowedQuestions, SpanLogits]
) -> None:
    windowed, kept = calibrated
    found, again = predict_spans(extractor, windowed, 300), decode_spans(windowed, kept, extractor.settings)
    assert [answer.text for answer in found.answers] == [answer.text for answer in again.answers]
    np.testing.assert_allclose(found.losses, again.losses, rtol=1e-4, atol=1e-5)


def test_the_temperature_is_found_with_which_scores_are_true(
    extractor: SpanExtractor, calibrated: tuple[WindowedQuestions, SpanLogits]
) -> None:
    windowed, kept = calibrated
    fitted = fit_span_temperature(extractor, windowed, kept)
    assert fitted is not None
    assert fitted.temperature == pytest.approx(TRUE, rel=0.25)
    assert fitted.questions == 600
    assert fitted.after["ece"] < 0.08 < fitted.before["ece"]
    assert fitted.after["loss"] < fitted.before["loss"]
    assert fitted.report()["kept"] == {"temperature": fitted.temperature, "rows": 600}


def test_dividing_the_logits_is_what_the_temperature_says(
    build_extractor: Callable[..., SpanExtractor], calibrated: tuple[WindowedQuestions, SpanLogits]
) -> None:
    windowed, kept = calibrated
    extractor = build_extractor()
    said = decode_spans(windowed, kept, extractor.settings, TRUE).answers
    extractor.divide_logits(TRUE)
    for one, other in zip(predict_spans(extractor, windowed).answers[:50], said, strict=False):
        assert (one.text, one.start) == (other.text, other.start)
        assert (one.score, one.null_odds) == pytest.approx((other.score, other.null_odds), abs=1e-3)


def test_few_questions_and_those_that_are_all_wrong_fit_nothing(extractor: SpanExtractor, tmp_path: Path) -> None:
    few = windowed_of(extractor, source_of(tmp_path, ("the film", "a b c", [("b", 2)])))
    kept = SpanLogits.empty(few.rows.lengths)
    assert fit_span_temperature(extractor, few, kept) is None
    wrong = windowed_of(
        extractor,
        source_of(tmp_path, *((question, context, []) for question, context in asked_of(np.random.default_rng(1), 60))),
    )
    assert fit_span_temperature(extractor, wrong, SpanLogits.empty(wrong.rows.lengths)) is None


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("inf"), float("nan")])
def test_a_temperature_is_above_zero(temperature: float, build_extractor: Callable[..., SpanExtractor]) -> None:
    with pytest.raises(InputError, match=r"a temperature must be above 0\. Received: "):
        build_extractor().divide_logits(temperature)
