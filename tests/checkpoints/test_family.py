"""DistilBERT and ELECTRA: their folders give PyTorch's numbers, and all that is done with a BERT is done with them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from pytorch_side import FAMILY_REFERENCE, TOLERANCE, in_pytorch, unpacked
from safetensors.numpy import load_file, save_file

from bert_keras import BertBackbone, MaskedLM, SpanExtractor, TextClassifier, serving
from bert_keras.checkpoints import save_hugging_face
from bert_keras.errors import BertKerasError, CheckpointError, InputError
from bert_keras.insight.architecture import architecture
from bert_keras.insight.forward import forward
from bert_keras.insight.vocabulary_vectors import input_vectors
from bert_keras.models import load_task

CLASSIFIERS = ("distilbert_classifier", "electra_classifier")
READERS = ("distilbert_reader", "electra_reader")
MASKED_LMS = ("distilbert_masked_lm", "electra_masked_lm", "bert_masked_lm", "bert_pre_training")
SHAPES: dict[str, dict[str, Any]] = {
    "distilbert": {"num_segments": 0, "pooler_activation": "relu"},
    "electra": {"embedding_dim": 4, "pooler_activation": "gelu", "layer_norm_epsilon": 1e-5},
}
TEXTS = ["the film was good!", "playing, played, plays?", "un café naïve", "zebra 22", "", "a " * 40]
PAIRS = ["not bad", "", "é É", "the", "b", "a " * 40]
Build = Callable[..., Any]


def made(variant: str, folder: Path) -> tuple[Path, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Writes a variant's folder, and returns it with its inputs and what PyTorch computed of them."""
    return folder, *unpacked(variant, folder, FAMILY_REFERENCE)


def randomized(task: Any) -> Any:
    """Gives a model biases other than the fresh ones, 0, which would hide one in the wrong place."""
    random = np.random.default_rng(0)
    task.set_weights([weight + 0.1 * random.normal(size=weight.shape) for weight in task.get_weights()])
    return task


def close(found: Any, expected: Any, name: str = "") -> None:
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE, err_msg=name)


def can_answer(inputs: dict[str, np.ndarray]) -> np.ndarray:
    """Where an answer can be: at [CLS] and in the context; PyTorch masks nothing itself."""
    ends = inputs["padding_mask"].sum(axis=1, keepdims=True) - 1
    columns = np.arange(inputs["token_ids"].shape[1])
    found: np.ndarray = (columns == 0) | ((inputs["segment_ids"] == 1) & (columns < ends))
    assert found.mean() > 0.1
    return found


@pytest.mark.parametrize("variant", CLASSIFIERS)
def test_logits_and_labels_of_a_classifier_equal_those_of_pytorch(variant: str, tmp_path: Path) -> None:
    folder, inputs, expected = made(variant, tmp_path)
    classifier = load_task(str(folder))
    assert isinstance(classifier, TextClassifier)
    assert classifier.labels == tuple(expected["labels"])
    assert classifier.dropout == (0.3 if variant.startswith("distilbert") else 0.1)
    close(classifier.logits(inputs), expected["logits"])


@pytest.mark.parametrize("variant", READERS)
def test_logits_of_a_reader_equal_those_of_pytorch(variant: str, tmp_path: Path) -> None:
    folder, inputs, expected = made(variant, tmp_path)
    reader = load_task(str(folder))
    assert isinstance(reader, SpanExtractor)
    found, here = reader.logits(inputs), can_answer(inputs)
    for name in ("start", "end"):
        close(found[name].numpy()[here], expected[name][here], name)
        assert found[name].numpy()[~here].max() < -1e8


@pytest.mark.parametrize("variant", MASKED_LMS)
def test_logits_of_a_masked_language_model_equal_those_of_pytorch(variant: str, tmp_path: Path) -> None:
    folder, inputs, expected = made(variant, tmp_path)
    rows = inputs["padding_mask"] == 1
    close(MaskedLM.from_preset(str(folder)).logits(inputs).numpy()[rows], expected["logits"][rows])


def test_the_next_sentence_head_is_a_classifier_of_pairs(tmp_path: Path) -> None:
    folder, inputs, expected = made("bert_pre_training", tmp_path)
    classifier = TextClassifier.from_next_sentence_head(str(folder), max_length=12)
    close(classifier.logits(inputs), expected["next_sentence"])
    assert (classifier.labels, classifier.pairs, classifier.preprocessor.max_length) == (
        ("is_next", "not_next"),
        True,
        12,
    )
    made_of = classifier.classify([("word1 word2", "word3")])[0].probabilities
    assert sum(made_of.values()) == pytest.approx(1)


@pytest.mark.parametrize("variant", [*CLASSIFIERS, *READERS, *MASKED_LMS])
def test_an_encoder_equals_that_of_pytorch_and_has_as_many_parameters(variant: str, tmp_path: Path) -> None:
    folder, inputs, expected = made(variant, tmp_path)
    rows = inputs["padding_mask"] == 1
    backbone = BertBackbone.from_preset(str(folder), pooler="pooled_output" in expected)
    close(backbone(inputs, training=False)["sequence_output"].numpy()[rows], expected["sequence_output"][rows])
    assert backbone.count_params() == expected["parameters"]


@pytest.mark.parametrize("variant", CLASSIFIERS)
def test_what_goes_on_inside_equals_that_of_pytorch(variant: str, tmp_path: Path) -> None:
    folder, inputs, expected = made(variant, tmp_path)
    model = TextClassifier.from_preset(str(folder))
    inside = forward(model, inputs)
    close(inside.outputs, expected["logits"])
    for row, length in enumerate(inputs["padding_mask"].sum(axis=1)):
        for layer, states in enumerate(expected["hidden_states"]):
            close(inside.hidden_states[layer][row, :length], states[row, :length])
        for layer, weights in enumerate(expected["attention"]):
            close(inside.attention[layer][row, :, :length, :length], weights[row, :, :length, :length])


@pytest.mark.parametrize("family", SHAPES)
def test_parameters_and_embeddings_are_those_of_the_model(family: str, build_classifier: Build) -> None:
    model = build_classifier(backbone=SHAPES[family])
    numbers = architecture(model)
    assert numbers["parameters"]["total"] == model.count_params()
    assert numbers["pooler_activation"] == SHAPES[family]["pooler_activation"]
    parts = {"distilbert": ("segment_embedding", 0), "electra": ("embeddings_projection", 4 * 8 + 8)}
    assert numbers["parameters"][parts[family][0]] == parts[family][1]
    points = input_vectors(model)
    assert points.vectors.shape == {"distilbert": (16, 8), "electra": (16 + 2, 4)}[family]
    assert points.name == ("positions" if family == "distilbert" else "positions and segments")


@pytest.mark.parametrize("family", SHAPES)
def test_a_preset_of_its_own_comes_back(family: str, build_classifier: Build, tmp_path: Path) -> None:
    saved = randomized(build_classifier(backbone=SHAPES[family]))
    saved.save_to_preset(str(tmp_path / "own"))
    loaded = TextClassifier.from_preset(str(tmp_path / "own"))
    assert loaded.backbone.get_config() == saved.backbone.get_config()
    inputs = saved.preprocessor(TEXTS)
    np.testing.assert_allclose(loaded.logits(inputs), saved.logits(inputs), rtol=0, atol=1e-6)


@pytest.mark.parametrize("family", SHAPES)
@pytest.mark.parametrize("builder", ["build_classifier", "build_extractor"])
def test_adapters_come_back_merged_over_the_base_with_the_dense_layer_of_the_head(
    family: str, builder: str, request: pytest.FixtureRequest, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    base = randomized(request.getfixturevalue(builder)(backbone=SHAPES[family]))
    save_hugging_face(base, tmp_path / "base")
    task = type(base).from_preset(str(tmp_path / "base"))
    task.adapt(str(tmp_path / "base"), rank=2)
    trained = {variable.path for variable in task.trainable_variables}
    assert any("pooled_dense" in path for path in trained) == task.reads_pooler
    for variable in task.trainable_variables:
        variable.assign_add(np.full(variable.shape, 0.1))
    task.save_to_preset(str(tmp_path / "adapter"))
    inputs = base.preprocessor(TEXTS if builder == "build_classifier" else (TEXTS, PAIRS))
    caplog.clear()
    found = type(base).from_preset(str(tmp_path / "adapter")).logits(inputs)
    assert not caplog.records
    before = type(base).from_preset(str(tmp_path / "base")).logits(inputs)
    for one, other, old in zip(*map(tf.nest.flatten, (found, task.logits(inputs), before)), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=0.02)  # adapters are saved in half precision
        assert np.abs(old - other).max() > 0.05


@pytest.mark.parametrize("family", SHAPES)
@pytest.mark.parametrize("builder", ["build_classifier", "build_extractor"])
def test_a_saved_hugging_face_folder_has_the_names_of_its_model_type_and_comes_back(
    family: str, builder: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    task = randomized(request.getfixturevalue(builder)(backbone=SHAPES[family]))
    folder = save_hugging_face(task, tmp_path / "saved")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    title = {"distilbert": "DistilBert", "electra": "Electra"}[family]
    end = "SequenceClassification" if builder == "build_classifier" else "QuestionAnswering"
    assert (config["model_type"], config["architectures"]) == (family, [f"{title}For{end}"])
    tensors = load_file(folder / "model.safetensors")
    heads = {"distilbert": "pre_classifier.weight", "electra": "classifier.out_proj.weight"}
    assert (heads[family] in tensors) == (builder == "build_classifier")
    assert f"{family}.embeddings.word_embeddings.weight" in tensors
    loaded = load_task(str(folder))
    inputs = task.preprocessor(TEXTS if builder == "build_classifier" else (TEXTS, PAIRS))
    for one, other in zip(*map(tf.nest.flatten, (loaded.logits(inputs), task.logits(inputs))), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "shape",
    [
        {"num_segments": 0},
        {"embedding_dim": 4},
        {"pooler_activation": "relu"},
        SHAPES["distilbert"] | {"layer_norm_epsilon": 1e-5},
    ],
)
def test_a_backbone_that_no_model_type_computes_is_not_saved_as_one(
    shape: dict[str, Any], build_classifier: Build, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="transformers has no model type with the settings of this backbone"):
        save_hugging_face(build_classifier(backbone=shape), tmp_path / "saved")
    assert not (tmp_path / "saved").exists()


def test_an_export_passes_its_check(build_classifier: Build, tmp_path: Path) -> None:
    task = randomized(build_classifier(backbone=SHAPES["electra"]))
    assert serving.check(serving.export(task, str(tmp_path / "export"))).ok


def test_an_exported_reader_answers_as_the_model_does(build_extractor: Build, tmp_path: Path) -> None:
    """Its check, which takes longest, would call the same ops as that of any reader and of the classifier above."""
    reader = randomized(build_extractor(backbone=SHAPES["distilbert"]))
    served = serving.SavedExtractor(serving.export(reader, str(tmp_path / "export")))
    asked = [*zip(TEXTS, PAIRS, strict=True), ("what was good", "the film , a play . " * 9)]
    for one, other in zip(served.answer_stream(asked), reader.answer_stream(asked), strict=True):
        assert (one.text, one.start, one.end) == (other.text, other.start, other.end)
        assert [of.text for of in one.n_best] == [of.text for of in other.n_best]
        assert (one.score, one.null_odds) == pytest.approx((other.score, other.null_odds), abs=1e-4)


def test_the_segments_of_a_distilbert_change_nothing(build_classifier: Build) -> None:
    model = build_classifier(backbone=SHAPES["distilbert"])
    inputs = dict(model.preprocessor((TEXTS, PAIRS)))
    assert inputs["segment_ids"].numpy().any()
    other = inputs | {"segment_ids": tf.zeros_like(inputs["segment_ids"])}
    np.testing.assert_allclose(model.logits(inputs), model.logits(other), rtol=0, atol=1e-6)


@pytest.mark.parametrize("variant", ["distilbert_masked_lm", "electra_masked_lm"])
def test_a_fresh_classifier_says_that_its_dense_layer_is_fresh_too(
    variant: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder, _, _ = made(variant, tmp_path)
    classifier = TextClassifier.from_preset(str(folder), labels=["a", "b"])
    assert [record.message for record in caplog.records] == [
        f"{folder} has no dense layer of a classifier's head; a fresh one is used, which wants training"
    ]
    assert classifier.backbone.pooler_activation == ("relu" if variant.startswith("distilbert") else "gelu")


def test_hidden_size_is_another_name_of_dim(tmp_path: Path) -> None:
    folder, inputs, expected = made("distilbert_classifier", tmp_path)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    for name, theirs in (("hidden_size", "dim"), ("num_attention_heads", "n_heads"), ("num_hidden_layers", "n_layers")):
        config[name] = config.pop(theirs)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    close(TextClassifier.from_preset(str(folder)).logits(inputs), expected["logits"])


@pytest.mark.parametrize(
    ("variant", "lost", "named"),
    [
        (
            "distilbert_classifier",
            "pre_classifier.weight",
            "DistilBertForSequenceClassification, but there is no tensor pre_classifier.weight",
        ),
        (
            "distilbert_classifier",
            "distilbert.transformer.layer.1.ffn.lin1.bias",
            "first transformer.layer.1.ffn.lin1.bias",
        ),
        (
            "electra_classifier",
            "classifier.dense.weight",
            "ElectraForSequenceClassification, but there is no tensor classifier.dense.weight",
        ),
        ("electra_classifier", "electra.embeddings_project.weight", "first embeddings_project.weight"),
    ],
)
def test_messages_name_tensors_as_the_file_does(variant: str, lost: str, named: str, tmp_path: Path) -> None:
    folder, _, _ = made(variant, tmp_path)
    tensors = load_file(folder / "model.safetensors")
    del tensors[lost]
    save_file(tensors, folder / "model.safetensors")
    with pytest.raises(CheckpointError) as caught:
        TextClassifier.from_preset(str(folder))
    assert named in str(caught.value)


@pytest.mark.parametrize(
    "model_type", ["roberta", "albert", "deberta-v2", "modernbert", "mobilebert", "xlm-roberta", 3]
)
def test_other_model_types_are_refused_by_name(model_type: Any, tmp_path: Path) -> None:
    folder, _, _ = made("electra_classifier", tmp_path)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"model_type": model_type}), encoding="utf-8")
    with pytest.raises(BertKerasError) as caught:
        TextClassifier.from_preset(str(folder))
    assert str(caught.value) == (
        f"{folder / 'config.json'}: model_type must be one of bert, distilbert, electra: other models compute "
        f"something else. Received: {model_type!r}"
    )


@pytest.mark.pytorch
@pytest.mark.parametrize("family", ["bert", *SHAPES])
@pytest.mark.parametrize("pairs", [False, True])
def test_transformers_computes_the_same_of_a_saved_classifier(
    family: str, pairs: bool, tmp_path: Path, build_classifier: Build
) -> None:
    shape = {"max_sequence_length": 100} | SHAPES.get(family, {})
    classifier = randomized(build_classifier(backbone=shape, labels=["a", "b", "c"], max_length=100))
    texts = {"texts": TEXTS} | ({"pairs": PAIRS} if pairs else {})
    expected = in_pytorch(save_hugging_face(classifier, tmp_path / "saved"), texts, tmp_path)
    inputs = classifier.preprocessor((TEXTS, PAIRS) if pairs else TEXTS)
    assert tuple(expected["labels"]) == classifier.labels
    close(classifier.logits(inputs), expected["logits"])


@pytest.mark.pytorch
@pytest.mark.parametrize("family", ["bert", *SHAPES])
def test_transformers_computes_the_same_of_a_saved_reader(family: str, tmp_path: Path, build_extractor: Build) -> None:
    windows = {"max_length": 100, "window_overlap": 0, "max_question_length": 44}
    shape = {"max_sequence_length": 100} | SHAPES.get(family, {})
    reader = randomized(build_extractor(backbone=shape, windows=windows))
    expected = in_pytorch(save_hugging_face(reader, tmp_path / "saved"), {"texts": TEXTS, "pairs": PAIRS}, tmp_path)
    width = expected["token_ids"].shape[1]
    inputs = {name: value.numpy()[:, :width] for name, value in reader.preprocessor((TEXTS, PAIRS)).items()}
    found, here = reader.logits(inputs), can_answer(inputs)
    for name in ("start", "end"):
        close(found[name].numpy()[here], expected[name][here], name)


@pytest.mark.pytorch
@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("family", ["bert", *SHAPES])
def test_transformers_computes_the_same_of_a_saved_masked_language_model(
    family: str, tied: bool, tmp_path: Path, build_masked_lm: Build
) -> None:
    model = randomized(build_masked_lm(backbone={"max_sequence_length": 100} | SHAPES.get(family, {}), tied=tied))
    expected = in_pytorch(save_hugging_face(model, tmp_path / "saved"), {"texts": TEXTS[:5]}, tmp_path)
    width = expected["token_ids"].shape[1]
    inputs = {name: value[:, :width] for name, value in model.preprocessor(TEXTS[:5]).items()}
    rows = expected["padding_mask"] == 1
    close(model.logits(inputs).numpy()[rows], expected["logits"][rows])


@pytest.mark.parametrize("variant", ["distilbert_masked_lm", "electra_masked_lm"])
def test_adapters_over_an_encoder_without_a_head_bring_its_dense_layer_and_nothing_is_warned_of(
    variant: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder, inputs, _ = made(variant, tmp_path)
    task = TextClassifier.from_preset(str(folder), labels=["a", "b"])
    task.adapt(str(folder), rank=2)
    task.save_to_preset(str(tmp_path / "adapter"))
    caplog.clear()
    loaded = TextClassifier.from_preset(str(tmp_path / "adapter"))
    assert not caplog.records
    np.testing.assert_allclose(loaded.logits(inputs), task.logits(inputs), rtol=0, atol=0.01)
