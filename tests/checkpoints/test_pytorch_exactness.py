import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytorch_side import BASE, TOLERANCE, in_pytorch, pytorch_model, unpacked

from bert_keras import BertBackbone, TextClassifier
from bert_keras.checkpoints import DEFAULT_PRESET, save_hugging_face
from bert_keras.classification.answers import outputs_of
from bert_keras.errors import CheckpointError
from bert_keras.models import SpanExtractor
from bert_keras.models.activations import activation

SPAN_VARIANTS = ("span_extractor", "span_extractor_gelu_new")
VARIANTS = ("gelu", "gelu_new", "without_pooler", "large_epsilon", "classifier", "classifier_relu", *SPAN_VARIANTS)
TEXTS = ["the film was good!", "playing, played, plays?", "un café naïve", "zebra 22", "", "a " * 40]
PAIRS = ["not bad", "", "é É", "the", "b", "a " * 40]


def assert_span_logits_equal(extractor: SpanExtractor, inputs: dict[str, Any], expected: dict[str, np.ndarray]) -> None:
    """Compares start and end where an answer can be, at [CLS] and in the context; PyTorch masks nothing itself."""
    ends = np.asarray(inputs["padding_mask"]).sum(axis=1, keepdims=True) - 1
    columns = np.arange(inputs["token_ids"].shape[1])
    is_open = (columns == 0) | ((np.asarray(inputs["segment_ids"]) == 1) & (columns < ends))
    assert is_open.mean() > 0.1
    found = extractor(inputs, training=False)
    for name in ("start", "end"):
        np.testing.assert_allclose(found[name][is_open], expected[name][is_open], rtol=0, atol=TOLERANCE, err_msg=name)
        assert np.asarray(found[name])[~is_open].max() < -1e8


@pytest.mark.parametrize("variant", VARIANTS)
def test_outputs_of_a_backbone_equal_those_of_pytorch(variant: str, tmp_path: Path) -> None:
    inputs, expected = unpacked(variant, tmp_path)
    found = BertBackbone.from_preset(str(tmp_path))(inputs, training=False)
    assert sorted(found) == sorted(set(expected) & {"sequence_output", "pooled_output"})
    for name, value in found.items():
        np.testing.assert_allclose(value, expected[name], rtol=0, atol=TOLERANCE, err_msg=name)


@pytest.mark.parametrize("variant", ["classifier", "classifier_relu"])
def test_logits_and_labels_of_a_classifier_equal_those_of_pytorch(variant: str, tmp_path: Path) -> None:
    inputs, expected = unpacked(variant, tmp_path)
    classifier = TextClassifier.from_preset(str(tmp_path))
    assert classifier.labels == tuple(expected["labels"])
    np.testing.assert_allclose(classifier(inputs, training=False), expected["logits"], rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("variant", SPAN_VARIANTS)
def test_logits_of_a_span_extractor_equal_those_of_pytorch(variant: str, tmp_path: Path) -> None:
    inputs, expected = unpacked(variant, tmp_path)
    assert_span_logits_equal(SpanExtractor.from_preset(str(tmp_path)), inputs, expected)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_backbone_has_as_many_parameters_as_in_pytorch(variant: str, tmp_path: Path) -> None:
    _, expected = unpacked(variant, tmp_path)
    assert BertBackbone.from_preset(str(tmp_path)).count_params() == expected["parameters"]


@pytest.mark.pytorch
def test_activations_equal_those_of_transformers(tmp_path: Path) -> None:
    x = np.linspace(-30, 30, 2401, dtype=np.float32)
    np.savez(tmp_path / "x.npz", x=x)
    pytorch_model("activations", tmp_path / "x.npz", tmp_path / "out.npz")
    refused = set()
    with np.load(tmp_path / "out.npz", allow_pickle=False) as expected:
        for name in expected:
            try:
                found = activation(name)(x)
            except CheckpointError:
                refused.add(name)
                continue
            np.testing.assert_allclose(found, expected[name], rtol=1e-6, atol=1e-6, err_msg=name)
        assert len(expected.files) > 20
    assert refused <= {"laplace", "sqrtsoftplus"}


@pytest.mark.pytorch
@pytest.mark.parametrize(("activation", "pairs"), [("gelu", False), ("gelu_new", True), ("relu", False)])
def test_transformers_computes_the_same_of_a_saved_hugging_face_folder(
    activation: str, pairs: bool, tmp_path: Path, build_classifier: Callable[..., TextClassifier]
) -> None:
    labels = ["schlecht", "gut", "weiß nicht"]
    shape = {"activation": activation, "max_sequence_length": 100, "layer_norm_epsilon": 1e-3}
    classifier = build_classifier(backbone=shape, labels=labels, max_length=100)
    # Fresh biases are 0, which would hide one in the wrong place.
    weights = classifier.get_weights()
    classifier.set_weights([weight + 0.1 * np.random.default_rng(0).normal(size=weight.shape) for weight in weights])
    texts = {"texts": TEXTS} | ({"pairs": PAIRS} if pairs else {})
    expected = in_pytorch(save_hugging_face(classifier, tmp_path / "saved"), texts, tmp_path)
    inputs = classifier.preprocessor((TEXTS, PAIRS) if pairs else TEXTS)
    for name in ("token_ids", "segment_ids", "padding_mask"):
        np.testing.assert_array_equal(inputs[name][:, : expected[name].shape[1]], expected[name], err_msg=name)
    assert tuple(expected["labels"]) == classifier.labels
    np.testing.assert_allclose(classifier(inputs, training=False), expected["logits"], rtol=0, atol=TOLERANCE)


@pytest.mark.pytorch
@pytest.mark.parametrize(("task", "labels"), [("multi_label", ["a", "b", "c"]), ("regression", [])])
def test_transformers_gives_the_outputs_of_the_other_tasks_of_a_saved_folder(
    task: str, labels: list[str], tmp_path: Path, build_classifier: Callable[..., TextClassifier]
) -> None:
    classifier = build_classifier(backbone={"max_sequence_length": 100}, labels=labels, task=task, max_length=100)
    weights = classifier.get_weights()
    classifier.set_weights([weight + 0.1 * np.random.default_rng(0).normal(size=weight.shape) for weight in weights])
    expected = in_pytorch(save_hugging_face(classifier, tmp_path / "saved"), {"texts": TEXTS}, tmp_path)
    found = outputs_of(classifier.logits(classifier.preprocessor(TEXTS)), classifier.task)
    np.testing.assert_allclose(found, expected["pipeline"], rtol=0, atol=TOLERANCE)


@pytest.mark.pytorch
def test_transformers_computes_the_same_of_a_saved_span_extractor(
    tmp_path: Path, build_extractor: Callable[..., SpanExtractor]
) -> None:
    windows = {"max_length": 100, "window_overlap": 0, "max_question_length": 44}
    shape = {"activation": "gelu_new", "max_sequence_length": 100, "layer_norm_epsilon": 1e-3, "pooler": True}
    extractor = build_extractor(backbone=shape, windows=windows)
    weights = extractor.get_weights()
    extractor.set_weights([weight + 0.1 * np.random.default_rng(0).normal(size=weight.shape) for weight in weights])
    expected = in_pytorch(save_hugging_face(extractor, tmp_path / "saved"), {"texts": TEXTS, "pairs": PAIRS}, tmp_path)
    inputs = {
        name: value[:, : expected[name].shape[1]] for name, value in extractor.preprocessor((TEXTS, PAIRS)).items()
    }
    for name, value in inputs.items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)
    assert_span_logits_equal(extractor, inputs, expected)
    assert_span_logits_equal(SpanExtractor.from_preset(str(tmp_path / "saved")), inputs, expected)


@pytest.mark.pytorch
def test_logits_of_a_span_extractor_of_base_shape_equal_those_of_pytorch(tmp_path: Path) -> None:
    settings = BASE | {"architecture": "BertForQuestionAnswering", "seed": 3}
    (tmp_path / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    pytorch_model("make", tmp_path / "base", tmp_path / "settings.json")
    tokens = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *(f"word{number}" for number in range(BASE["vocab_size"] - 5)),
    ]
    (tmp_path / "base" / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    lengths, columns = np.array([[384], [57]]), np.arange(384)
    mask = (columns < lengths).astype(np.int32)
    inputs = {
        "token_ids": np.random.default_rng(0).integers(5, BASE["vocab_size"], mask.shape, dtype=np.int32) * mask,
        "segment_ids": (columns >= 20).astype(np.int32) * mask,
        "padding_mask": mask,
    }
    assert_span_logits_equal(
        SpanExtractor.from_preset(str(tmp_path / "base")), inputs, in_pytorch(tmp_path / "base", inputs, tmp_path)
    )


@pytest.mark.pytorch
def test_minilm_equals_transformers_from_text_to_pooled_output(tmp_path: Path, minilm_folder: Path) -> None:
    texts = ["A quick test.", "naïve café Déjà vu … ½", "", "Il était une fois " * 20]
    expected = in_pytorch(minilm_folder, {"texts": texts}, tmp_path)
    model = TextClassifier.from_preset(DEFAULT_PRESET, labels=["a", "b"])
    inputs = model.preprocessor(texts)
    width = expected["token_ids"].shape[1]
    np.testing.assert_array_equal(inputs["token_ids"][:, :width], expected["token_ids"])
    found = model.backbone(inputs, training=False)
    np.testing.assert_allclose(found["pooled_output"], expected["pooled_output"], rtol=0, atol=TOLERANCE)
    for row, length in enumerate(expected["padding_mask"].sum(axis=1)):
        known = expected["sequence_output"][row, :length]
        np.testing.assert_allclose(found["sequence_output"][row, :length], known, rtol=0, atol=TOLERANCE)
