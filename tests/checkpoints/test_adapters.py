import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoint_folders import cut, difference, outputs, tensors, write_google, write_hugging_face, write_span_extractor
from safetensors.numpy import load_file, save_file

from bert_keras import BertBackbone, TextClassifier
from bert_keras.checkpoints import encoder_fingerprint, kind, locate, save_hugging_face, task_of
from bert_keras.errors import BertKerasError, CheckpointError, InputError, PresetError
from bert_keras.models import SpanExtractor
from bert_keras.models.low_rank import low_rank_of

Build = Callable[..., SpanExtractor]
QUESTIONS, CONTEXTS = ["the film ?", ""], ["the film was good . " * 3, "café"]
WINDOWS = {"max_length": 20, "window_overlap": 5, "max_question_length": 4}
# [CLS] question [SEP] context [SEP], and padding.
TOKENS = np.array([[2, 5, 6, 3, 7, 9, 5, 8, 6, 3], [2, 9, 3, 5, 3, 0, 0, 0, 0, 0]])
INPUTS = {
    "token_ids": TOKENS,
    "segment_ids": np.array([[0] * 4 + [1] * 6, [0] * 3 + [1, 1] + [0] * 5]),
    "padding_mask": (TOKENS != 0).astype(np.int32),
}
SETTINGS = {"null_threshold": -1.5, "n_best": 3, "max_answer_tokens": 9, "part_words": True, "across_paragraphs": True}


def train(task: Any, seed: int = 0) -> None:
    """Gives all that adapters keep other values, such as half precision holds."""
    random = np.random.default_rng(seed)
    for name, tensor in task.adapter().tensors.items():
        value = tensor + random.normal(0, 0.3, tensor.shape)
        variable_of(task, name).assign(value.astype(np.float16))


def variable_of(task: Any, name: str) -> Any:
    layer, _, part = name.rpartition(".")
    named = {"head": task.output_dense, "pooler": task.backbone.pooled_dense} | low_rank_of(task.backbone)
    return getattr(named[layer], part)


def logits(task: Any) -> np.ndarray:
    made = task(INPUTS, training=False)
    return np.stack(list(made.values())) if isinstance(made, dict) else made.numpy()


@pytest.fixture(scope="module")
def base(build_extractor: Build, tmp_path_factory: Any) -> Path:
    folder: Path = tmp_path_factory.mktemp("base") / "reader"
    build_extractor().save_to_preset(str(folder))
    return folder


@pytest.fixture(scope="module")
def adapted(base: Path) -> SpanExtractor:
    extractor = SpanExtractor.from_preset(str(base), **WINDOWS)
    for name, value in SETTINGS.items():
        setattr(extractor, name, value)
    extractor.adapt(str(base), rank=3)
    train(extractor)
    return extractor


@pytest.fixture
def folder(adapted: SpanExtractor, tmp_path: Path) -> Path:
    adapted.save_to_preset(str(tmp_path / "adapter"))
    return tmp_path / "adapter"


def test_a_folder_holds_what_was_trained_in_half_precision_and_what_it_stands_over(
    folder: Path, base: Path, adapted: SpanExtractor
) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["adapter.json", "adapter.safetensors"]
    stored = load_file(folder / "adapter.safetensors")
    parts = ("query", "key", "value", "attention_output", "intermediate", "output")
    names = {f"layer.{layer}.{part}.{matrix}" for layer in range(2) for part in parts for matrix in ("down", "up")}
    assert stored.keys() == names | {"head.kernel", "head.bias"}
    assert {tensor.dtype for tensor in stored.values()} == {np.dtype(np.float16)}
    np.testing.assert_array_equal(stored["layer.1.key.up"], variable_of(adapted, "layer.1.key.up").numpy())
    content = json.loads((folder / "adapter.json").read_text(encoding="utf-8"))
    assert content == {
        "base": str(base),
        "base_weights": encoder_fingerprint(BertBackbone.from_preset(str(base))),
        "task": "SpanExtractor",
        "settings": SETTINGS,
        "preprocessor": WINDOWS,
        "rank": 3,
        "alpha": 6.0,
    }
    assert (kind(folder), task_of(folder)) == ("adapter", "SpanExtractor")


def test_what_is_loaded_is_an_ordinary_model_that_computes_as_the_adapted_one(
    folder: Path, adapted: SpanExtractor, base: Path
) -> None:
    loaded, plain = (SpanExtractor.from_preset(str(preset)) for preset in (folder, base))
    np.testing.assert_allclose(logits(loaded), logits(adapted), atol=1e-5)
    assert loaded.adapter_base is None
    assert low_rank_of(loaded.backbone) == {}
    assert [variable.path for variable in loaded.trainable_variables] == [
        variable.path for variable in plain.trainable_variables
    ]
    assert len(loaded.variables) == len(plain.variables)
    assert (loaded.settings, loaded.preprocessor.settings) == (SETTINGS, WINDOWS)
    for found, known in zip(loaded.answer(QUESTIONS, CONTEXTS), adapted.answer(QUESTIONS, CONTEXTS), strict=True):
        assert (found.text, found.start, found.end) == (known.text, known.start, known.end)
        assert (found.score, found.null_odds) == pytest.approx((known.score, known.null_odds), abs=1e-4)


def test_what_was_loaded_is_saved_as_a_whole_preset_and_to_hugging_face(
    folder: Path, adapted: SpanExtractor, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="the model has adapters beside its weights; save_to_preset it") as caught:
        save_hugging_face(adapted, tmp_path / "refused")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "refused").exists()
    loaded = SpanExtractor.from_preset(str(folder))
    loaded.save_to_preset(str(tmp_path / "whole"))
    save_hugging_face(loaded, tmp_path / "hugging_face")
    assert kind(tmp_path / "whole") == "bert_keras"
    for name in ("whole", "hugging_face"):
        again = SpanExtractor.from_preset(str(tmp_path / name))
        assert np.abs(logits(again) - logits(loaded)).max() == 0.0, name


def test_others_than_the_owner_may_read_what_is_saved(folder: Path, tmp_path: Path) -> None:
    whole = save_hugging_face(SpanExtractor.from_preset(str(folder)), tmp_path / "hugging_face")
    weights = [*folder.glob("*.safetensors"), *whole.glob("*.safetensors")]
    assert [path.stat().st_mode & 0o777 for path in weights] == [0o644, 0o644]


def test_values_beyond_half_precision_are_rounded(adapted: SpanExtractor, tmp_path: Path, base: Path) -> None:
    finer = SpanExtractor.from_preset(str(base))
    finer.adapt(str(base), rank=2)
    for adapter in low_rank_of(finer.backbone).values():
        adapter.up.assign(np.random.default_rng(0).normal(0, 0.1, adapter.up.shape))
    finer.save_to_preset(str(tmp_path / "finer"))
    found = np.abs(logits(SpanExtractor.from_preset(str(tmp_path / "finer"))) - logits(finer)).max()
    assert 0 < found < 0.02


def test_a_backbone_of_an_adapter_is_the_merged_encoder(folder: Path, adapted: SpanExtractor) -> None:
    backbone = BertBackbone.from_preset(str(folder))
    assert difference(outputs(backbone), outputs(adapted.backbone)) < 5e-5  # half precision


def test_settings_asked_for_go_before_the_adapters(folder: Path) -> None:
    loaded = SpanExtractor.from_preset(
        str(folder), null_threshold=2, max_length=24, window_overlap=2, max_question_length=3
    )
    assert loaded.settings == SETTINGS | {"null_threshold": 2.0}
    assert loaded.preprocessor.settings == {"max_length": 24, "window_overlap": 2, "max_question_length": 3}


def test_the_data_type_asked_for_is_the_encoders(folder: Path, adapted: SpanExtractor) -> None:
    loaded = SpanExtractor.from_preset(str(folder), dtype="mixed_bfloat16")
    assert loaded.backbone.transformer_layers[0].dtype_policy.name == "mixed_bfloat16"
    is_open = logits(adapted) > -1e8
    assert 0 < np.abs(logits(loaded) - logits(adapted))[is_open].max() < 0.2


def test_weights_stay_random_where_they_are_not_asked_for(folder: Path, adapted: SpanExtractor) -> None:
    fresh = SpanExtractor.from_preset(str(folder), load_weights=False)
    assert fresh.settings == SETTINGS
    assert np.abs(logits(fresh) - logits(adapted)).max() > 1e-2


def test_a_run_folder_stands_for_the_adapter_in_it(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    folder.rename(tmp_path / "run" / "model")
    assert locate(tmp_path / "run") == tmp_path / "run" / "model"
    assert SpanExtractor.from_preset(str(tmp_path / "run")).settings == SETTINGS


def test_the_name_of_a_base_need_not_be_utf_8(base: Path, tmp_path: Path) -> None:
    odd = tmp_path / "b\udce9se"  # as Python reads the byte E9
    odd.symlink_to(base)
    model = SpanExtractor.from_preset(str(odd))
    model.adapt(str(odd), rank=2)
    model.save_to_preset(str(tmp_path / "adapter"))
    assert "b\\udce9se" in (tmp_path / "adapter" / "adapter.json").read_text(encoding="utf-8")
    again = SpanExtractor.from_preset(str(tmp_path / "adapter"))
    assert encoder_fingerprint(again.backbone) == encoder_fingerprint(SpanExtractor.from_preset(str(base)).backbone)


def test_an_adapter_may_stand_over_an_adapter(folder: Path, tmp_path: Path, adapted: SpanExtractor) -> None:
    second = SpanExtractor.from_preset(str(folder), null_threshold=7.0)
    second.adapt(str(folder), rank=1)
    train(second, seed=1)
    second.save_to_preset(str(tmp_path / "second"))
    loaded = SpanExtractor.from_preset(str(tmp_path / "second"))
    np.testing.assert_allclose(logits(loaded), logits(second), atol=2e-5)
    assert np.abs(logits(loaded) - logits(adapted)).max() > 0.01
    assert loaded.settings == SETTINGS | {"null_threshold": 7.0}
    assert loaded.preprocessor.settings == WINDOWS


def test_an_encoder_that_others_may_take_a_new_head(folder: Path, adapted: SpanExtractor, tmp_path: Path) -> None:
    content = json.loads((folder / "adapter.json").read_text(encoding="utf-8"))
    (folder / "adapter.json").write_text(json.dumps(content | {"task": "TextClassifier"}), encoding="utf-8")
    with pytest.raises(CheckpointError, match="no trained span extractor in it"):
        SpanExtractor.from_preset(str(folder))
    fresh = SpanExtractor.from_preset(str(folder), new_head=True)
    assert difference(outputs(fresh.backbone), outputs(adapted.backbone)) < 5e-5  # half precision
    assert fresh.settings == {
        "null_threshold": None,
        "n_best": 20,
        "max_answer_tokens": 30,
        "part_words": False,
        "across_paragraphs": False,
    }
    assert fresh.preprocessor.settings["max_length"] == 32  # windows of another task mean nothing


@pytest.mark.parametrize("write", [write_hugging_face, write_google])
def test_a_classifiers_adapter_brings_the_pooler_whatever_its_base(write: Callable[..., Path], tmp_path: Path) -> None:
    preset = str(write(tmp_path / "base", tensors(pooler=False)))
    classifier = TextClassifier.from_preset(preset, labels=["no", "yes"], max_length=9)
    classifier.adapt(preset, rank=2)
    train(classifier)
    classifier.save_to_preset(str(tmp_path / "adapter"))
    assert {"pooler.kernel", "pooler.bias"} < load_file(tmp_path / "adapter" / "adapter.safetensors").keys()
    loaded = TextClassifier.from_preset(str(tmp_path / "adapter"))
    assert (loaded.labels, loaded.preprocessor.max_length, loaded.adapter_base) == (("no", "yes"), 9, None)
    np.testing.assert_allclose(logits(loaded), logits(classifier), atol=1e-5)
    renamed = TextClassifier.from_preset(str(tmp_path / "adapter"), labels=["nein", "ja"], max_length=8)
    assert (renamed.labels, renamed.preprocessor.max_length) == (("nein", "ja"), 8)


def test_one_encoder_has_one_fingerprint_whatever_its_files(tmp_path: Path) -> None:
    weights = tensors(pooler=False)
    google = BertBackbone.from_preset(str(write_google(tmp_path / "google", weights)))
    google.save_to_preset(str(tmp_path / "own"))
    folders = [
        tmp_path / "own",
        write_hugging_face(tmp_path / "hugging_face"),
        write_span_extractor(tmp_path / "span_extractor"),
    ]
    found = {encoder_fingerprint(BertBackbone.from_preset(str(folder))) for folder in folders}
    assert found == {encoder_fingerprint(google)}
    assert encoder_fingerprint(BertBackbone.from_preset(str(folders[1]), dtype="mixed_bfloat16")) in found


def test_a_fingerprint_is_of_every_weight_but_the_poolers(build_backbone: Callable[..., BertBackbone]) -> None:
    backbone = build_backbone(pooler=True)
    known = encoder_fingerprint(backbone)
    for variable in backbone.weights:
        before = variable.numpy()
        changed = before.copy()
        changed.flat[-1] += 1e-3
        variable.assign(changed)
        assert (encoder_fingerprint(backbone) == known) is variable.path.startswith("pooled"), variable.path
        variable.assign(before)
    assert encoder_fingerprint(backbone) == known


def test_a_whole_model_saved_where_an_adapter_was_takes_its_place(folder: Path, base: Path) -> None:
    whole = SpanExtractor.from_preset(str(base))
    whole.save_to_preset(str(folder))
    assert kind(folder) == "bert_keras"
    assert np.abs(logits(SpanExtractor.from_preset(str(folder))) - logits(whole)).max() == 0.0


@pytest.mark.parametrize("inside", ["", "run"])
def test_adapters_are_not_saved_over_their_own_base(
    inside: str, base: Path, adapted: SpanExtractor, tmp_path: Path
) -> None:
    whole = SpanExtractor.from_preset(str(base))
    saved = tmp_path / "run" / "model"
    whole.save_to_preset(str(saved))
    extractor = SpanExtractor.from_preset(str(tmp_path / "run"))
    extractor.adapt(str(tmp_path / "run" if inside else saved), rank=1)
    with pytest.raises(
        InputError, match="the adapters stand over the preset in it; save them to a folder of their own"
    ) as caught:
        extractor.save_to_preset(str(saved))
    assert "\n" not in str(caught.value)
    assert kind(saved) == "bert_keras"


def message_of(error: type[BertKerasError], folder: Path, task: Any = SpanExtractor) -> str:
    """The one line that loading an adapter fails with."""
    with pytest.raises(error) as caught:
        task.from_preset(str(folder))
    assert type(caught.value) is error
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def edit(folder: Path, **changes: Any) -> None:
    path = folder / "adapter.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def edit_tensors(folder: Path, **changes: Any) -> None:
    stored = load_file(folder / "adapter.safetensors") | changes
    save_file({name: tensor for name, tensor in stored.items() if tensor is not None}, folder / "adapter.safetensors")


def test_a_base_of_other_weights_is_refused(folder: Path, build_extractor: Build, tmp_path: Path) -> None:
    build_extractor(backbone={"seed": 8}).save_to_preset(str(tmp_path / "other"))
    edit(folder, base=str(tmp_path / "other"))
    assert f"trained over other weights than those of {tmp_path / 'other'}; name their preset as base" in message_of(
        CheckpointError, folder
    )


def test_a_base_of_another_size_is_refused(folder: Path, build_extractor: Build, tmp_path: Path) -> None:
    build_extractor(backbone={"num_layers": 1, "hidden_dim": 4}).save_to_preset(str(tmp_path / "other"))
    edit(folder, base=str(tmp_path / "other"))
    assert "trained over other weights" in message_of(CheckpointError, folder)


@pytest.mark.parametrize(
    ("name", "part"), [("nothing/here", "nothing/here: no folder and no known name"), ("", ".: no config.json")]
)
def test_a_base_that_is_not_there_is_named_with_who_asks_for_it(name: str, part: str, folder: Path) -> None:
    edit(folder, base=name)
    assert message_of(PresetError, folder).startswith(f"{folder / 'adapter.json'}: base cannot be loaded. {part}")


def test_a_base_that_leads_back_is_refused(folder: Path, tmp_path: Path) -> None:
    edit(folder, base=str(folder))
    assert "base leads back to" in message_of(CheckpointError, folder)
    other = tmp_path / "other"
    other.mkdir()
    for file in folder.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    edit(folder, base=str(other))
    assert f"adapter.json: base leads back to {folder}; name the preset that it was trained over" in message_of(
        CheckpointError, folder
    )


@pytest.mark.parametrize(
    ("name", "kept", "error", "part"),
    [
        ("adapter.safetensors", 0.0, PresetError, "no adapter.safetensors. The folder holds: adapter.json"),
        ("adapter.safetensors", 0.5, CheckpointError, "adapter.safetensors: no whole safetensors file"),
        ("adapter.json", 0.5, CheckpointError, "adapter.json: no valid JSON"),
        ("adapter.json", 0.0, PresetError, "no config.json or bert_config.json. The folder holds: adapter.safetensors"),
    ],
)
def test_broken_files_are_named(name: str, kept: float, error: type[BertKerasError], part: str, folder: Path) -> None:
    cut(folder / name, kept)
    assert part in message_of(error, folder)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"base": None}, "adapter.json: base must be a str. Received: None"),
        ({"rank": "3"}, "adapter.json: rank must be a int. Received: '3'"),
        ({"rank": 0}, "adapter.json: rank must be 1 or above. Received: 0"),
        ({"alpha": "big"}, "adapter.json: alpha must be a float. Received: 'big'"),
        ({"settings": []}, "adapter.json: settings must be a dict. Received: []"),
        (
            {"settings": {"depth": 3}},
            "settings must be null_threshold, n_best, max_answer_tokens, part_words, across_paragraphs. "
            "Received: depth",
        ),
        ({"settings": {"n_best": "3"}}, "adapter.json: settings do not fit a SpanExtractor"),
        (
            {"rank": 2},
            "adapter.safetensors: tensor layer.0.query.down has another shape. Received: (8, 3), expected (8, 2)",
        ),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(changes: dict[str, Any], part: str, folder: Path) -> None:
    edit(folder, **changes)
    assert part in message_of(CheckpointError, folder)


@pytest.mark.parametrize("name", ["layer.1.output.up", "head.bias"])
def test_a_tensor_that_is_missing_or_of_another_shape_is_named(name: str, folder: Path) -> None:
    edit_tensors(folder, **{name: np.zeros([1], np.float16)})
    assert f"adapter.safetensors: tensor {name} has another shape. Received: (1,), expected (" in message_of(
        CheckpointError, folder
    )
    edit_tensors(folder, **{name: None})
    assert f"adapter.safetensors: no tensor {name}. Received: 25 tensors; copy it again" in message_of(
        CheckpointError, folder
    )


def test_an_adapter_of_another_task_is_refused(folder: Path) -> None:
    message = message_of(CheckpointError, folder, TextClassifier)
    assert message.endswith("the adapter is of another task; load it as SpanExtractor. Received: TextClassifier")
