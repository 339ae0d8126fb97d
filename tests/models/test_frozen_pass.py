"""Many rows in bfloat16 are run with the kernels as constants: as they are, never as they were."""

import gc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import MaskedLM, SpanExtractor, TextClassifier, TokenClassifier, data
from bert_keras.models import frozen_pass
from bert_keras.models.forward_pass import ForwardPass
from bert_keras.training import predict_outputs

WORDS = ["the", "film", "was", "not", "good", "a", "bad", "play", "un", "café", "b", "!"]
TEXTS = [" ".join(WORDS[:count]) for count in range(1, 13)] * 3
BFLOAT16 = {"dtype": "mixed_bfloat16"}
BUDGET = 16  # tokens of a pass, so that there are many


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Notes whenever a graph with constants is traced."""
    made: list[str] = []

    class Noted(frozen_pass.FrozenPass):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            made.append("traced")

    monkeypatch.setattr("bert_keras.models.forward_pass.FrozenPass", Noted)
    return made


@pytest.fixture
def model(build_classifier: Callable[..., TextClassifier]) -> TextClassifier:
    return build_classifier(backbone=BFLOAT16)


def probabilities(model: TextClassifier, budget: int) -> np.ndarray:
    answers = model.classify(TEXTS, token_budget=budget)
    return np.array([list(answer.probabilities.values()) for answer in answers])


def test_many_rows_get_the_answers_of_few(model: TextClassifier, frozen: list[str]) -> None:
    few = probabilities(model, 4096)
    assert not frozen
    np.testing.assert_allclose(probabilities(model, BUDGET), few, atol=2e-3)  # shapes differ, so roundings do
    assert frozen == ["traced"]
    probabilities(model, BUDGET)
    assert frozen == ["traced"]  # the same weights need no other graph


@pytest.mark.parametrize("part", ["query", "attention_output", "output"])
def test_a_kernel_that_changes_is_taken_as_it_is_now(part: str, model: TextClassifier, frozen: list[str]) -> None:
    before = probabilities(model, BUDGET)
    kernel = model.backbone.transformer_layers[-1].dense_of(part).kernel
    kernel.assign(kernel + np.random.default_rng(1).normal(0, 1, kernel.shape))
    after = probabilities(model, BUDGET)
    assert np.abs(after - before).max() > 0.01
    model.trace()  # a pass that knows nothing of before
    np.testing.assert_array_equal(probabilities(model, BUDGET), after)
    assert frozen == ["traced"] * 3


def test_graphs_of_other_weights_are_freed(model: TextClassifier) -> None:
    graphs = []
    for _ in range(3):
        kernel = model.backbone.transformer_layers[0].dense_of("key").kernel
        kernel.assign(kernel * 2)
        probabilities(model, BUDGET)
        graphs.append(weakref.ref(model.logits._frozen.graph.graph))
    gc.collect()
    assert [graph() is None for graph in graphs] == [True, True, False]


def test_a_tape_records_nothing(model: TextClassifier) -> None:
    wanted = probabilities(model, BUDGET)
    run, inputs = model.logits.prepared(np.full(len(TEXTS), 16), BUDGET), model.preprocessor(TEXTS)
    with tf.GradientTape() as tape:
        logits = run(inputs)
    assert tape.gradient(logits, model.output_dense.kernel.value) is None
    np.testing.assert_allclose(tf.nn.softmax(logits), wanted, atol=2e-3)


def test_what_is_no_kernel_needs_no_other_graph(model: TextClassifier, frozen: list[str]) -> None:
    before = probabilities(model, BUDGET)
    for variable in (model.backbone.transformer_layers[0].dense_of("query").bias, model.output_dense.kernel):
        variable.assign(variable + np.random.default_rng(1).normal(0, 1, variable.shape))
    after = probabilities(model, BUDGET)
    assert np.abs(after - before).max() > 0.01
    np.testing.assert_allclose(after, probabilities(model, 4096), atol=2e-3)
    assert frozen == ["traced"]


def test_adapters_beside_the_kernels_count(model: TextClassifier, frozen: list[str]) -> None:
    probabilities(model, BUDGET)
    model.adapt("somewhere", rank=2)
    for layer in model.backbone.transformer_layers:
        up = layer.low_rank("query").up
        up.assign(np.random.default_rng(1).normal(0, 1, up.shape))
    np.testing.assert_allclose(probabilities(model, BUDGET), probabilities(model, 4096), atol=2e-3)
    assert frozen == ["traced"] * 2


def test_a_step_of_training_counts(model: TextClassifier, frozen: list[str]) -> None:
    before = probabilities(model, BUDGET)
    model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy", run_eagerly=True)
    model.train_on_batch(model.preprocessor(TEXTS), np.arange(len(TEXTS)) % 2)
    after = probabilities(model, BUDGET)
    assert not np.array_equal(after, before)
    np.testing.assert_allclose(after, probabilities(model, 4096), atol=2e-3)
    assert frozen == ["traced"] * 2


def test_float32_and_large_kernels_stay_variables(
    build_classifier: Callable[..., TextClassifier],
    model: TextClassifier,
    frozen: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    probabilities(build_classifier(), BUDGET)
    size = sum(4 * int(np.prod(layer.kernel.shape)) for layer in model.backbone.dense_layers())
    monkeypatch.setattr(frozen_pass, "_LIMIT", size - 1)
    probabilities(model, BUDGET)
    assert not frozen
    monkeypatch.setattr(frozen_pass, "_LIMIT", size)
    probabilities(model, BUDGET)
    assert frozen


def test_readers_taggers_and_mask_fillers_run_many_rows_so(
    build_extractor: Callable[..., SpanExtractor],
    build_tagger: Callable[..., TokenClassifier],
    build_masked_lm: Callable[..., MaskedLM],
    frozen: list[str],
) -> None:
    reader, tagger = build_extractor(backbone=BFLOAT16), build_tagger(backbone=BFLOAT16)
    filler = build_masked_lm(backbone=BFLOAT16)
    asked = [("was the film good", text) for text in TEXTS]
    masks = [f"[MASK] {text}" for text in TEXTS]

    def odds(budget: int) -> list[float]:
        return [answer.null_odds for answer in reader.answer_stream(asked, token_budget=budget)]

    def scores(budget: int) -> list[float]:
        return [entity.score for found in tagger.tag_stream(TEXTS, token_budget=budget) for entity in found]

    def filled(budget: int) -> list[float]:
        return [found[0].candidates[0].probability for found in filler.fill_texts(masks, 1, budget)]

    for number, run in enumerate((odds, scores, filled)):
        few = run(4096)
        assert few and frozen == ["traced"] * number
        np.testing.assert_allclose(run(BUDGET), few, atol=0.02)
        assert frozen == ["traced"] * (number + 1)


def test_an_evaluation_takes_each_state_of_the_weights(
    model: TextClassifier, frozen: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "texts.csv"
    file.write_text("text,label\n" + "".join(f"{text},negative\n" for text in TEXTS))
    rows = data.encode(data.Source(str(file)), model.preprocessor.pack, "frozen", tmp_path / "cache")
    for scale in (1, 3):
        kernel = model.backbone.transformer_layers[0].dense_of("value").kernel
        kernel.assign(kernel * scale)
        found = predict_outputs(model, rows, BUDGET)
        np.testing.assert_array_equal(predict_outputs(model, rows, BUDGET), found)
        np.testing.assert_allclose(found, probabilities(model, 4096), atol=2e-3)
    assert frozen == ["traced"] * 2


def test_rows_that_are_being_run_keep_the_kernels_they_began_with(model: TextClassifier) -> None:
    lengths = np.full(len(TEXTS), 16)
    inputs = model.preprocessor(TEXTS[:4])
    run = model.logits.prepared(lengths, BUDGET)
    assert not isinstance(run, ForwardPass)
    before = run(inputs).numpy()
    kernel = model.backbone.transformer_layers[0].dense_of("query").kernel
    kernel.assign(kernel * 5)
    np.testing.assert_array_equal(run(inputs).numpy(), before)
