import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoint_folders import cut, tensors, write_google, write_hugging_face
from huggingface_hub import constants
from peft_side import adapter, edit
from safetensors.numpy import load_file, save_file

from bert_keras import TextClassifier
from bert_keras.errors import BertKerasError, CheckpointError, PresetError
from bert_keras.models import SpanExtractor

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
WORDS = "base_model.model.bert.embeddings.word_embeddings"
QUERY = "base_model.model.bert.encoder.layer.0.attention.self.query"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return adapter("lora", tmp_path)


def message_of(error: type[BertKerasError], folder: Path, base: Path | None = None) -> str:
    """The one line that loading an adapter fails with."""
    with pytest.raises(error) as caught:
        TextClassifier.from_preset(str(folder), base=None if base is None else str(base))
    assert type(caught.value) is error
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def edit_tensors(folder: Path, **changes: Any) -> None:
    """Changes tensors, whose names are given without the module of the first query; `None` removes one."""
    stored = load_file(folder / WEIGHTS)
    for name, value in changes.items():
        full = name if name.startswith("base_model.") else f"{QUERY}.{name}"
        stored.pop(full, None)
        if value is not None:
            stored[full] = value
    save_file(stored, folder / WEIGHTS)


@pytest.mark.parametrize("kind", ["IA3", "ADALORA", "LOHA", "LOKR", "OFT", "BOFT", "VERA"])
def test_kinds_that_peft_merges_are_refused_with_the_way_to_merge_them(kind: str, folder: Path) -> None:
    edit(folder, peft_type=kind)
    message = message_of(CheckpointError, folder)
    assert f"{CONFIG}: peft_type must be LORA, the kind that is computed here exactly. Received: '{kind}'" in message
    assert "AutoPeftModelForSequenceClassification.from_pretrained(FOLDER, num_labels=N).merge_and_unload()" in message


@pytest.mark.parametrize("kind", ["PREFIX_TUNING", "PROMPT_TUNING", "XLORA", None, 3])
def test_other_kinds_are_refused_by_name(kind: Any, folder: Path) -> None:
    edit(folder, peft_type=kind)
    assert message_of(CheckpointError, folder).endswith(f"Received: {kind!r}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("use_bdlora", {"nblocks": 2}),
        ("use_qalora", True),
        ("alora_invocation_tokens", [3]),
        ("layer_replication", [[0, 1]]),
        ("target_parameters", ["weight"]),
        ("megatron_config", {"a": 1}),
        ("velora_config", {"scale": 1.0}),
        ("monteclora_config", {"num_samples": 8}),
        ("arrow_config", {"top_k": 3}),
        ("kasa_config", {"beta": 1.0}),
        ("a_setting_of_tomorrow", True),
    ],
)
def test_settings_that_may_change_the_numbers_are_refused_by_name(name: str, value: Any, folder: Path) -> None:
    edit(folder, **{name: value})
    assert f"{CONFIG}: {name} may change what the adapter computes, and is not computed here. Received: " in message_of(
        CheckpointError, folder
    )
    edit(folder, **{name: None})
    TextClassifier.from_preset(str(folder), load_weights=False)


@pytest.mark.parametrize("first", ["pissa", "pissa_niter_4", "olora", "PiSSA", "corda", "loftq", "lora_ga", 7])
def test_first_values_that_change_the_base_at_loading_are_refused(first: Any, folder: Path) -> None:
    edit(folder, init_lora_weights=first)
    message = message_of(CheckpointError, folder)
    assert (
        f"init_lora_weights changes the weights of the base when the adapter is loaded. Received: {first!r}" in message
    )
    assert "merge it where you have PEFT" in message


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"r": 0}, "r must be a whole number above 0. Received: 0"),
        ({"r": "4"}, "r must be a whole number above 0. Received: '4'"),
        ({"lora_alpha": None}, "lora_alpha must be a number. Received: None"),
        (
            {"rank_pattern": {"query": 0}},
            "rank_pattern must be an object of whole numbers above 0. Received: {'query': 0}",
        ),
        ({"alpha_pattern": [3]}, "alpha_pattern must be an object of numbers. Received: [3]"),
        ({"target_modules": None}, "target_modules must be names or a regular expression. Received: None"),
        ({"target_modules": "(query"}, "no valid regular expression (missing ), unterminated subpattern"),
        ({"rank_pattern": {"*": 3}}, "no valid regular expression (nothing to repeat"),
        (
            {"target_modules": ".*query", "layers_to_transform": [1]},
            "layers_to_transform needs a list of target_modules",
        ),
        ({"use_rslora": "yes"}, "use_rslora must be true or false. Received: 'yes'"),
        ({"trainable_token_indices": [-1]}, "trainable_token_indices must be token ids. Received: [-1]"),
        ({"task_type": "CAUSAL_LM"}, "task_type must be one of SEQ_CLS, QUESTION_ANS, TOKEN_CLS, FEATURE_EXTRACTION"),
        ({"base_model_name_or_path": 3}, "base_model_name_or_path must be a name or null. Received: 3"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(changes: dict[str, Any], part: str, folder: Path) -> None:
    edit(folder, **changes)
    assert f"{CONFIG}: {part}" in message_of(CheckpointError, folder)


@pytest.mark.parametrize(
    ("name", "kept", "error", "part"),
    [
        (WEIGHTS, 0.0, PresetError, f"no {WEIGHTS}. The folder holds: {CONFIG}"),
        (WEIGHTS, 0.5, CheckpointError, f"{WEIGHTS}: no whole safetensors file"),
        (CONFIG, 0.5, CheckpointError, f"{CONFIG}: no valid JSON"),
    ],
)
def test_broken_files_are_named(name: str, kept: float, error: type[BertKerasError], part: str, folder: Path) -> None:
    cut(folder / name, kept)
    assert part in message_of(error, folder)


def test_a_pickled_adapter_is_not_opened_and_the_way_to_convert_it_is_said(folder: Path) -> None:
    (folder / WEIGHTS).rename(folder / "adapter_model.bin")
    message = message_of(CheckpointError, folder)
    assert f"{folder / 'adapter_model.bin'}: the adapter is pickled" in message
    assert "s.save_file(torch.load('adapter_model.bin', weights_only=True), 'adapter_model.safetensors')" in message


NOWHERE = "base_model.model.bert.encoder.layer.9.attention.self.query.lora_A.weight"


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"lora_A.weight": np.zeros([3, 16])}, f"tensor {QUERY}.lora_A.weight has another shape than the base and the"),
        ({"lora_B.weight": np.zeros([8, 4])}, f"tensor {QUERY}.lora_B.weight has another shape than the base and the"),
        ({"lora_A.weight": None}, "the tensors of a module do not fit the settings of adapter_config.json. Received: "),
        (
            {"lora_A.weight": None, "lora_B.weight": None},
            "1 modules that target_modules of adapter_config.json names have no tensors, first encoder.layer.0.",
        ),
        ({"lora_B.bias": np.zeros([16])}, "the tensors of a module do not fit the settings of adapter_config.json"),
        (
            {"lora_magnitude_vector": np.zeros([16])},
            "the tensors of a module do not fit the settings of adapter_config",
        ),
        (
            {NOWHERE: np.zeros([4, 16])},
            f"a tensor fits no module of the base or none that {CONFIG} names. Received: {NOWHERE}",
        ),
        ({"ia3_l": np.zeros([4])}, "a tensor fits no module of the base or none that adapter_config.json names"),
        (
            {"base_model.model.bert.encoder.layer.0.attention.self.key.lora_A.weight": np.zeros([4, 16])},
            "a tensor fits no module of the base or none that adapter_config.json names. Received: ",
        ),
        (
            {"base_model.model.bert.pooler.original_module.dense.bias": np.zeros([16])},
            "a tensor fits no module of the base or none that adapter_config.json names",
        ),
        (
            {
                "base_model.model.bert.embeddings.word_embeddings.token_adapter.trainable_tokens_delta": np.zeros(
                    [2, 16]
                )
            },
            "a tensor fits no module of the base or none that adapter_config.json names",
        ),
        (
            {"base_model.model.classifier.weight": None},
            "neither the adapter nor its base has a tensor classifier.weight",
        ),
        ({"base_model.model.classifier.weight": np.zeros([3, 8])}, "tensor classifier.weight has another shape"),
    ],
)
def test_tensors_that_do_not_fit_are_named(changes: dict[str, Any], part: str, folder: Path) -> None:
    edit_tensors(folder, **changes)
    assert part in message_of(CheckpointError, folder)


def test_rows_of_tokens_must_be_those_that_are_named(tmp_path: Path) -> None:
    folder = adapter("tokens", tmp_path, trainable_token_indices=[3, 40, 5])
    assert (
        "trainable_token_indices names a row that bert.embeddings.word_embeddings does not have. Received: 40 of 40"
        in (message_of(CheckpointError, folder))
    )
    edit(folder, trainable_token_indices=[3, 4])
    assert (
        "trainable_tokens_delta has another shape than the base and the settings want. Received: (3, 16)"
        in message_of(CheckpointError, folder)
    )
    edit(folder, trainable_token_indices={"position_embeddings": [3]})
    assert "no rows for trainable_token_indices of position_embeddings" in message_of(CheckpointError, folder)


@pytest.mark.parametrize("settings", [{"use_dora": True}, {"lora_bias": True}])
def test_settings_that_want_tensors_that_are_not_there_are_refused(settings: dict[str, Any], folder: Path) -> None:
    edit(folder, **settings)
    assert "the tensors of a module do not fit the settings of adapter_config.json" in message_of(
        CheckpointError, folder
    )


def test_a_base_of_another_size_is_refused(folder: Path, tmp_path: Path) -> None:
    other = write_hugging_face(tmp_path / "other")
    message = message_of(CheckpointError, folder, other)
    assert "has another shape than the base and the settings want. Received: (" in message
    assert message.endswith("name the base that the adapter was trained over with --base (base=)")


def test_a_base_of_more_layers_is_refused(folder: Path, tmp_path: Path) -> None:
    other = write_hugging_face(tmp_path / "other", tensors(layers=3), num_hidden_layers=3)
    assert "2 modules that target_modules of adapter_config.json names have no tensors, first encoder.layer.2" in (
        message_of(CheckpointError, folder, other)
    )


def test_a_base_without_a_pooler_is_refused_for_peft_would_make_up_one(folder: Path, tmp_path: Path) -> None:
    weights = load_file(tmp_path / "base" / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if "pooler" not in name}
    save_file(kept, tmp_path / "base" / "model.safetensors")
    message = message_of(CheckpointError, folder)
    assert (
        "neither the adapter nor its base has a tensor pooler.dense.weight, which PEFT gives new random values"
        in message
    )


@pytest.mark.parametrize(
    ("named", "part"),
    [
        (None, "base_model_name_or_path is empty; name the model that the adapter was trained over with --base FOLDER"),
        ("", "base_model_name_or_path is empty; name the model that the adapter was trained over with --base FOLDER"),
        ("/not/there", "base_model_name_or_path is no folder, seen from"),
        ("../not/there", "base_model_name_or_path is no folder, seen from"),
        ("nobody/knows-it", "base_model_name_or_path is neither a folder, seen from"),
    ],
)
def test_a_base_that_is_not_found_may_be_given(
    named: str | None, part: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    edit(folder, base_model_name_or_path=named)
    message = message_of(PresetError, folder)
    assert f"{folder / CONFIG}: {part}" in message
    assert "(base=)" in message


def test_a_base_must_be_a_whole_model_of_hugging_face(folder: Path, tmp_path: Path) -> None:
    google = write_google(tmp_path / "google", tensors())
    for base, what in ((folder, "an adapter itself"), (google, "in another format")):
        message = message_of(CheckpointError, folder, base)
        assert "the base of a PEFT adapter must be a whole model in a Hugging Face folder" in message
        assert f"Received: {base}, {what}; save it as one with bert_keras.checkpoints.save_hugging_face" in message


@pytest.mark.parametrize("architecture", ["BertForMaskedLM", "BertModel"])
def test_a_head_that_may_be_of_texts_or_of_tokens_is_refused(architecture: str, folder: Path, tmp_path: Path) -> None:
    edit(folder, task_type=None, auto_mapping=None)
    path = tmp_path / "base" / "config.json"
    config = json.loads(path.read_text(encoding="utf-8")) | {"architectures": [architecture]}
    path.write_text(json.dumps(config), encoding="utf-8")
    message = message_of(CheckpointError, folder)
    assert "neither task_type nor auto_mapping says what the adapter was trained for" in message
    assert "set it to SEQ_CLS, QUESTION_ANS, TOKEN_CLS or FEATURE_EXTRACTION" in message


def test_a_head_is_not_read_as_one_of_another_task(tmp_path: Path) -> None:
    folder = adapter("lora", tmp_path)
    with pytest.raises(CheckpointError, match="there is no trained span extractor in it"):
        SpanExtractor.from_preset(str(folder))
    edit(folder, task_type="QUESTION_ANS")
    assert "a tensor fits no module of the base or none that adapter_config.json names" in message_of(
        CheckpointError, folder
    )
