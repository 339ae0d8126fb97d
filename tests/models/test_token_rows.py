from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from bert_keras import TextClassifier
from bert_keras.checkpoints import save_hugging_face
from bert_keras.errors import InputError
from bert_keras.models import SpanExtractor, TextClassifierPreprocessor
from bert_keras.models.backbone import BertBackbone
from bert_keras.models.token_rows import set_token_rows, token_rows, with_new_rows
from bert_keras.text import AddedToken, BertTokenizer

TEXTS = ["the film was good", "bad [E1] not a good play [/E1]"]


def add_token_rows(backbone: BertBackbone, known: int, tokens: int) -> None:
    set_token_rows(backbone, with_new_rows(token_rows(backbone), known, tokens))


def table(backbone: BertBackbone) -> np.ndarray:
    return np.asarray(backbone.token_embedding.embeddings)


def logits(classifier: TextClassifier, texts: list[str] = TEXTS) -> np.ndarray:
    return np.asarray(classifier.logits(classifier.preprocessor(texts)))


@pytest.fixture
def marked(build_classifier: Callable[..., TextClassifier], vocabulary: list[str]) -> TextClassifier:
    """A classifier of three labels with two added tokens."""
    preprocessor = TextClassifierPreprocessor(BertTokenizer(vocabulary, lowercase=True), 16)
    classifier = build_classifier(labels=["a", "b", "c"], preprocessor=preprocessor)
    assert classifier.add_tokens(["[E1]", AddedToken("[/E1]", 40, special=True)]) == 2
    return classifier


@pytest.mark.parametrize(("rows", "tokens", "expected"), [(39, 41, 41), (48, 41, 48), (40, 43, 43)])
def test_new_rows_are_the_mean_of_the_known_ones_and_padding_is_used_first(
    rows: int, tokens: int, expected: int, build_backbone: Callable[..., BertBackbone]
) -> None:
    backbone = build_backbone(vocabulary_size=rows)
    before = table(backbone)
    add_token_rows(backbone, 39, tokens)
    after = table(backbone)
    assert (backbone.vocabulary_size, len(after), backbone.token_embedding.input_dim) == (expected, expected, expected)
    np.testing.assert_array_equal(after[:39], before[:39])
    np.testing.assert_allclose(
        after[39:tokens], before[:39].mean(axis=0, keepdims=True).repeat(tokens - 39, 0), rtol=1e-6
    )
    np.testing.assert_array_equal(after[tokens:], before[tokens:])


def test_a_grown_embedding_has_one_weight_that_learns(build_backbone: Callable[..., BertBackbone]) -> None:
    backbone = build_backbone()
    names = [weight.path for weight in backbone.trainable_weights]
    add_token_rows(backbone, 39, 42)
    assert [weight.path for weight in backbone.trainable_weights] == names
    assert [weight.shape for weight in backbone.token_embedding.weights] == [(42, 8)]


def test_a_grown_embedding_keeps_its_dtype_and_stays_frozen(build_backbone: Callable[..., BertBackbone]) -> None:
    backbone = build_backbone(dtype="bfloat16")
    backbone.token_embedding.trainable = False
    count = len(backbone.trainable_weights)
    add_token_rows(backbone, 39, 42)
    assert backbone.token_embedding.embeddings.dtype == "bfloat16"
    assert len(backbone.trainable_weights) == count


def test_a_model_with_added_tokens_reads_other_texts_as_before(
    marked: TextClassifier, build_classifier: Callable[..., TextClassifier]
) -> None:
    before = build_classifier(labels=["a", "b", "c"])
    before.output_dense.set_weights(marked.output_dense.get_weights())
    assert marked.preprocessor.tokenizer(["x [E1] [/E1]"]).to_list()[0][-2:] == [39, 40]
    np.testing.assert_allclose(logits(marked, TEXTS[:1]), logits(before, TEXTS[:1]), rtol=0, atol=1e-6)
    assert np.abs(logits(marked)[1] - logits(before)[1]).max() > 0.01
    assert before.preprocessor.tokenizer.added_tokens == []


def test_tokens_that_are_there_are_not_added_again(marked: TextClassifier) -> None:
    assert marked.add_tokens(["[E1]", AddedToken("[/E1]", 40, special=True)]) == 0
    assert marked.add_tokens(["[E2]", "[E1]"]) == 1
    assert marked.backbone.vocabulary_size == 42


@pytest.mark.parametrize("save", ["own", "hugging_face"])
def test_added_tokens_come_back_with_a_saved_model(save: str, marked: TextClassifier, tmp_path: Path) -> None:
    table(marked.backbone)
    weights = table(marked.backbone).copy()
    weights[39:] += np.arange(16).reshape(2, 8)
    marked.backbone.token_embedding.embeddings.assign(weights)
    if save == "own":
        marked.save_to_preset(str(tmp_path / "saved"))
    else:
        save_hugging_face(marked, tmp_path / "saved")
    loaded = TextClassifier.from_preset(str(tmp_path / "saved"))
    assert loaded.preprocessor.tokenizer.added_tokens == marked.preprocessor.tokenizer.added_tokens
    np.testing.assert_allclose(logits(loaded), logits(marked), rtol=0, atol=1e-6)


def test_added_tokens_learn(marked: TextClassifier) -> None:
    before = table(marked.backbone).copy()
    marked.compile(optimizer=keras.optimizers.SGD(0.1), run_eagerly=True)
    marked.fit(tf.data.Dataset.from_tensors((TEXTS, [0, 1])), epochs=1, verbose=0)
    changed = np.abs(table(marked.backbone) - before).max(axis=1)
    assert changed[39] > 0
    assert changed[40] > 0
    with pytest.raises(InputError, match="change them before fit"):
        marked.add_tokens(["[E3]"])


def test_a_span_extractor_answers_from_texts_with_added_tokens(
    build_extractor: Callable[..., SpanExtractor], vocabulary: list[str]
) -> None:
    preprocessor = type(build_extractor().preprocessor)(BertTokenizer(vocabulary, lowercase=True), 24, 6, 6)
    extractor = build_extractor(preprocessor=preprocessor)
    extractor.answer("the play", "a [E1] b")  # traces the preprocessor
    extractor.add_tokens(["[E1]"])
    inputs = extractor.preprocessor((np.array(["the play"]), np.array(["a [E1] b"])))
    assert 39 in np.asarray(inputs["token_ids"])
    assert extractor.answer("the play", "a [E1] b").text in "a [E1] b"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"preprocessor": None}, "the model has no preprocessor"),
        ({}, "the embedding is frozen beside adapters"),
    ],
)
def test_a_model_that_cannot_take_tokens_says_why(
    change: dict[str, Any], said: str, build_classifier: Callable[..., TextClassifier]
) -> None:
    classifier = build_classifier(**change)
    if not change:
        classifier.adapt("minilm_l6_en_uncased")
    with pytest.raises(InputError, match=said):
        classifier.add_tokens(["[E1]"])
