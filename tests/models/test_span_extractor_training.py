from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from bert_keras.models import SpanExtractor

Build = Callable[..., SpanExtractor]
QUESTIONS = ["film ?", "good ?", "play ?", "bad ?"] * 2
CONTEXTS = ["a b the film c d", "good , not a b", "c d e un play the a b c d e , . a b c d e not a b c", "a b c"] * 2
TEXTS = ["the film", "good", "un play", None] * 2


def targets(contexts: list[str] = CONTEXTS, texts: list[str | None] = TEXTS) -> dict[str, list[int]]:
    starts = [-1 if text is None else context.index(text) for context, text in zip(contexts, texts, strict=True)]
    return {
        "start": starts,
        "end": [start + len(text) if text else -1 for start, text in zip(starts, texts, strict=True)],
    }


def batches(*columns: Any, size: int = 4) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(columns).batch(size)


def ready(build_extractor: Build, run_eagerly: bool = False, **backbone: Any) -> SpanExtractor:
    """An extractor that learns fast and, without dropout, always the same way; a single step is faster run eagerly."""
    extractor = build_extractor(backbone={"dropout": 0.0, "attention_dropout": 0.0, "num_layers": 1, **backbone})
    extractor.compile(optimizer=keras.optimizers.SGD(0.2), run_eagerly=run_eagerly)
    return extractor


@pytest.fixture(scope="module")
def trained(build_extractor: Build) -> tuple[SpanExtractor, dict[str, list[float]]]:
    extractor = ready(build_extractor, pooler=True)
    history = extractor.fit(batches((QUESTIONS, CONTEXTS), targets()).repeat(10), epochs=3, verbose=0)
    return extractor, history.history


def test_training_on_texts_and_places_brings_the_loss_down(
    trained: tuple[SpanExtractor, dict[str, list[float]]],
) -> None:
    extractor, history = trained
    assert {"loss", "start_loss", "end_loss", "start_accuracy", "end_accuracy"} == set(history)
    assert history["loss"][-1] < 0.1 * history["loss"][0]
    answers = extractor.answer(QUESTIONS[:3], CONTEXTS[:3])
    assert [answer.text for answer in answers] == TEXTS[:3]


def test_a_trained_extractor_tells_questions_without_answer(
    trained: tuple[SpanExtractor, dict[str, list[float]]],
) -> None:
    odds = [answer.null_odds for answer in trained[0].answer(QUESTIONS[:4], CONTEXTS[:4])]
    assert max(odds[:3]) < 0 < odds[3]


def test_the_loss_is_the_mean_cross_entropy_of_start_and_end_over_windows(build_extractor: Build) -> None:
    extractor = ready(build_extractor, run_eagerly=True)
    x, y = extractor.preprocessor((QUESTIONS, CONTEXTS), y=targets())
    of_start, of_end = (
        np.mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y[name], extractor.logits(x)[name]))
        for name in ("start", "end")
    )
    assert len(x["token_ids"]) > len(QUESTIONS)
    found = extractor.evaluate(batches((QUESTIONS, CONTEXTS), targets(), size=8), verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx((of_start + of_end) / 2, rel=1e-5)
    assert found["start_loss"] == pytest.approx(of_start, rel=1e-5)


def test_a_document_without_weight_has_no_part_in_the_loss(build_extractor: Build) -> None:
    extractor = ready(build_extractor, run_eagerly=True)
    weights = np.array([1.0, 0.0, 0.0, 0.0] * 2, np.float32)
    some = extractor.preprocessor((QUESTIONS, CONTEXTS), y=targets(), sample_weight=weights)
    one = extractor.preprocessor((QUESTIONS[:1], CONTEXTS[:1]), y=targets(CONTEXTS[:1], TEXTS[:1]))
    found, alone = (
        extractor.evaluate(tf.data.Dataset.from_tensors(given), verbose=0, return_dict=True)["loss"]
        for given in (some, one)
    )
    windows = len(some[0]["token_ids"])
    assert windows > len(QUESTIONS)
    assert found == pytest.approx(alone * 2 / windows, rel=1e-5)  # twice in the batch, and Keras counts all windows


def test_predictions_are_the_logits_of_all_windows(build_extractor: Build) -> None:
    extractor = ready(build_extractor)
    found = extractor.predict(batches((QUESTIONS, CONTEXTS), targets(), size=8), verbose=0)
    known = extractor.logits(extractor.preprocessor((QUESTIONS, CONTEXTS)))
    for name, logits in known.items():
        np.testing.assert_allclose(found[name], logits, atol=1e-5)


def test_training_leaves_no_weight_as_it_was_but_the_poolers(build_extractor: Build) -> None:
    extractor = ready(build_extractor, run_eagerly=True, pooler=True)
    before = {variable.path: variable.numpy() for variable in extractor.weights}
    extractor.fit(tf.data.Dataset.from_tensors(extractor.preprocessor((QUESTIONS, CONTEXTS), y=targets())), verbose=0)
    same = [variable.path for variable in extractor.weights if np.array_equal(variable.numpy(), before[variable.path])]
    # Softmax is blind to what is added to all keys alike.
    assert [path for path in same if not path.endswith("key/bias")] == ["pooled_dense/kernel", "pooled_dense/bias"]


def test_an_extractor_is_compiled_by_itself_as_bert_is_fine_tuned(build_extractor: Build) -> None:
    optimizer = build_extractor().optimizer
    assert isinstance(optimizer, keras.optimizers.AdamW)
    assert (float(optimizer.learning_rate), optimizer.weight_decay, optimizer.global_clipnorm) == (
        pytest.approx(5e-5),
        0.01,
        1.0,
    )


def test_a_loss_of_ones_own_goes_before_the_usual_one(build_extractor: Build) -> None:
    extractor = ready(build_extractor, run_eagerly=True)
    data = tf.data.Dataset.from_tensors(extractor.preprocessor((QUESTIONS, CONTEXTS), y=targets()))
    usual = extractor.evaluate(data, verbose=0, return_dict=True)["loss"]
    own = {name: keras.losses.SparseCategoricalCrossentropy(from_logits=True) for name in ("start", "end")}
    extractor.compile(optimizer="sgd", loss=own, metrics=None, run_eagerly=True)
    found = extractor.evaluate(data, verbose=0, return_dict=True)["loss"]
    assert found == pytest.approx(2 * usual, rel=1e-5)  # Keras' own is the sum of both
