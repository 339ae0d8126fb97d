from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from bert_keras.checkpoints.weights import places
from bert_keras.errors import InputError
from bert_keras.models import SpanExtractor, adapt_over
from bert_keras.models.low_rank import low_rank_of, merged

Build = Callable[..., Any]
QUERY, LAST = "encoder.layer.0.attention.self.query.weight", "encoder.layer.1.output.dense.weight"
QUESTIONS, CONTEXTS = ["the film ?", "a"], ["the film was good . " * 3, "un café"]


def logits(model: Any) -> np.ndarray:
    return np.stack(list(model(model.preprocessor((QUESTIONS, CONTEXTS)), training=False).values()))


@pytest.fixture
def base(build_extractor: Build, tmp_path: Path) -> Path:
    build_extractor().save_to_preset(str(tmp_path / "base"))
    return tmp_path / "base"


def trained(base: Path, *, all_weights: bool) -> SpanExtractor:
    """The base with other kernels, and with other weights everywhere if wanted."""
    model = SpanExtractor.from_preset(str(base))
    random = np.random.default_rng(1)
    for place in places(model.backbone):
        if all_weights or place.name.split(".")[-2] in ("query", "key", "value", "dense") and place.inputs:
            place.write(place.read() + random.normal(0, 0.2, place.read().shape).astype(np.float32))
    model.output_dense.kernel.assign(random.normal(size=model.output_dense.kernel.shape))
    return model


def test_adapters_of_the_whole_rank_are_the_trained_kernels(base: Path) -> None:
    model = trained(base, all_weights=False)
    before = logits(model)
    assert adapt_over(model, str(base), rank=10) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(logits(model), before, atol=1e-4)


def test_a_smaller_rank_holds_the_largest_singular_values_and_says_what_share_that_is(base: Path) -> None:
    model, of_base = trained(base, all_weights=True), SpanExtractor.from_preset(str(base))
    changes = {
        place.name: place.read() - was.read()
        for place, was in zip(places(model.backbone), places(of_base.backbone), strict=True)
        if not place.name.startswith("pooler.")
    }
    share = adapt_over(model, str(base), rank=3, alpha=5.0)
    kernels = [change for name, change in changes.items() if change.ndim == 2 and name.startswith("encoder.")]
    values = [np.linalg.svd(change, compute_uv=False) for change in kernels]
    assert len(kernels) == len(low_rank_of(model.backbone)) == 12
    total = sum(np.square(change).sum() for change in kernels)
    assert share == pytest.approx(sum(np.square(of[:3]).sum() for of in values) / total, rel=1e-4)
    with merged(model):
        now = {place.name: place.read() for place in places(model.backbone)}
    for was in places(of_base.backbone):
        if was.name not in changes or (was.inputs and was.name.startswith("encoder.")):
            continue
        np.testing.assert_array_equal(now[was.name], was.read(), err_msg=was.name)
    left = np.linalg.svd(now[LAST] - _read(of_base, LAST), compute_uv=False)
    np.testing.assert_allclose(left[:3], np.linalg.svd(changes[LAST])[1][:3], 1e-4)
    np.testing.assert_allclose(left[3:], 0, atol=1e-5)


def _read(model: SpanExtractor, name: str) -> np.ndarray:
    return next(of.read() for of in places(model.backbone) if of.name == name)


def test_with_inputs_the_outputs_are_as_near_as_a_rank_can_come_to_what_they_were(base: Path) -> None:
    contexts = [f"{text} {word}" for word in ["the", "film", "was", "good", "and", "a", "café"] for text in CONTEXTS]
    far = {}
    for sampled in (False, True):
        model, told = trained(base, all_weights=True), list[int]()
        inputs = model.preprocessor((["the film ?"] * len(contexts), contexts))
        read = embedded(model, inputs)
        learned = _read(model, QUERY) - _read(SpanExtractor.from_preset(str(base)), QUERY)
        share = adapt_over(model, str(base), rank=3, inputs=inputs if sampled else None, on_steps=told.append)
        assert 0.3 < share < 1
        assert sum(told) == 12 + (len(inputs["token_ids"]) if sampled else 0)
        held = low_rank_of(model.backbone)["layer.0.query"].change().numpy().T
        far[sampled] = np.linalg.norm(read @ (learned - held).T)
    nearest = np.sqrt(np.square(np.linalg.svd(read @ learned.T, compute_uv=False)[3:]).sum())
    assert far[True] == pytest.approx(nearest, rel=0.01)
    assert far[False] > 1.1 * nearest


def embedded(model: SpanExtractor, inputs: dict[str, Any]) -> np.ndarray:
    """What the first layer reads, `[tokens, hidden]` without padding."""
    embeddings = keras.Model(model.backbone.input, model.backbone.get_layer("embeddings_dropout").output)
    return embeddings(inputs).numpy()[np.asarray(inputs["padding_mask"]) == 1]


def test_adapters_go_on_as_they_were_and_are_saved_over_the_base(base: Path, tmp_path: Path) -> None:
    model = SpanExtractor.from_preset(str(base))
    model.adapt(str(base), rank=3)
    for adapter in low_rank_of(model.backbone).values():
        adapter.up.assign(np.random.default_rng(2).normal(0, 0.3, adapter.up.shape))
    model.save_to_preset(str(tmp_path / "first"))
    again = SpanExtractor.from_preset(str(tmp_path / "first"))
    assert adapt_over(again, str(base), rank=3) == pytest.approx(1, abs=1e-4)
    again.save_to_preset(str(tmp_path / "second"))
    second = SpanExtractor.from_preset(str(tmp_path / "second"))
    np.testing.assert_allclose(logits(second), logits(model), atol=0.02)  # each was rounded to half precision
    assert {path.name for path in (tmp_path / "second").iterdir()} == {"adapter.json", "adapter.safetensors"}


def test_an_untrained_model_has_no_difference(base: Path) -> None:
    model = SpanExtractor.from_preset(str(base))
    before = logits(model)
    assert adapt_over(model, str(base), rank=2) == 1
    np.testing.assert_array_equal(logits(model), before)


def test_what_the_difference_does_not_fill_of_the_rank_can_learn(base: Path, tmp_path: Path) -> None:
    model = SpanExtractor.from_preset(str(base))
    model.adapt(str(base), rank=3)
    for adapter in list(low_rank_of(model.backbone).values())[:6]:  # of the second layer nothing
        adapter.up.assign(np.random.default_rng(2).normal(0, 0.3, adapter.up.shape))
    model.save_to_preset(str(tmp_path / "first"))
    again = SpanExtractor.from_preset(str(tmp_path / "first"))
    assert adapt_over(again, str(base), rank=12, inputs=again.preprocessor((QUESTIONS, CONTEXTS))) == pytest.approx(1)
    np.testing.assert_allclose(logits(again), logits(model), atol=0.02)
    filled = []
    for adapter in low_rank_of(again.backbone).values():
        down, up = adapter.down.value.numpy(), adapter.up.value.numpy()
        filled.append(int(up.any(axis=1).sum()))
        assert (np.abs(down).max(axis=0) > 1e-2).all()  # else the gradients of both are zero
    assert filled == [3] * 6 + [0] * 6


def test_another_base_and_a_wrong_rank_are_told_and_change_nothing(
    base: Path, build_extractor: Build, tmp_path: Path
) -> None:
    build_extractor(backbone={"num_layers": 3}).save_to_preset(str(tmp_path / "deeper"))
    model = trained(base, all_weights=True)
    before = logits(model)
    with pytest.raises(
        InputError, match=r"encoder\.layer\.2\.\S+ is \(.*\) there, None in the trained model; adapters"
    ):
        adapt_over(model, str(tmp_path / "deeper"))
    build_extractor(backbone={"seed": 8}).save_to_preset(str(tmp_path / "stranger"))
    with pytest.raises(InputError, match=r"stranger: not what .* as far apart as those of models that have nothing"):
        adapt_over(model, str(tmp_path / "stranger"))
    with pytest.raises(InputError, match="rank must be 1 or above"):
        adapt_over(model, str(base), rank=0)
    nothing = {name: of[:0] for name, of in model.preprocessor((QUESTIONS, CONTEXTS)).items()}
    with pytest.raises(InputError, match="inputs .* have no rows"):
        adapt_over(model, str(base), inputs=nothing)
    np.testing.assert_array_equal(logits(model), before)
    assert model.adapter_base is None


def test_a_base_with_other_tokens_is_told(base: Path) -> None:
    model = SpanExtractor.from_preset(str(base))
    vocabulary = base / "assets" / "tokenizer" / "vocabulary.txt"
    words = vocabulary.read_text(encoding="utf-8")
    vocabulary.write_text(words.replace("good\nbad\n", "bad\ngood\n"), encoding="utf-8")
    place = words.splitlines().index("good")
    with pytest.raises(InputError, match=f"token {place} is 'bad' there, 'good' in the trained model; adapters"):
        adapt_over(model, str(base))
    vocabulary.write_text(words, encoding="utf-8")
    model.preprocessor.tokenizer.lowercase = False
    with pytest.raises(InputError, match="lowercase of the tokenizer is True there, False in the trained model"):
        adapt_over(model, str(base))
    assert model.adapter_base is None


def test_weights_that_are_not_finite_are_told_of_whichever_model(base: Path, tmp_path: Path) -> None:
    model, diverged = SpanExtractor.from_preset(str(base)), SpanExtractor.from_preset(str(base))
    place = next(of for of in places(diverged.backbone) if of.name == LAST)
    place.write(np.full_like(place.read(), np.nan))
    with pytest.raises(InputError, match=f"^the trained model: {LAST} has values that are not finite"):
        adapt_over(diverged, str(base))
    diverged.save_to_preset(str(tmp_path / "diverged"))
    with pytest.raises(InputError, match=f"diverged: {LAST} has values that are not finite"):
        adapt_over(model, str(tmp_path / "diverged"))
