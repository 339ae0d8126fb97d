import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoint_folders import (
    CONFIG,
    SPAN_EXTRACTOR,
    VOCABULARY,
    cut,
    tensors,
    write_classifier,
    write_google,
    write_hugging_face,
    write_span_extractor,
    write_vocabulary,
)

from bert_keras import BertBackbone, TextClassifier
from bert_keras.errors import BertKerasError, CheckpointError, LabelError, PresetError, VocabularyError
from bert_keras.models import SpanExtractor


def error_of(error: type[BertKerasError], preset: Path | str, **given: Any) -> str:
    """Returns the one line that loading a preset fails with."""
    with pytest.raises(error) as caught:
        TextClassifier.from_preset(str(preset), **given)
    assert type(caught.value) is error
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_classifier(tmp_path / "model")


@pytest.mark.parametrize(
    ("name", "looked_for", "held"),
    [
        ("config.json", "config.json or bert_config.json", "model.safetensors, tokenizer_config.json, vocab.txt"),
        ("vocab.txt", "vocab.txt or tokenizer.json", "config.json, model.safetensors, tokenizer_config.json"),
        (
            "model.safetensors",
            "model.safetensors or model.safetensors.index.json",
            "config.json, tokenizer_config.json, vocab.txt",
        ),
    ],
)
def test_a_file_that_is_not_there_is_named_with_what_is(name: str, looked_for: str, held: str, folder: Path) -> None:
    (folder / name).unlink()
    assert error_of(PresetError, folder) == f"{folder}: no {looked_for}. The folder holds: {held}"


def test_of_many_files_only_a_few_are_listed(folder: Path) -> None:
    (folder / "config.json").unlink()
    for number in range(30):
        (folder / f"checkpoint-{number:02}").mkdir()
    message = error_of(PresetError, folder)
    assert "checkpoint-00/, checkpoint-01/" in message
    assert message.endswith(" and 21 more")


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    assert error_of(PresetError, tmp_path).endswith("The folder holds: nothing")


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.ckpt"])
def test_pickled_weights_are_never_read(name: str, folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / name)
    message = error_of(CheckpointError, folder)
    assert message.startswith(f"{folder}: the weights are pickled ({name})")
    assert "save_pretrained('NEW'" in message


@pytest.mark.parametrize("kept", [0.99, 0.5, 0.001])
def test_a_safetensors_file_that_was_cut_short_is_named_with_its_size(kept: float, folder: Path) -> None:
    cut(folder / "model.safetensors", kept)
    size = (folder / "model.safetensors").stat().st_size
    message = error_of(CheckpointError, folder)
    assert message.startswith(f"{folder / 'model.safetensors'}: no whole safetensors file")
    assert message.endswith(f"Received: {size:,} bytes; copy or download it again")


@pytest.mark.parametrize("weight_map", ['{"a": "model-1.safetensors"}', "{}", "[]", '{"a": 3}'])
def test_an_index_whose_shards_are_not_there_is_named(weight_map: str, folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(f'{{"weight_map": {weight_map}}}', encoding="utf-8")
    message = error_of(PresetError, folder)
    assert message.startswith(f"{folder}: no ")
    assert "that model.safetensors.index.json names. The folder holds: config.json" in message


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json", "model.safetensors.index.json"])
@pytest.mark.parametrize("content", [b"{", b"", b"\xff\xfe", b"[" * 100_000, b"[]"])
def test_a_file_that_is_no_json_object_is_named(name: str, content: bytes, folder: Path) -> None:
    if name.startswith("model"):
        (folder / "model.safetensors").unlink()
    (folder / name).write_bytes(content)
    problem = "expected a JSON object. Received: list" if content == b"[]" else "no valid JSON"
    assert error_of(CheckpointError, folder).startswith(f"{folder / name}: {problem}")


@pytest.mark.parametrize(
    ("setting", "value", "problem"),
    [
        ("is_decoder", True, "must be False for a BERT encoder. Received: True"),
        ("position_embedding_type", "relative_key", "must be 'absolute' for a BERT encoder. Received: 'relative_key'"),
        ("hidden_size", "8", "must be a whole number above 0. Received: '8'"),
        ("hidden_size", None, "must be a whole number above 0. Received: None"),
        ("num_hidden_layers", 0, "must be a whole number above 0. Received: 0"),
        ("num_attention_heads", 2.0, "must be a whole number above 0. Received: 2.0"),
        ("type_vocab_size", True, "must be a whole number above 0. Received: True"),
        ("hidden_dropout_prob", "none", "must be a number from 0 to 1. Received: 'none'"),
        ("attention_probs_dropout_prob", 7, "must be a number from 0 to 1. Received: 7"),
        ("classifier_dropout", -0.5, "must be a number from 0 to 1. Received: -0.5"),
        ("layer_norm_eps", "1e-12", "must be a number from 0 to 1. Received: '1e-12'"),
        ("hidden_act", ["gelu"], "must be a name. Received: ['gelu']"),
    ],
)
def test_a_setting_that_no_bert_has_is_named(setting: str, value: Any, problem: str, tmp_path: Path) -> None:
    folder = write_classifier(tmp_path / "model", **{setting: value})
    assert error_of(CheckpointError, folder) == f"{folder / 'config.json'}: {setting} {problem}"


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"hidden_act": "xielu"}, "unknown activation. Received: 'xielu'; known are gelu, "),
        ({"num_attention_heads": 3}, "3 attention heads do not divide a hidden size of 8"),
        (
            {"vocab_size": 11},
            "vocabulary and configuration differ. Received: 10 tokens, vocab_size 11; use the vocabulary that",
        ),
        ({"vocab_size": 9}, "vocabulary and configuration differ. Received: 10 tokens, vocab_size 9"),
        (
            {"vocab_size": 16},
            "tensor embeddings.word_embeddings.weight has another shape. Received: (10, 8), expected (16, 8)",
        ),
        ({"num_hidden_layers": 1}, "16 tensors that this BERT has no place for, first encoder.layer.1."),
        ({"num_hidden_layers": 3}, "16 of 55 tensors are missing, first encoder.layer.2.attention.self.query.weight"),
        (
            {"intermediate_size": 24},
            "tensor encoder.layer.0.intermediate.dense.weight has another shape. Received: (16, 8)",
        ),
        ({"id2label": {"0": "no", "1": "yes"}}, "id2label does not fit the head"),
        ({"id2label": {"0": "no", "1": "no", "2": "yes"}}, "id2label names several outputs the same"),
        ({"id2label": ["no", "maybe", "yes"]}, "id2label does not fit the head"),
        (
            {"problem_type": "regression"},
            "a head must choose one label among several, or any of its labels, or give a single number. "
            "Received: problem_type 'regression', 3 outputs",
        ),
        ({"problem_type": "token_classification"}, "a head must choose"),
    ],
)
def test_a_configuration_that_does_not_fit_its_files_is_named(
    config: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    folder = write_classifier(tmp_path / "model", **config)
    assert error_of(CheckpointError, folder).startswith(f"{folder}: {problem}")


def test_an_unknown_activation_of_google_is_named(tmp_path: Path) -> None:
    folder = write_google(tmp_path / "google", tensors(), hidden_act="xielu")
    assert error_of(CheckpointError, folder, labels=["a", "b"]).startswith(
        f"{folder}: unknown activation. Received: 'xielu'"
    )


@pytest.mark.parametrize(
    "name", ["embeddings.LayerNorm.weight", "encoder.layer.1.output.dense.bias", "pooler.dense.bias"]
)
def test_a_tensor_that_is_missing_is_named(name: str, tmp_path: Path) -> None:
    weights = tensors(labels=3)
    del weights[name]
    folder = write_classifier(tmp_path / "model", weights)
    assert error_of(CheckpointError, folder).startswith(
        f"{folder}: 1 of 39 tensors are missing, first {name}. Received: 40 tensors"
    )


def test_a_classifier_without_a_head_is_named(tmp_path: Path) -> None:
    folder = write_classifier(tmp_path / "model", tensors())
    assert error_of(CheckpointError, folder).endswith("but there is no tensor classifier.weight")


def test_one_output_is_no_choice_between_labels(tmp_path: Path) -> None:
    problem = {"id2label": {"0": "score"}, "problem_type": "single_label_classification"}
    folder = write_classifier(tmp_path / "model", tensors(labels=1), **problem)
    assert "a head must choose one label among several" in error_of(CheckpointError, folder)


def test_a_tensor_of_another_shape_is_named(tmp_path: Path) -> None:
    weights = tensors(labels=3) | {"pooler.dense.bias": np.zeros(9, np.float32)}
    folder = write_classifier(tmp_path / "model", weights)
    problem = "tensor pooler.dense.bias has another shape. Received: (9,), expected (8,)"
    assert error_of(CheckpointError, folder) == f"{folder}: {problem}"


@pytest.mark.parametrize(
    ("content", "error", "problem"),
    [
        (b"\xff\n", VocabularyError, "vocab.txt, line 1: not UTF-8"),
        (b"", VocabularyError, "the vocabulary has no [PAD], [UNK], [CLS], [SEP], [MASK]"),
        (
            "\n".join(("[cls]", *VOCABULARY[:2], *VOCABULARY[3:])).encode(),
            VocabularyError,
            "the vocabulary has no [CLS]",
        ),
    ],
)
def test_a_vocabulary_that_cannot_serve_is_named(
    content: bytes, error: type[BertKerasError], problem: str, folder: Path
) -> None:
    (folder / "vocab.txt").write_bytes(content)
    message = error_of(error, folder)
    assert message.startswith(str(folder))
    assert problem in message


def test_a_vocabulary_of_another_model_is_named(folder: Path) -> None:
    write_vocabulary(folder / "vocab.txt", (*VOCABULARY, "more"))
    assert error_of(CheckpointError, folder).startswith(
        f"{folder}: vocabulary and configuration differ. Received: 11 tokens, vocab_size 10"
    )


def test_a_token_without_a_row_in_the_embedding_is_refused(folder: Path) -> None:
    (folder / "tokenizer_config.json").write_text('{"additional_special_tokens": ["[E1]"]}', encoding="utf-8")
    message = error_of(CheckpointError, folder)
    assert message.startswith(f"{folder}: vocabulary and configuration differ. Received: 11 tokens, vocab_size 10; ")
    assert "remove the tokens that were added after training, or resize the embedding" in message


def test_a_tokenizer_that_is_not_supported_is_named(folder: Path) -> None:
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "BertJapaneseTokenizer"}', encoding="utf-8")
    assert "a tokenizer of class BertJapaneseTokenizer, which splits words with MeCab" in error_of(
        CheckpointError, folder
    )


def test_rules_that_are_not_supported_are_named_with_their_file(folder: Path) -> None:
    vocabulary = {token: place for place, token in enumerate(VOCABULARY)}
    content = {
        "normalizer": {"type": "Precompiled", "precompiled_charsmap": ""},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
        "model": {"type": "WordPiece", "vocab": vocabulary},
    }
    (folder / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}', encoding="utf-8")
    message = error_of(CheckpointError, folder)
    assert message.startswith(f"{folder / 'tokenizer.json'}: a normalizer of type Precompiled is not supported")


def test_a_tokenizer_json_of_another_kind_is_named(folder: Path) -> None:
    (folder / "vocab.txt").unlink()
    (folder / "tokenizer.json").write_text('{"model": {"type": "BPE", "vocab": {"a": 0}}}', encoding="utf-8")
    assert "not a WordPiece vocabulary" in error_of(VocabularyError, folder)


@pytest.mark.parametrize("load", [BertBackbone.from_preset, TextClassifier.from_preset])
@pytest.mark.parametrize(("name", "what"), [("notes.txt", "a file"), ("nothing", "no folder and no known name")])
def test_what_is_no_folder_is_met_with_what_may_be_named(
    load: Callable[[str], object], name: str, what: str, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("no model", encoding="utf-8")
    with pytest.raises(PresetError) as caught:
        load(str(tmp_path / name))
    assert str(caught.value).startswith(f"{tmp_path / name}: {what}. Name a folder with a BERT")
    assert "minilm_l6_en_uncased, " in str(caught.value)
    assert "bert_base_en_uncased" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_checkpoint_without_a_classifier_asks_for_labels(tmp_path: Path) -> None:
    folder = write_hugging_face(tmp_path / "plain")
    assert error_of(LabelError, folder).startswith(f"{folder}: there is no trained classifier in it")


def test_another_number_of_labels_than_the_checkpoint_has_is_refused(folder: Path) -> None:
    message = error_of(LabelError, folder, labels=["no", "yes"])
    assert message.startswith(
        f"{folder}: the classifier has 3 labels ['no', 'maybe', 'yes']. Received: 2, ['no', 'yes']"
    )
    assert message.endswith("add new_head=True")


def test_a_configuration_that_lacks_a_size_is_named(folder: Path) -> None:
    config = {name: value for name, value in CONFIG.items() if name != "intermediate_size"}
    (folder / "config.json").write_text(str(config).replace("'", '"'), encoding="utf-8")
    assert error_of(CheckpointError, folder).endswith(
        "intermediate_size must be a whole number above 0. Received: None"
    )


def test_a_model_for_question_answering_whose_head_is_missing_is_refused(tmp_path: Path) -> None:
    folder = write_hugging_face(tmp_path / "reader", **SPAN_EXTRACTOR)
    with pytest.raises(
        CheckpointError, match="config.json says BertForQuestionAnswering, but there is no tensor qa_outputs.weight"
    ):
        SpanExtractor.from_preset(str(folder))


def test_a_head_of_another_shape_or_without_its_bias_is_refused(tmp_path: Path) -> None:
    weights = tensors(pooler=False, spans=True)
    of_three = weights | {"qa_outputs.weight": np.zeros((3, 8), np.float32)}
    without_bias = {name: tensor for name, tensor in weights.items() if name != "qa_outputs.bias"}
    for given, part in (
        (of_three, r"tensor qa_outputs.weight has another shape. Received: \(3, 8\)"),
        (without_bias, "qa_outputs.bias"),
    ):
        folder = write_span_extractor(tmp_path / "reader", given)
        with pytest.raises(CheckpointError, match=part) as caught:
            SpanExtractor.from_preset(str(folder))
        assert str(caught.value).startswith(str(folder))
        assert "\n" not in str(caught.value)
