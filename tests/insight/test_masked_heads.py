from collections.abc import Callable

import numpy as np
import pytest

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.errors import InputError
from bert_keras.insight import attention, classifier_scores, masked_heads, pruning_curve
from bert_keras.insight.norm_attention import head_vectors
from bert_keras.models.low_rank import low_rank_of

TEXTS = ["the film was not good", "a good film was bad", "bad ! bad ?"]
EVERY_HEAD = [(layer, head) for layer in range(2) for head in range(2)]


@pytest.fixture
def adapted(build_classifier: Callable[..., TextClassifier]) -> TextClassifier:
    """A classifier with adapters that change what it computes."""
    model = build_classifier()
    model.adapt("somewhere", rank=2)
    for number, adapter in enumerate(low_rank_of(model.backbone).values()):
        adapter.up.assign(np.random.default_rng(number).normal(0, 0.3, adapter.up.shape))
    return model


def logits(model: TextClassifier, texts: list[str] = TEXTS) -> np.ndarray:
    return model.logits(model.preprocessor(texts)).numpy()


def test_a_masked_head_adds_nothing(classifier: TextClassifier) -> None:
    layer = classifier.backbone.transformer_layers[1]
    states = attention(classifier, TEXTS[0]).hidden_states[1]
    before = head_vectors(layer, states)
    with masked_heads(classifier, [(1, 0)]):
        within = head_vectors(layer, states)
    assert np.abs(before[0]).max() > 0.1
    np.testing.assert_array_equal(within[0], 0)
    np.testing.assert_array_equal(within[1], before[1])


@pytest.mark.parametrize("which", ["classifier", "adapted"])
def test_without_any_head_texts_that_begin_alike_are_alike(which: str, request: pytest.FixtureRequest) -> None:
    model = request.getfixturevalue(which)
    before = logits(model)
    assert np.ptp(before, axis=0).max() > 0.01
    with masked_heads(model, EVERY_HEAD):
        # [CLS] reads nothing of the text any more.
        np.testing.assert_array_equal(np.ptp(logits(model), axis=0), 0)
        np.testing.assert_allclose(attention(model, TEXTS[0]).logits, logits(model)[0], atol=1e-5)
    np.testing.assert_allclose(logits(model), before, rtol=0, atol=1e-6)


def test_every_way_to_run_a_model_sees_it(classifier: TextClassifier, extractor: SpanExtractor) -> None:
    with masked_heads(classifier, EVERY_HEAD):
        answers = classifier.classify(TEXTS)
        assert answers[0] == answers[1]
        np.testing.assert_array_equal(np.ptp(classifier.predict(classifier.preprocessor(TEXTS), verbose=0), axis=0), 0)
    assert classifier.classify(TEXTS)[0] != classifier.classify(TEXTS)[1]
    before = extractor.answer("the film ?", "café naive, the playing")
    with masked_heads(extractor, EVERY_HEAD):
        assert extractor.answer("the film ?", "café naive, the playing").score != before.score
    assert extractor.answer("the film ?", "café naive, the playing") == before


def test_weights_come_back_when_something_fails_within(classifier: TextClassifier) -> None:
    before = classifier.get_weights()
    with pytest.raises(RuntimeError), masked_heads(classifier, [(0, 0), (0, 0), (1, 1)]):
        raise RuntimeError
    for ours, theirs in zip(classifier.get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("head", [(2, 0), (0, 2), (-1, 0)])
def test_a_head_that_is_not_there_is_refused_and_nothing_is_masked(
    classifier: TextClassifier, head: tuple[int, int]
) -> None:
    before = logits(classifier)
    with (
        pytest.raises(InputError, match=f"heads 0 to 1. Received: layer {head[0]}, head {head[1]}"),
        masked_heads(classifier, [(0, 0), head]),
    ):
        pass
    np.testing.assert_array_equal(logits(classifier), before)


def test_the_curve_masks_the_least_important_first(classifier: TextClassifier) -> None:
    importance = np.array([[0.3, 0.1], [0.4, 0.2]])
    curve = pruning_curve(
        classifier, importance, lambda: {"spread": float(np.ptp(logits(classifier)))}, counts=[0, 2, 4]
    )
    assert [point.masked for point in curve] == [(), ((0, 1), (1, 1)), ((0, 1), (1, 1), (0, 0), (1, 0))]
    with masked_heads(classifier, [(0, 1), (1, 1)]):
        within = float(np.ptp(logits(classifier)))
    assert [point.scores["spread"] for point in curve] == [
        float(np.ptp(logits(classifier))),
        within,
        curve[-1].scores["spread"],
    ]
    assert curve[0].scores["spread"] != within


def test_by_itself_the_curve_goes_from_no_head_to_all(classifier: TextClassifier) -> None:
    targets = [answer.label for answer in classifier.classify(TEXTS)]
    curve = pruning_curve(classifier, np.ones((2, 2)), lambda: classifier_scores(classifier, TEXTS, targets))
    assert [len(point.masked) for point in curve] == [0, 1, 2, 3, 4]
    assert curve[0].scores["accuracy"] == 1
    assert curve[2].masked == ((0, 0), (0, 1))


def test_a_curve_of_another_models_importance_is_refused(classifier: TextClassifier) -> None:
    with pytest.raises(InputError, match=r"\[2, 2\]. Received: \[6, 12\]"):
        pruning_curve(classifier, np.ones((6, 12)), dict)
    with pytest.raises(InputError, match="has 4 heads. Received: 5 to mask"):
        pruning_curve(classifier, np.ones((2, 2)), dict, counts=[5])
