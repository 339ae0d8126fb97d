import importlib
from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.insight import (
    Target,
    attention,
    forward,
    integrated_gradients,
    integrated_gradients_of_rows,
    label_attributions,
    target_of,
)

TEXT = "the film was not good"


def test_the_parts_add_up_to_what_the_words_change(classifier: TextClassifier) -> None:
    inspection = attention(classifier, "a bad play !")
    target = target_of(inspection)
    found = integrated_gradients(classifier, inspection.tokens, target)
    change = found.score - found.baseline_score
    assert abs(change) > 0.01
    assert found.values.sum() == pytest.approx(change, abs=1e-3)
    assert found.gap == pytest.approx(found.values.sum() - change, abs=1e-5)
    assert found.score == pytest.approx(inspection.logits[target.label], abs=1e-5)


def test_the_baseline_has_mask_for_every_word(classifier: TextClassifier) -> None:
    tokens, target = attention(classifier, TEXT).tokens, Target("", (0,), 1)
    mask = classifier.preprocessor.tokenizer.token_to_id("[MASK]")
    ids = np.where([piece in ("[CLS]", "[SEP]") for piece in tokens.pieces], tokens.ids, mask)
    masked = classifier.logits(tokens.inputs() | {"token_ids": tf.constant(ids[np.newaxis], tf.int32)})
    found = integrated_gradients(classifier, tokens, target, steps=2)
    assert found.baseline_score == pytest.approx(float(masked[0, 1]), abs=1e-5)
    assert found.values[0] == found.values[-1] == 0
    assert (found.values[1:-1] != 0).all()


def test_few_steps_leave_a_gap_that_is_told(classifier: TextClassifier) -> None:
    inspection = attention(classifier, TEXT)
    few, many = (integrated_gradients(classifier, inspection.tokens, target_of(inspection), steps) for steps in (1, 64))
    assert abs(few.gap) > 10 * abs(many.gap)
    assert few.gap == pytest.approx(float(few.values.sum()) - (few.score - few.baseline_score), abs=1e-5)


def test_parts_are_those_of_a_plain_sum_along_the_way(classifier: TextClassifier) -> None:
    tokens, target = attention(classifier, TEXT).tokens, Target("", (0,), 0)
    mask = classifier.preprocessor.tokenizer.token_to_id("[MASK]")
    lookup = classifier.backbone.token_embedding
    begin, end = (
        lookup(tf.constant([ids], tf.int32)) for ids in (np.where(tokens.special, tokens.ids, mask), tokens.ids)
    )
    x = begin + ((np.arange(200, dtype=np.float32) + 0.5) / 200)[:, np.newaxis, np.newaxis] * (end - begin)
    with tf.GradientTape() as tape:
        tape.watch(x)
        scores = forward(
            classifier, {name: tf.repeat(row, 200, axis=0) for name, row in tokens.inputs().items()}, x
        ).outputs[:, 0]
    gradients = tape.gradient(scores, x).numpy()
    known = ((end - begin)[0].numpy() * np.mean(gradients, axis=0)).sum(axis=-1)
    np.testing.assert_allclose(integrated_gradients(classifier, tokens, target).values, known, atol=1e-3)


def test_it_makes_no_difference_how_many_points_go_together(
    classifier: TextClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspection = attention(classifier, TEXT)
    together = integrated_gradients(classifier, inspection.tokens, target_of(inspection), 7)
    module = importlib.import_module("bert_keras.insight.gradient_path")
    monkeypatch.setattr(module, "_TOKENS_IN_A_PASS", 3 * len(inspection.tokens))
    apart = integrated_gradients(classifier, inspection.tokens, target_of(inspection), 7)
    np.testing.assert_allclose(apart.values, together.values, atol=1e-5)


def test_of_a_reader_start_and_end_are_explained(extractor: SpanExtractor) -> None:
    inspection = attention(extractor, "the film ?", "café naive, the playing ! un b")
    target = target_of(inspection)
    found = integrated_gradients(extractor, inspection.tokens, target, steps=64)
    known = inspection.logits["start"][target.rows[0]] + inspection.logits["end"][target.rows[-1]]
    assert found.score == pytest.approx(known, abs=1e-5)
    assert found.gap == pytest.approx(0, abs=2e-2)


def test_a_text_without_words_has_nothing_to_add(classifier: TextClassifier) -> None:
    inspection = attention(classifier, "")
    found = integrated_gradients(classifier, inspection.tokens, target_of(inspection))
    np.testing.assert_array_equal(found.values, [0, 0])
    assert found.gap == pytest.approx(0, abs=1e-6)


def test_steps_are_added_until_the_gap_is_below_a_hundredth_of_the_change(classifier: TextClassifier) -> None:
    for text in (TEXT, "not a bad play !", "un caf b"):
        seen = attention(classifier, text)
        for label in classifier.labels:
            found = integrated_gradients(classifier, seen.tokens, target_of(seen, label))
            change = found.score - found.baseline_score
            assert abs(found.gap) <= 0.01 * max(abs(change), 0.1) + 1e-6
            assert 9 <= found.steps <= 129


def test_many_rows_together_are_as_exact_as_each_alone(classifier: TextClassifier) -> None:
    seen = [attention(classifier, text) for text in (TEXT, "film", "the playing films !", "")]
    targets = [[target_of(each, label) for label in classifier.labels] for each in seen]
    together = integrated_gradients_of_rows(classifier, [each.tokens for each in seen], targets)
    for each, of_row, found in zip(seen, targets, together, strict=True):
        (alone,) = integrated_gradients_of_rows(classifier, [each.tokens], [of_row])
        for one, other in zip(found, alone, strict=True):
            np.testing.assert_allclose(one.values, other.values, atol=1e-5)
            assert (one.steps, one.gap) == (other.steps, pytest.approx(other.gap, abs=1e-5))


def test_one_label_against_another_is_the_difference_of_both(classifier: TextClassifier) -> None:
    seen = attention(classifier, TEXT)
    both = label_attributions(seen)
    target = target_of(seen, "negative", "positive")
    found, alone = both.of(target), integrated_gradients(classifier, seen.tokens, target)
    np.testing.assert_allclose(found.values, alone.values, atol=0.02 * abs(alone.values).sum())
    assert found.score == pytest.approx(seen.logits[0] - seen.logits[1], abs=1e-5)
    assert abs(found.gap) <= 0.01 * max(abs(found.score - found.baseline_score), 0.1) + 1e-6


def test_a_model_that_has_diverged_ends_and_says_so(build_classifier: Callable[..., TextClassifier]) -> None:
    model = build_classifier()
    seen = attention(model, "film")
    model.output_dense.bias.assign([np.nan, 0.0])
    assert np.isnan(integrated_gradients(model, seen.tokens, target_of(seen, "negative")).gap)
