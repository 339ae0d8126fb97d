import logging
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from checkpoint_folders import (
    VOCABULARY,
    Tensors,
    difference,
    outputs,
    tensors,
    write_classifier,
    write_hugging_face,
    write_json as write,
    write_span_extractor,
)
from safetensors.numpy import save_file

from bert_keras import BertBackbone, TextClassifier
from bert_keras.checkpoints import kind, locate, read
from bert_keras.models import SpanExtractor

FRESH = {"labels": ["no", "yes"]}


def write_shards(folder: Path, weights: Tensors, count: int) -> None:
    """Replaces model.safetensors by shards and their index."""
    (folder / "model.safetensors").unlink()
    weight_map = {
        name: f"model-{place % count + 1:05}-of-{count:05}.safetensors" for place, name in enumerate(sorted(weights))
    }
    for shard in set(weight_map.values()):
        save_file({name: weights[name] for name, place in weight_map.items() if place == shard}, folder / shard)
    write(folder / "model.safetensors.index.json", {"metadata": {}, "weight_map": weight_map})


def write_tokenizer_json(folder: Path, normalizer: dict[str, Any] | None) -> None:
    vocabulary = {token: place for place, token in enumerate(VOCABULARY)}
    write(folder / "tokenizer.json", {"normalizer": normalizer, "model": {"type": "WordPiece", "vocab": vocabulary}})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_hugging_face(tmp_path / "plain")


@pytest.fixture
def expected(folder: Path) -> dict[str, np.ndarray]:
    return outputs(BertBackbone.from_preset(str(folder)))


def test_a_folder_is_recognised_by_its_configuration(folder: Path) -> None:
    assert locate(folder) == folder
    assert kind(folder) == "hugging_face"


def test_every_setting_of_the_configuration_is_followed(tmp_path: Path) -> None:
    own: dict[str, Any] = {
        "hidden_act": "relu",
        "hidden_dropout_prob": 0.2,
        "attention_probs_dropout_prob": 0.3,
        "type_vocab_size": 2,
        "layer_norm_eps": 1e-3,
        "initializer_range": 0.05,
    }
    backbone = BertBackbone.from_preset(str(write_hugging_face(tmp_path / "own", **own)))
    assert (backbone.activation, backbone.dropout, backbone.attention_dropout) == ("relu", 0.2, 0.3)
    assert (backbone.num_segments, backbone.max_sequence_length) == (2, 12)
    assert (backbone.layer_norm_epsilon, backbone.initializer_range) == (1e-3, 0.05)
    assert (backbone.vocabulary_size, backbone.num_layers, backbone.num_heads) == (len(VOCABULARY), 2, 2)
    assert (backbone.hidden_dim, backbone.intermediate_dim) == (8, 16)


def test_settings_that_are_left_out_are_those_of_transformers(folder: Path) -> None:
    backbone = BertBackbone.from_preset(str(folder))
    assert (backbone.activation, backbone.dropout, backbone.attention_dropout, backbone.num_segments) == (
        "gelu",
        0.1,
        0.1,
        2,
    )
    assert (backbone.layer_norm_epsilon, backbone.initializer_range) == (1e-12, 0.02)


def test_the_prefix_bert_changes_nothing(folder: Path, expected: dict[str, np.ndarray], tmp_path: Path) -> None:
    prefixed = write_hugging_face(tmp_path / "prefixed", {f"bert.{name}": tensor for name, tensor in tensors().items()})
    assert difference(outputs(BertBackbone.from_preset(str(prefixed))), expected) == 0.0


def test_shards_are_read_like_one_file(folder: Path, expected: dict[str, np.ndarray]) -> None:
    write_shards(folder, tensors(), count=3)
    assert difference(outputs(BertBackbone.from_preset(str(folder))), expected) == 0.0


def test_a_shard_outside_of_the_folder_is_not_read(folder: Path, tmp_path: Path) -> None:
    (folder / "model.safetensors").rename(tmp_path / "elsewhere.safetensors")
    write(
        folder / "model.safetensors.index.json",
        {"weight_map": {name: "../elsewhere.safetensors" for name in tensors()}},
    )
    with pytest.raises(ValueError, match=r"no elsewhere\.safetensors"):
        BertBackbone.from_preset(str(folder))


def test_layer_norms_under_their_old_names_are_read(expected: dict[str, np.ndarray], tmp_path: Path) -> None:
    old = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    renamed = {}
    for name, tensor in tensors().items():
        for new, former in old.items():
            name = name.replace(new, former)
        renamed[name] = tensor
    assert sum(name.endswith("gamma") for name in renamed) == 5
    former_folder = write_hugging_face(tmp_path / "old", renamed)
    assert difference(outputs(BertBackbone.from_preset(str(former_folder))), expected) == 0.0


@pytest.mark.parametrize("dtype", [ml_dtypes.bfloat16, np.float16, np.float64])
def test_weights_of_another_precision_are_read_as_the_numbers_they_hold(
    dtype: Any, folder: Path, tmp_path: Path
) -> None:
    rounded = {name: tensor.astype(dtype) for name, tensor in tensors().items()}
    low = write_hugging_face(tmp_path / "low", rounded)
    same = write_hugging_face(tmp_path / "same", {name: tensor.astype(np.float32) for name, tensor in rounded.items()})
    found = outputs(BertBackbone.from_preset(str(low)))
    assert difference(found, outputs(BertBackbone.from_preset(str(same)))) == 0.0
    assert found["sequence_output"].dtype == np.float32


def test_heads_and_buffers_beside_the_encoder_are_left_out(expected: dict[str, np.ndarray], tmp_path: Path) -> None:
    others: Tensors = {
        "embeddings.position_ids": np.arange(12)[None],
        "cls.predictions.bias": np.zeros(10, np.float32),
        "cls.seq_relationship.weight": np.zeros((2, 8), np.float32),
        "qa_outputs.weight": np.zeros((2, 8), np.float32),
    }
    busy = write_hugging_face(tmp_path / "busy", tensors() | others)
    assert difference(outputs(BertBackbone.from_preset(str(busy))), expected) == 0.0


def test_a_backbone_without_a_pooler_has_no_pooled_output(expected: dict[str, np.ndarray], tmp_path: Path) -> None:
    backbone = BertBackbone.from_preset(str(write_hugging_face(tmp_path / "bare", tensors(pooler=False))))
    found = outputs(backbone)
    assert not backbone.pooler
    assert list(found) == ["sequence_output"]
    np.testing.assert_array_equal(found["sequence_output"], expected["sequence_output"])


def test_a_classifier_on_a_checkpoint_without_a_pooler_gets_a_fresh_one_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write_hugging_face(tmp_path / "bare", tensors(pooler=False))
    with caplog.at_level(logging.WARNING):
        classifier = TextClassifier.from_preset(str(folder), **FRESH)
    assert [f"{folder} has no pooler" in record.message for record in caplog.records] == [True]
    kernel = np.asarray(classifier.backbone.pooled_dense.kernel)
    assert 0.005 < kernel.std() < 0.04  # the initializer_range of the configuration is 0.02


def test_weights_stay_random_where_they_are_not_asked_for(folder: Path, expected: dict[str, np.ndarray]) -> None:
    assert difference(outputs(BertBackbone.from_preset(str(folder), load_weights=False)), expected) > 0.1


def test_the_vocabulary_may_come_from_a_tokenizer_json_alone(folder: Path) -> None:
    (folder / "vocab.txt").unlink()
    write_tokenizer_json(folder, None)
    assert read(folder).tokenizer["vocabulary"] == list(VOCABULARY)


@pytest.mark.parametrize(
    ("config", "normalizer", "lowercase", "strip_accents"),
    [
        ({"do_lower_case": True}, None, True, True),
        ({"do_lower_case": False}, None, False, False),
        ({"do_lower_case": True, "strip_accents": False}, None, True, False),
        ({"do_lower_case": False}, {"lowercase": True, "strip_accents": True}, False, True),
        (None, {"lowercase": False, "strip_accents": True}, False, True),
        (None, {"lowercase": True, "strip_accents": None}, True, True),
        ({}, None, True, True),
    ],
)
def test_casing_comes_from_the_tokenizers_files(
    config: dict[str, Any] | None,
    normalizer: dict[str, Any] | None,
    lowercase: bool,
    strip_accents: bool,
    folder: Path,
) -> None:
    (folder / "tokenizer_config.json").unlink()
    if config is not None:
        write(folder / "tokenizer_config.json", config)
    if normalizer is not None:
        write_tokenizer_json(folder, normalizer)
    tokenizer = TextClassifier.from_preset(str(folder), **FRESH).preprocessor.tokenizer
    assert (tokenizer.lowercase, tokenizer.strip_accents) == (lowercase, strip_accents)
    spelled = tokenizer.get_vocabulary()[int(tokenizer.tokenize("Café")[0])]
    assert spelled == ("[UNK]" if not lowercase else "cafe" if strip_accents else "café")


def test_a_vocabulary_with_capitals_is_guessed_to_be_cased(folder: Path) -> None:
    (folder / "tokenizer_config.json").unlink()
    (folder / "vocab.txt").write_text("\n".join([*VOCABULARY[:-1], "Berlin"]) + "\n", encoding="utf-8")
    assert read(folder).tokenizer["lowercase"] is False


def test_embeddings_padded_for_the_hardware_may_have_more_rows_than_the_vocabulary(tmp_path: Path) -> None:
    weights = tensors()
    words = weights["embeddings.word_embeddings.weight"]
    weights["embeddings.word_embeddings.weight"] = np.concatenate([words, np.zeros([6, 8], np.float32)])
    backbone = BertBackbone.from_preset(str(write_hugging_face(tmp_path / "padded", weights, vocab_size=16)))
    assert backbone.vocabulary_size == 16


def test_a_classifier_has_the_labels_and_the_dropout_of_its_configuration(tmp_path: Path) -> None:
    labels = {"0": "nein", "1": "vielleicht", "2": "ja"}
    folder = write_classifier(tmp_path / "c", id2label=labels, classifier_dropout=0.25)
    classifier = TextClassifier.from_preset(str(folder))
    assert classifier.labels == ("nein", "vielleicht", "ja")
    assert classifier.dropout == 0.25
    np.testing.assert_array_equal(np.asarray(classifier.output_dense.kernel), tensors(labels=3)["classifier.weight"].T)


def test_a_classifier_without_names_for_its_labels_numbers_them_like_transformers(tmp_path: Path) -> None:
    classifier = TextClassifier.from_preset(
        str(write_classifier(tmp_path / "c", id2label=None, hidden_dropout_prob=0.4))
    )
    assert classifier.labels == ("LABEL_0", "LABEL_1", "LABEL_2")
    assert classifier.dropout == 0.4  # of the hidden states, where none is given for the head


@pytest.mark.parametrize(
    ("count", "config", "task", "labels"),
    [
        (2, {"problem_type": "single_label_classification"}, "single_label", ("LABEL_0", "LABEL_1")),
        (
            2,
            {"problem_type": "multi_label_classification", "id2label": {"0": "a", "1": "b"}},
            "multi_label",
            ("a", "b"),
        ),
        (1, {"problem_type": "multi_label_classification", "id2label": {"0": "spam"}}, "multi_label", ("spam",)),
        (2, {"problem_type": None}, "single_label", ("LABEL_0", "LABEL_1")),
        (1, {"problem_type": "regression", "id2label": {"0": "LABEL_0"}}, "regression", ()),
        (1, {"problem_type": None}, "multi_label", ("LABEL_0",)),
    ],
)
def test_the_problem_type_says_the_task_and_a_single_output_is_a_probability(
    count: int, config: dict[str, Any], task: str, labels: tuple[str, ...], tmp_path: Path
) -> None:
    weights = tensors(labels=count)
    classifier = TextClassifier.from_preset(
        str(write_classifier(tmp_path / "c", weights, **({"id2label": None} | config)))
    )
    assert (classifier.task, classifier.labels) == (task, labels)
    np.testing.assert_array_equal(np.asarray(classifier.output_dense.kernel), weights["classifier.weight"].T)


def test_a_model_that_pickled_weights_lie_beside_is_read_from_its_safetensors(
    folder: Path, expected: dict[str, np.ndarray]
) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04never unpickled")
    assert difference(outputs(BertBackbone.from_preset(str(folder))), expected) == 0.0


def test_a_loaded_backbone_may_be_given_another_data_type(folder: Path, expected: dict[str, np.ndarray]) -> None:
    backbone = BertBackbone.from_preset(str(folder), dtype="mixed_bfloat16")
    found = outputs(backbone)["pooled_output"]
    assert found.dtype == ml_dtypes.bfloat16
    assert 0 < np.abs(found.astype(np.float32) - expected["pooled_output"]).max() < 0.1


def test_a_model_for_question_answering_is_read_with_its_head_and_without_a_pooler(tmp_path: Path) -> None:
    weights = tensors(pooler=False, spans=True)
    extractor = SpanExtractor.from_preset(str(write_span_extractor(tmp_path / "reader")))
    np.testing.assert_array_equal(extractor.output_dense.kernel, weights["qa_outputs.weight"].T)
    np.testing.assert_array_equal(extractor.output_dense.bias, weights["qa_outputs.bias"])
    assert extractor.backbone.pooled_dense is None
    assert extractor.preprocessor.settings == {"max_length": 12, "window_overlap": 4, "max_question_length": 2}


def test_a_pooler_beside_a_head_for_question_answering_is_left_out(
    tmp_path: Path, expected: dict[str, np.ndarray]
) -> None:
    folder = write_span_extractor(tmp_path / "reader", tensors(spans=True))
    found = outputs(SpanExtractor.from_preset(str(folder)).backbone)
    assert list(found) == ["sequence_output"]
    np.testing.assert_array_equal(found["sequence_output"], expected["sequence_output"])


def test_an_encoder_of_a_model_for_question_answering_starts_a_classifier(
    tmp_path: Path, expected: dict[str, np.ndarray], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        classifier = TextClassifier.from_preset(str(write_span_extractor(tmp_path / "reader")), **FRESH)
    assert "has no pooler" in caplog.text
    np.testing.assert_array_equal(outputs(classifier.backbone)["sequence_output"], expected["sequence_output"])
