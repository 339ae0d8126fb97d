from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from bert_keras import BertBackbone, TextClassifier
from bert_keras.errors import InputError
from bert_keras.models import SpanExtractor
from bert_keras.models.low_rank import PARTS, LowRank, low_rank_of, merge_low_rank, merged

Build = Callable[..., Any]
STILL = {"dropout": 0.0, "attention_dropout": 0.0}
QUESTIONS, CONTEXTS = ["the film ?", "a"], ["the film was good . " * 3, "un café"]
MINILM = {"num_layers": 6, "num_heads": 12, "hidden_dim": 384, "intermediate_dim": 1536}


def logits(model: Any) -> np.ndarray:
    texts = (QUESTIONS, CONTEXTS) if isinstance(model, SpanExtractor) else CONTEXTS
    made = model(model.preprocessor(texts), training=False)
    return np.stack(list(made.values())) if isinstance(made, dict) else made.numpy()


def shake(task: Any, size: float = 0.3) -> None:
    """Gives adapters values as training does, for fresh ones change nothing."""
    random = np.random.default_rng(0)
    for adapter in low_rank_of(task.backbone).values():
        adapter.up.assign(random.normal(0, size, adapter.up.shape))


@pytest.fixture
def adapted(build_extractor: Build) -> SpanExtractor:
    extractor = build_extractor(backbone=STILL)
    extractor.adapt("a preset", rank=3)
    shake(extractor)
    return extractor


def test_the_layer_adds_the_product_of_its_two_matrices_scaled(adapted: SpanExtractor) -> None:
    adapter = low_rank_of(adapted.backbone)["layer.1.intermediate"]
    x = np.random.default_rng(1).normal(size=(5, 8)).astype(np.float32)
    down, up = adapter.down.numpy(), adapter.up.numpy()
    assert (down.shape, up.shape, adapter.alpha) == ((8, 3), (3, 16), 6.0)
    np.testing.assert_allclose(adapter(x), x @ (down @ up * 2.0), atol=1e-5)
    np.testing.assert_allclose(adapter.change(), down @ up * 2.0, atol=1e-6)


def test_a_layer_comes_back_from_its_configuration() -> None:
    again = LowRank.from_config(LowRank(16, 4, 3.0, name="small").get_config())
    assert (again.outputs, again.rank, again.alpha, again.name) == (16, 4, 3.0, "small")


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("builder", ["build_extractor", "build_classifier"])
def test_fresh_adapters_change_nothing(builder: str, dtype: str, request: pytest.FixtureRequest) -> None:
    model = request.getfixturevalue(builder)(backbone={"dtype": dtype})
    before = logits(model)
    model.adapt("a preset", rank=2)
    np.testing.assert_array_equal(logits(model), before)


def test_answers_are_the_same_before_training_and_others_after(build_extractor: Build) -> None:
    extractor = build_extractor()
    before = extractor.answer(QUESTIONS, CONTEXTS)
    extractor.adapt("a preset")
    for found, known in zip(extractor.answer(QUESTIONS, CONTEXTS), before, strict=True):
        assert (found.text, found.start, found.end) == (known.text, known.start, known.end)
        assert found.score == pytest.approx(known.score, rel=1e-5)  # TensorFlow fuses other ops
    shake(extractor)
    for found, known in zip(extractor.answer(QUESTIONS, CONTEXTS), before, strict=True):
        assert abs(found.score - known.score) > 1e-3


def test_each_dense_layer_of_the_encoder_has_an_adapter(adapted: SpanExtractor) -> None:
    adapters = low_rank_of(adapted.backbone)
    assert list(adapters) == [f"layer.{number}.{part}" for number in range(2) for part in PARTS]
    random = np.random.default_rng(1)
    for name, adapter in adapters.items():
        before = logits(adapted)
        adapter.up.assign_add(random.normal(size=adapter.up.shape))
        assert np.abs(logits(adapted) - before).max() > 1e-4, name


@pytest.mark.parametrize(
    ("builder", "beside"),
    [("build_extractor", {"logits"}), ("build_classifier", {"logits", "pooled_dense"})],
)
def test_only_adapters_and_what_the_task_reads_of_the_rest_learn(
    builder: str, beside: set[str], request: pytest.FixtureRequest
) -> None:
    model = request.getfixturevalue(builder)(backbone={"pooler": True})
    count = len(model.variables)
    model.adapt("a preset", rank=2)
    learning = [variable.path.split("/")[-2] for variable in model.trainable_variables]
    assert set(learning) == {f"low_rank_{part}" for part in PARTS} | beside
    assert len(learning) == 2 * len(PARTS) * 2 + 2 * len(beside)
    assert len(model.variables) == count + 2 * len(PARTS) * 2


@pytest.mark.parametrize("task", [SpanExtractor, TextClassifier])
def test_adapters_of_rank_16_are_under_4_percent_of_minilm_and_2_megabytes(
    task: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keras.initializers, "TruncatedNormal", lambda stddev: keras.initializers.Zeros())
    monkeypatch.setattr(keras.initializers, "VarianceScaling", lambda *_: keras.initializers.Zeros())
    model = task(BertBackbone(30522, **MINILM), **({"labels": ["a", "b"]} if task is TextClassifier else {}))
    model.adapt("minilm_l6_en_uncased", rank=16)
    learning = sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
    assert (
        model.backbone.count_params() - sum(adapter.count_params() for adapter in low_rank_of(model.backbone).values())
        == 22_713_216
    )
    assert learning < 0.04 * 22_713_216
    assert sum(tensor.size for tensor in model.adapter().tensors.values()) == learning
    assert 2 * learning < 2e6  # bytes, in half precision


def gradients(model: Any, variables: list[Any]) -> list[np.ndarray]:
    """Of the sum of the log-probabilities of some columns, in a graph."""
    inputs = model.preprocessor((QUESTIONS, CONTEXTS))

    @tf.function(autograph=False)
    def step() -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            made = model(inputs, training=True)
            loss = sum(tf.reduce_sum(tf.nn.log_softmax(values)[:, 0]) for values in made.values())
        return tape.gradient(loss, [variable.value for variable in variables])

    return [gradient.numpy() for gradient in step()]


def test_the_gradient_is_that_of_a_changed_kernel(adapted: SpanExtractor) -> None:
    adapters = low_rank_of(adapted.backbone)
    found = gradients(adapted, [weight for adapter in adapters.values() for weight in (adapter.down, adapter.up)])
    kernels = [layer.dense_of(part).kernel for layer in adapted.backbone.transformer_layers for part in PARTS]
    with merged(adapted):
        of_kernels = gradients(adapted, kernels)
    for place, (name, adapter) in enumerate(adapters.items()):
        down, up = adapter.down.numpy(), adapter.up.numpy()
        whole = of_kernels[place].reshape(len(down), -1) * (adapter.alpha / adapter.rank)
        np.testing.assert_allclose(found[2 * place], whole @ up.T, rtol=1e-3, atol=1e-4, err_msg=name)
        np.testing.assert_allclose(found[2 * place + 1], down.T @ whole, rtol=1e-3, atol=1e-4, err_msg=name)
        assert np.abs(found[2 * place]).max() > 1e-3 or name.endswith("key")


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_training_changes_adapters_and_head_and_not_a_bit_of_the_rest(dtype: str, build_extractor: Build) -> None:
    extractor = build_extractor(backbone={"dtype": dtype, "pooler": True})
    extractor.adapt("a preset", rank=2)
    shake(extractor)  # for the gradient of `down` is 0 where `up` is
    extractor.compile(optimizer=keras.optimizers.SGD(0.1), run_eagerly=True)  # which a single step is done with sooner
    assert {variable.dtype for variable in extractor.trainable_variables} == {"float32"}
    before = {id(variable): variable.numpy() for variable in extractor.weights}
    data = extractor.preprocessor((QUESTIONS, CONTEXTS), y={"start": [0, 3], "end": [8, 7]})
    extractor.fit(tf.data.Dataset.from_tensors(data), verbose=0)
    learning = {id(variable) for variable in extractor.trainable_variables}
    for variable in extractor.weights:
        same = np.array_equal(variable.numpy(), before[id(variable)])
        assert same is (id(variable) not in learning), variable.path


def test_what_keras_traced_before_knows_of_the_adapters(build_extractor: Build) -> None:
    extractor = build_extractor()
    inputs = extractor.preprocessor((QUESTIONS, CONTEXTS))
    first = extractor.predict(inputs, verbose=0)["start"]
    extractor.adapt("a preset")
    shake(extractor)
    found = extractor.predict(inputs, verbose=0)["start"]
    assert np.abs(found - first).max() > 1e-3
    np.testing.assert_allclose(found, extractor.logits(inputs)["start"], atol=1e-5)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("mixed_bfloat16", 0.5)])
def test_a_merged_model_computes_the_same_and_has_no_adapters_left(
    dtype: str, tolerance: float, build_extractor: Build
) -> None:
    extractor = build_extractor(backbone={"dtype": dtype, "num_layers": 3})
    counts = [len(getattr(extractor, kind)) for kind in ("variables", "weights")]
    layers = len(list(extractor._flatten_layers()))
    extractor.adapt("a preset")
    shake(extractor)
    before = logits(extractor)
    merge_low_rank(extractor.backbone)
    assert low_rank_of(extractor.backbone) == {}
    assert [len(getattr(extractor, kind)) for kind in ("variables", "weights")] == counts
    assert len(list(extractor._flatten_layers())) == layers
    is_open = before > -1e8
    assert np.abs(logits(extractor) - before)[is_open].max() < tolerance


def test_a_merged_encoder_is_saved_without_adapters(build_extractor: Build, tmp_path: Any) -> None:
    extractor = build_extractor()
    extractor.adapt("a preset")
    shake(extractor)
    with pytest.raises(InputError, match="the encoder has adapters beside its weights; save_to_preset the task"):
        extractor.backbone.save_to_preset(str(tmp_path / "backbone"))
    before = logits(extractor)
    merge_low_rank(extractor.backbone)
    extractor.backbone.save_to_preset(str(tmp_path / "backbone"))
    assert b"low_rank" not in (tmp_path / "backbone" / "model.weights.h5").read_bytes()
    extractor.backbone.set_weights(BertBackbone.from_preset(str(tmp_path / "backbone")).get_weights())
    np.testing.assert_allclose(logits(extractor), before, atol=1e-5)


def test_kernels_hold_the_change_for_a_while_and_are_then_the_same_to_the_last_bit(adapted: SpanExtractor) -> None:
    inputs = adapted.preprocessor((QUESTIONS, CONTEXTS))
    before, traced = logits(adapted), adapted.logits(inputs)["start"].numpy()
    values = [variable.numpy() for variable in adapted.variables]
    own = {id(variable) for adapter in low_rank_of(adapted.backbone).values() for variable in adapter.variables}
    with merged(adapted) as variables:
        assert [id(variable) for variable in variables] == [id(v) for v in adapted.variables if id(v) not in own]
        np.testing.assert_allclose(logits(adapted), before, atol=1e-5)
        np.testing.assert_allclose(adapted.logits(inputs)["start"], traced, atol=1e-5)
        for adapter in low_rank_of(adapted.backbone).values():
            adapter.up.assign(tf.zeros_like(adapter.up))  # nothing reads them meanwhile
        np.testing.assert_allclose(logits(adapted), before, atol=1e-5)
        shake(adapted)
    for variable, value in zip(adapted.variables, values, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    np.testing.assert_array_equal(logits(adapted), before)
    np.testing.assert_array_equal(adapted.logits(inputs)["start"], traced)


def test_kernels_are_as_they_were_after_an_error_too(adapted: SpanExtractor) -> None:
    before = logits(adapted)
    with pytest.raises(ZeroDivisionError), merged(adapted):
        raise ZeroDivisionError
    np.testing.assert_array_equal(logits(adapted), before)


def test_a_model_without_adapters_is_merged_as_it_is(extractor: SpanExtractor) -> None:
    before = logits(extractor)
    with merged(extractor) as variables:
        assert len(variables) == len(extractor.variables)
        np.testing.assert_array_equal(logits(extractor), before)


@pytest.mark.parametrize("rank", [0, -2])
def test_a_rank_below_1_is_refused_and_leaves_the_model_alone(rank: int, build_extractor: Build) -> None:
    extractor = build_extractor()
    with pytest.raises(InputError, match=f"rank must be 1 or above. Received: {rank}"):
        extractor.adapt("a preset", rank)
    assert extractor.adapter_base is None
    assert len(extractor.trainable_variables) == len(extractor.weights)


def test_a_model_is_adapted_once(adapted: SpanExtractor) -> None:
    with pytest.raises(InputError, match="has adapters already; save it, and load what was saved"):
        adapted.adapt("another", 2)
    assert adapted.adapter_base == "a preset"


def test_a_model_that_was_trained_is_no_longer_the_preset_to_stand_over(build_extractor: Build) -> None:
    extractor = build_extractor()
    extractor.optimizer.build(extractor.trainable_variables)  # as `fit` does
    with pytest.raises(InputError, match="no longer the preset that adapters would stand over"):
        extractor.adapt("a preset")


def test_the_scale_may_be_given(build_extractor: Build) -> None:
    extractor = build_extractor()
    extractor.adapt("a preset", rank=4, alpha=1)
    assert {(adapter.rank, adapter.alpha) for adapter in low_rank_of(extractor.backbone).values()} == {(4, 1.0)}
