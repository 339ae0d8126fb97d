from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.errors import InputError
from bert_keras.insight import (
    METHODS,
    Inspection,
    attention,
    attributions,
    gradient_attention,
    norm_attention_of_layers,
    rollout,
    target_of,
)

TEXT = "the film was not good"


@pytest.fixture(scope="module")
def inspection(classifier: TextClassifier) -> Inspection:
    return attention(classifier, TEXT)


def test_each_method_has_a_row_for_each_layer_or_for_the_model(inspection: Inspection) -> None:
    found = attributions(inspection, target_of(inspection))
    assert tuple(found) == METHODS
    for name, attribution in found.items():
        layers = 1 if name == "integrated_gradients" else 2
        assert attribution.method == name
        assert attribution.values.shape == (layers, 7)
        assert attribution.values.dtype == np.float32
        assert attribution.rank_correlation.shape == (layers,)
        assert np.isfinite(attribution.values).all()
        assert attribution.title
        assert attribution.note
        assert (attribution.values >= 0).all() or name == "integrated_gradients"


def test_values_are_read_in_the_row_of_cls(inspection: Inspection, classifier: TextClassifier) -> None:
    target = target_of(inspection)
    found = attributions(inspection, target)
    np.testing.assert_allclose(found["raw"].values, inspection.weights[:, :, 0].mean(axis=1), atol=1e-6)
    np.testing.assert_allclose(found["rollout"].values, rollout(inspection.weights)[:, 0], atol=1e-6)
    np.testing.assert_allclose(
        found["norm"].values, norm_attention_of_layers(classifier, inspection.tokens)[:, 0], atol=1e-6
    )
    relevance = gradient_attention(classifier, inspection.tokens, target)[:, 0]
    np.testing.assert_allclose(found["gradient"].values, relevance - np.eye(7)[0], atol=1e-6)


def test_of_a_span_it_is_the_mean_of_start_and_end(extractor: SpanExtractor) -> None:
    of_reader = attention(extractor, "the film ?", "café naive, the playing ! un b")
    target = target_of(of_reader)
    found = attributions(of_reader, target, ["raw", "integrated_gradients"])
    known = of_reader.weights.mean(axis=1)[:, [target.rows[0], target.rows[-1]]].mean(axis=1)
    np.testing.assert_allclose(found["raw"].values, known, atol=1e-6)
    assert found["integrated_gradients"].values.shape == (1, len(of_reader.tokens))


def test_rank_correlation_is_with_raw_attention_without_special_tokens(inspection: Inspection) -> None:
    found = attributions(inspection, target_of(inspection))
    np.testing.assert_allclose(found["raw"].rank_correlation, 1, atol=1e-6)
    raw, norm = found["raw"].values[:, 1:-1], found["norm"].values[:, 1:-1]
    for layer in range(2):
        assert found["norm"].rank_correlation[layer] == pytest.approx(
            stats.spearmanr(raw[layer], norm[layer]).statistic, abs=1e-6
        )
    sizes = np.abs(found["integrated_gradients"].values[0, 1:-1])
    known = stats.spearmanr(sizes, raw.mean(axis=0)).statistic
    assert found["integrated_gradients"].rank_correlation[0] == pytest.approx(known, abs=1e-6)
    alone = attributions(inspection, target_of(inspection), ["norm"])
    np.testing.assert_array_equal(alone["norm"].rank_correlation, found["norm"].rank_correlation)


def test_the_note_tells_what_integrated_gradients_miss(inspection: Inspection) -> None:
    note = attributions(inspection, target_of(inspection), ["integrated_gradients"])["integrated_gradients"].note
    assert " steps, off by " in note
    assert "label " in note


def test_a_text_of_one_word_or_none_has_no_ranks(classifier: TextClassifier) -> None:
    for text in ("", "film"):
        found = attention(classifier, text)
        for attribution in attributions(found, target_of(found)).values():
            np.testing.assert_array_equal(attribution.rank_correlation, 0)


def test_a_model_in_bfloat16_is_explained_too(build_classifier: Callable[..., TextClassifier]) -> None:
    model = build_classifier(backbone={"dtype": "mixed_bfloat16"})
    found = attention(model, TEXT)
    for attribution in attributions(found, target_of(found)).values():
        assert attribution.values.dtype == np.float32
        assert np.isfinite(attribution.values).all()


def test_a_method_that_is_not_known_is_refused(inspection: Inspection) -> None:
    with pytest.raises(
        InputError, match="methods are raw, rollout, gradient, norm, integrated_gradients, shapley. Received: lime"
    ):
        attributions(inspection, target_of(inspection), ["raw", "lime"])
