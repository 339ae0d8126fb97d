import json
import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoint_folders import write_classifier, write_span_extractor
from peft_side import ADDED, adapter, expected, in_peft, inputs, peft_model
from pytorch_side import TOLERANCE
from safetensors.numpy import save_file

from bert_keras import BertBackbone, TextClassifier
from bert_keras.checkpoints import bundled, encoder_fingerprint, kind, locate, read, save_hugging_face
from bert_keras.errors import InputError, LabelError
from bert_keras.models import SpanExtractor, TextClassifierPreprocessor, load_task, task_class

CLASSIFIERS = (
    "lora",
    "patterns",
    "rank_stabilized",
    "all_linear",
    "all_biases",
    "layers",
    "magnitudes",
    "embeddings",
    "tokens",
    "added_tokens",
    "saved_embeddings",
    "orthogonal",
    "bfloat16",
)


def logits(task: Any, given: dict[str, np.ndarray] | None = None) -> np.ndarray:
    return np.asarray(task(inputs() if given is None else given, training=False))


@pytest.mark.parametrize("variant", CLASSIFIERS)
def test_logits_of_a_classifier_equal_those_of_peft(variant: str, tmp_path: Path) -> None:
    folder = adapter(variant, tmp_path)
    assert kind(folder) == "peft"
    classifier = TextClassifier.from_preset(str(folder))
    known = expected(variant)
    np.testing.assert_allclose(logits(classifier), known["logits"], rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(logits(classifier), known["merged_logits"], rtol=0, atol=TOLERANCE)
    # The base alone, with the head of the adapter, is far from it.
    plain = TextClassifier.from_preset(str(tmp_path / "base"), labels=["a", "b"])
    assert len(plain.backbone.weights) == len(classifier.backbone.weights)
    if variant not in ADDED:
        shift = [
            np.abs(a - b).max()
            for a, b in zip(classifier.backbone.get_weights(), plain.backbone.get_weights(), strict=True)
        ]
        assert max(shift) > 0.1


def test_start_and_end_of_a_reader_equal_those_of_peft_which_hides_the_segments(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = adapter("questions", tmp_path)
    with caplog.at_level(logging.WARNING):
        found = SpanExtractor.from_preset(str(folder), max_length=20)(inputs(), training=False)
    said = [record.getMessage() for record in caplog.records if "segments" in record.getMessage()]
    assert len(said) == 1 and str(folder / "adapter_config.json") in said[0] and "set task_type to null" in said[0]
    known, merged = expected("questions"), dict[str, float]()
    for name in ("start", "end"):
        value = np.asarray(found[name])
        is_open = value > -1e8
        assert 0.1 < is_open.mean() < 1
        np.testing.assert_allclose(value[is_open], known[name][is_open], rtol=0, atol=TOLERANCE)
        merged[name] = np.abs(value - known[f"merged_{name}"])[is_open].max()
    assert min(merged.values()) > 0.01  # what the same weights compute where segments count


def test_segments_count_for_a_reader_without_a_task_type(tmp_path: Path) -> None:
    folder = adapter(
        "questions", tmp_path, task_type=None, auto_mapping={"base_model_class": "BertForQuestionAnswering"}
    )
    found = SpanExtractor.from_preset(str(folder), max_length=20)(inputs(), training=False)
    for name in ("start", "end"):
        value = np.asarray(found[name])
        is_open = value > -1e8
        np.testing.assert_allclose(
            value[is_open], expected("questions")[f"merged_{name}"][is_open], rtol=0, atol=TOLERANCE
        )


def test_an_encoder_with_an_adapter_has_no_head(tmp_path: Path) -> None:
    folder = adapter("features", tmp_path)
    found = np.asarray(BertBackbone.from_preset(str(folder))(inputs(), training=False)["sequence_output"])
    rows = inputs()["padding_mask"].astype(bool)
    np.testing.assert_allclose(found[rows], expected("features")["sequence_output"][rows], rtol=0, atol=TOLERANCE)
    with pytest.raises(LabelError, match="there is no trained classifier in it"):
        TextClassifier.from_preset(str(folder))


def test_labels_are_those_of_the_base_if_their_number_fits_and_the_user_may_rename_them(tmp_path: Path) -> None:
    folder = adapter("lora", tmp_path)
    assert TextClassifier.from_preset(str(folder)).labels == ("LABEL_0", "LABEL_1", "LABEL_2")
    renamed = TextClassifier.from_preset(str(folder), labels=["no", "maybe", "yes"])
    assert renamed.labels == ("no", "maybe", "yes")
    np.testing.assert_allclose(logits(renamed), expected("lora")["logits"], rtol=0, atol=TOLERANCE)
    path = tmp_path / "base" / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config |= {"problem_type": "multi_label_classification", "id2label": {"0": "a", "1": "b", "2": "c"}}
    path.write_text(json.dumps(config), encoding="utf-8")
    named = TextClassifier.from_preset(str(folder))
    assert (named.labels, named.task) == (("a", "b", "c"), "multi_label")
    config |= {"id2label": {"0": "a", "1": "b"}}  # of another head
    path.write_text(json.dumps(config), encoding="utf-8")
    unnamed = TextClassifier.from_preset(str(folder))
    assert (unnamed.labels, unnamed.task) == (("LABEL_0", "LABEL_1", "LABEL_2"), "single_label")


def test_the_tokenizer_is_the_adapters_if_it_holds_one(tmp_path: Path) -> None:
    folder = adapter("added_tokens", tmp_path)
    assert TextClassifierPreprocessor.from_preset(str(folder)).tokenizer.token_to_id("added1") == 41
    assert TextClassifierPreprocessor.from_preset(str(adapter("lora", tmp_path))).tokenizer.token_to_id("word34") == 39


def test_a_given_base_goes_before_the_one_that_is_named(tmp_path: Path) -> None:
    folder = adapter("lora", tmp_path, base_model_name_or_path="nobody/knows-it")
    base = str(tmp_path / "base")
    for classifier in (TextClassifier.from_preset(str(folder), base=base), load_task(str(folder), base=base)):
        np.testing.assert_allclose(logits(classifier), expected("lora")["logits"], rtol=0, atol=TOLERANCE)
    assert task_class(str(folder), base) is TextClassifier
    with pytest.raises(InputError, match=r"base: no adapter, and so without a base; leave --base \(base=\) out"):
        TextClassifier.from_preset(base, base=base, labels=["a", "b"])


@pytest.mark.parametrize("named", ["here", "../here"])
def test_a_relative_base_is_looked_for_from_here_and_then_from_the_adapter(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = adapter("lora", tmp_path, base_model_name_or_path=named)
    if named == "here":
        monkeypatch.chdir(tmp_path)
    (tmp_path / "base").rename(tmp_path / "here")
    np.testing.assert_allclose(
        logits(TextClassifier.from_preset(str(folder))), expected("lora")["logits"], rtol=0, atol=TOLERANCE
    )


def test_the_default_weights_stand_for_their_name_on_the_hub(tmp_path: Path, minilm_folder: Path) -> None:
    folder = adapter("lora", tmp_path, base_model_name_or_path="sentence-transformers/all-MiniLM-L6-v2")
    with pytest.raises(Exception, match="target_modules of adapter_config.json names have no tensors"):
        read(folder)  # which is over another base, but that one was found
    assert bundled.bundled_folder() == minilm_folder


def test_an_adapter_beside_a_model_is_applied_as_transformers_does_and_it_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = adapter("lora", tmp_path, base_model_name_or_path="someone/else")
    for file in (tmp_path / "base").iterdir():
        shutil.copy(file, folder)
    with caplog.at_level(logging.WARNING):
        classifier = TextClassifier.from_preset(str(folder))
        TextClassifier.from_preset(str(folder))
    np.testing.assert_allclose(logits(classifier), expected("lora")["logits"], rtol=0, atol=TOLERANCE)
    said = [record.getMessage() for record in caplog.records if "beside" in record.getMessage()]
    assert len(said) == 1 and said[0].startswith(f"{folder}: the adapter in adapter_config.json is applied")


def test_a_folder_of_a_run_may_hold_an_adapter(tmp_path: Path) -> None:
    folder = adapter("lora", tmp_path)
    (tmp_path / "run").mkdir()
    folder.rename(tmp_path / "run" / "model")
    assert locate(tmp_path / "run") == tmp_path / "run" / "model"


def test_the_head_is_the_bases_where_the_adapter_has_none(tmp_path: Path) -> None:
    base = write_classifier(tmp_path / "head")
    folder = tmp_path / "adapter"
    settings = {"target_modules": ["query"], "r": 2}
    write_adapter(folder, base, settings, {"bert.encoder.layer.0.attention.self.query": (8, 8), **LAYER_1})
    classifier = TextClassifier.from_preset(str(folder))
    plain = TextClassifier.from_preset(str(base))
    assert classifier.labels == plain.labels == ("no", "maybe", "yes")
    np.testing.assert_array_equal(classifier.output_dense.kernel, plain.output_dense.kernel)
    assert np.abs(logits(classifier, GIVEN) - logits(plain, GIVEN)).max() > 1e-3


def test_a_reader_over_a_classifier_has_only_its_own_head(tmp_path: Path) -> None:
    base = write_span_extractor(tmp_path / "reader")
    write_adapter(
        tmp_path / "adapter",
        base,
        {"target_modules": ["query"], "r": 2, "task_type": "FEATURE_EXTRACTION"},
        {"encoder.layer.0.attention.self.query": (8, 8), "encoder.layer.1.attention.self.query": (8, 8)},
    )
    assert "qa_outputs.weight" in read(base).tensors
    assert "qa_outputs.weight" not in read(tmp_path / "adapter").tensors


def test_merged_weights_are_the_same_to_the_last_bit_at_each_loading(tmp_path: Path) -> None:
    folder = str(adapter("patterns", tmp_path))
    first, second = (encoder_fingerprint(BertBackbone.from_preset(folder)) for _ in range(2))
    assert first == second


def test_adapters_of_ours_stand_over_the_merged_model(tmp_path: Path) -> None:
    folder, base = adapter("lora", tmp_path, base_model_name_or_path="nobody/knows-it"), str(tmp_path / "base")
    classifier = TextClassifier.from_preset(str(folder), base=base, labels=["a", "b", "c"])
    classifier.adapt(str(folder), rank=2, base_of_base=base)
    random = np.random.default_rng(0)
    for layer in classifier.backbone.transformer_layers:
        layer.low_rank("query").up.assign(random.normal(0, 0.3, (2, 16)).astype(np.float16))
    known = logits(classifier)
    assert np.abs(known - expected("lora")["logits"]).max() > 0.01
    classifier.save_to_preset(str(tmp_path / "ours"))
    loaded = TextClassifier.from_preset(str(tmp_path / "ours"))
    assert loaded.labels == ("a", "b", "c")
    np.testing.assert_allclose(logits(loaded), known, rtol=0, atol=2e-3)  # half precision of what was not rounded here
    (tmp_path / "base").rename(tmp_path / "moved")
    moved = TextClassifier.from_preset(str(tmp_path / "ours"), base=str(tmp_path / "moved"))
    np.testing.assert_allclose(logits(moved), logits(loaded), rtol=0, atol=1e-6)
    content = json.loads((tmp_path / "ours" / "adapter.json").read_text(encoding="utf-8"))
    assert (content["base"], content["base_of_base"]) == (str(folder), base)


def test_a_merged_model_is_saved_whole(tmp_path: Path) -> None:
    classifier = TextClassifier.from_preset(str(adapter("magnitudes", tmp_path)))
    classifier.save_to_preset(str(tmp_path / "own"))
    save_hugging_face(classifier, tmp_path / "hugging_face")
    for name in ("own", "hugging_face"):
        np.testing.assert_allclose(
            logits(TextClassifier.from_preset(str(tmp_path / name))), logits(classifier), rtol=0, atol=1e-6
        )


GIVEN = {
    "token_ids": np.array([[2, 5, 6, 9, 3], [2, 7, 3, 0, 0]]),
    "segment_ids": np.array([[0, 0, 1, 1, 1], [0] * 5]),
    "padding_mask": np.array([[1] * 5, [1, 1, 1, 0, 0]]),
}
LAYER_1 = {"bert.encoder.layer.1.attention.self.query": (8, 8)}


def write_adapter(folder: Path, base: Path, settings: dict[str, Any], modules: dict[str, tuple[int, int]]) -> None:
    """Writes an adapter of random values over some modules `[outputs, inputs]`."""
    folder.mkdir()
    random, rank = np.random.default_rng(0), settings["r"]
    tensors = {}
    for name, (outputs, inner) in modules.items():
        for part, shape in (("lora_A", (rank, inner)), ("lora_B", (outputs, rank))):
            tensors[f"base_model.model.{name}.{part}.weight"] = random.normal(0, 0.5, shape).astype(np.float32)
    save_file(tensors, folder / "adapter_model.safetensors")
    content = {"peft_type": "LORA", "lora_alpha": 4, "base_model_name_or_path": str(base)} | settings
    (folder / "adapter_config.json").write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.pytorch
@pytest.mark.parametrize("settings", [{"bias": "all"}, {"use_rslora": True, "modules_to_save": ["pooler"]}])
def test_transformers_applies_an_adapter_beside_a_model_to_the_same_effect(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    write_classifier(tmp_path / "model")
    write_classifier(tmp_path / "other", id2label={"0": "a", "1": "b", "2": "c"})
    (tmp_path / "settings.json").write_text(
        json.dumps({"task_type": "SEQ_CLS", "target_modules": ["query", "dense"], "r": 2} | settings)
    )
    peft_model("make", tmp_path / "other", tmp_path / "adapter", tmp_path / "settings.json")
    for file in (tmp_path / "adapter").iterdir():
        if file.name.startswith("adapter_"):
            shutil.copy(file, tmp_path / "model")
    np.savez(tmp_path / "inputs.npz", **GIVEN)
    peft_model("beside", tmp_path / "model", tmp_path / "inputs.npz", tmp_path / "outputs.npz")
    classifier = TextClassifier.from_preset(str(tmp_path / "model"))
    assert classifier.labels == ("no", "maybe", "yes")
    with np.load(tmp_path / "outputs.npz") as file:
        np.testing.assert_allclose(logits(classifier, GIVEN), file["logits"], rtol=0, atol=TOLERANCE)


@pytest.mark.pytorch
def test_peft_computes_the_same_today_as_in_the_committed_file(tmp_path: Path) -> None:
    folder = adapter("magnitudes", tmp_path)
    found = in_peft(folder, tmp_path / "base", inputs(), tmp_path)
    np.testing.assert_allclose(found["logits"], expected("magnitudes")["logits"], rtol=0, atol=TOLERANCE)
