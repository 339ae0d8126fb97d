import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from checkpoint_folders import cut, difference, outputs

from bert_keras import BertBackbone, TextClassifier
from bert_keras.checkpoints import kind, locate
from bert_keras.errors import BertKerasError, CheckpointError, PresetError

Build = Callable[..., TextClassifier]
TEXTS = ["the film was good", "bad"]
# None of these is what a classifier has by itself.
BACKBONE: dict[str, Any] = {
    "activation": "relu",
    "dropout": 0.2,
    "attention_dropout": 0.3,
    "num_segments": 3,
    "layer_norm_epsilon": 1e-5,
    "initializer_range": 0.5,
}
SETTINGS: dict[str, Any] = {
    "labels": ["schlecht", "weiß nicht", "gut"],
    "dropout": 0.4,
    "pairs": True,
    "max_length": 12,
}


@pytest.fixture
def preset(build_classifier: Build, tmp_path: Path) -> Path:
    build_classifier().save_to_preset(str(tmp_path / "preset"))
    return tmp_path / "preset"


def logits(classifier: TextClassifier) -> np.ndarray:
    return np.asarray(classifier(classifier.preprocessor((TEXTS, TEXTS)), training=False))


def test_weights_are_filed_under_names_that_presets_have_had_from_the_first(preset: Path) -> None:
    with h5py.File(preset / "model.weights.h5") as file:
        layers = {name: set(layer) for name, layer in file["layers"].items()}
    assert layers.keys() >= {
        "reversible_embedding",
        "position_embedding",
        "embedding",
        "layer_normalization",
        "encoder_layer",
        "dense",
    }
    parts = (
        "feedforward_intermediate_dense",
        "feedforward_layer_norm",
        "feedforward_output_dense",
        "self_attention_layer_norm",
    )
    assert layers["encoder_layer"] >= {f"_{part}" for part in (*parts, "self_attention_layer")}


def test_a_classifier_comes_back_the_same_with_all_its_settings(build_classifier: Build, tmp_path: Path) -> None:
    saved = build_classifier(backbone=BACKBONE, **SETTINGS)
    saved.save_to_preset(str(tmp_path / "preset"))
    loaded = TextClassifier.from_preset(str(tmp_path / "preset"))
    assert kind(tmp_path / "preset") == "bert_keras"
    assert (loaded.labels, loaded.dropout, loaded.pairs) == (("schlecht", "weiß nicht", "gut"), 0.4, True)
    assert loaded.preprocessor.max_length == 12
    assert loaded.preprocessor.tokenizer.get_vocabulary() == saved.preprocessor.tokenizer.get_vocabulary()
    assert loaded.preprocessor.tokenizer.get_config() == saved.preprocessor.tokenizer.get_config()
    assert {name: getattr(loaded.backbone, name) for name in BACKBONE} == BACKBONE
    np.testing.assert_allclose(logits(loaded), logits(saved), rtol=0, atol=1e-6)


def test_a_classifier_trained_in_mixed_precision_comes_back_in_keras_own_default(
    build_classifier: Build, tmp_path: Path
) -> None:
    saved = build_classifier(backbone={"dtype": "mixed_bfloat16"})
    saved.save_to_preset(str(tmp_path / "preset"))
    loaded = TextClassifier.from_preset(str(tmp_path / "preset"))
    layer = loaded.backbone.transformer_layers[0]
    assert [part.dtype_policy.name for part in (loaded.backbone, layer, layer._self_attention_layer)] == ["float32"] * 3
    np.testing.assert_array_equal(loaded.get_weights()[0], saved.get_weights()[0])
    assert BertBackbone.from_preset(str(tmp_path / "preset")).dtype_policy.name == "float32"


@pytest.mark.parametrize(("saved", "asked"), [("float32", "mixed_bfloat16"), ("mixed_bfloat16", "float32")])
def test_the_data_type_asked_for_goes_before_the_one_saved(
    saved: str, asked: str, build_classifier: Build, tmp_path: Path
) -> None:
    build_classifier(backbone={"dtype": saved}).save_to_preset(str(tmp_path / "preset"))
    loaded = TextClassifier.from_preset(str(tmp_path / "preset"), dtype=asked)
    assert loaded.backbone.transformer_layers[0].dtype_policy.name == asked


def test_the_settings_of_a_new_max_length_and_new_labels_are_saved_as_well(preset: Path, tmp_path: Path) -> None:
    changed = TextClassifier.from_preset(str(preset), labels=["nein", "ja"], max_length=8)
    changed.save_to_preset(str(tmp_path / "changed"))
    loaded = TextClassifier.from_preset(str(tmp_path / "changed"))
    assert (loaded.labels, loaded.preprocessor.max_length) == (("nein", "ja"), 8)
    np.testing.assert_allclose(logits(loaded), logits(changed), rtol=0, atol=1e-6)


def test_weights_stay_random_where_they_are_not_asked_for(preset: Path) -> None:
    loaded, fresh = TextClassifier.from_preset(str(preset)), TextClassifier.from_preset(str(preset), load_weights=False)
    assert np.abs(logits(loaded) - logits(fresh)).max() > 1e-3
    assert fresh.labels == loaded.labels


def test_a_backbone_comes_back_from_its_own_preset_or_a_classifiers(
    build_classifier: Build, preset: Path, tmp_path: Path
) -> None:
    backbone = build_classifier().backbone
    backbone.save_to_preset(str(tmp_path / "backbone"))
    for folder in (preset, tmp_path / "backbone"):
        assert difference(outputs(BertBackbone.from_preset(str(folder))), outputs(backbone)) == 0.0


def test_a_run_folder_stands_for_the_model_in_it(preset: Path, tmp_path: Path) -> None:
    run = tmp_path / "runs" / "first"
    run.mkdir(parents=True)
    preset.rename(run / "model")
    assert locate(run) == run / "model"
    assert TextClassifier.from_preset(str(run)).labels == ("negative", "positive")


def test_the_preset_of_a_trained_classifier_leaves_the_optimizers_state_out(
    build_classifier: Build, tmp_path: Path
) -> None:
    classifier = build_classifier()
    classifier.save_to_preset(str(tmp_path / "fresh"))
    classifier.compile()
    classifier.optimizer.build(classifier.trainable_variables)
    classifier.save_to_preset(str(tmp_path / "trained"))
    sizes = [os.path.getsize(tmp_path / name / "task.weights.h5") for name in ("fresh", "trained")]
    assert sizes[0] == sizes[1]
    np.testing.assert_allclose(
        logits(TextClassifier.from_preset(str(tmp_path / "trained"))), logits(classifier), rtol=0, atol=1e-6
    )


@pytest.mark.parametrize(
    ("name", "kept", "error", "part"),
    [
        (
            "config.json",
            0.0,
            PresetError,
            "no config.json or bert_config.json. The folder holds: assets/, metadata.json, ",
        ),
        ("config.json", 0.5, CheckpointError, "config.json: no valid JSON"),
        ("task.json", 0.0, PresetError, "no task.json. The folder holds: assets/, config.json"),
        ("task.json", 0.5, CheckpointError, "task.json: no valid JSON"),
        ("task.weights.h5", 0.0, PresetError, "no task.weights.h5. The folder holds: "),
        ("task.weights.h5", 0.5, CheckpointError, "truncated file"),
        ("model.weights.h5", 0.0, PresetError, "no model.weights.h5. The folder holds: "),
        ("model.weights.h5", 0.5, CheckpointError, "truncated file"),
        ("assets/tokenizer/vocabulary.txt", 0.0, CheckpointError, "vocabulary.txt"),
        ("assets/tokenizer/vocabulary.txt", 0.5, CheckpointError, "vocabulary and configuration differ. Received: "),
    ],
)
def test_a_broken_preset_is_named_in_one_line(
    name: str, kept: float, error: type[BertKerasError], part: str, preset: Path
) -> None:
    cut(preset / name, kept)
    with pytest.raises(error) as caught:
        TextClassifier.from_preset(str(preset))
    assert str(preset) in str(caught.value)
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_backbones_preset_is_no_classifiers(build_backbone: Callable[..., BertBackbone], tmp_path: Path) -> None:
    build_backbone().save_to_preset(str(tmp_path / "backbone"))
    with pytest.raises(PresetError, match=r"no task\.json"):
        TextClassifier.from_preset(str(tmp_path / "backbone"), labels=["no", "yes"])


def test_a_preset_of_another_size_than_its_weights_is_refused(preset: Path) -> None:
    for name in ("config.json", "task.json"):
        content = (preset / name).read_text(encoding="utf-8")
        (preset / name).write_text(
            content.replace('"intermediate_dim": 16', '"intermediate_dim": 24'), encoding="utf-8"
        )
    assert json.loads((preset / "config.json").read_text(encoding="utf-8"))["config"]["intermediate_dim"] == 24
    with pytest.raises(CheckpointError) as caught:
        TextClassifier.from_preset(str(preset))
    assert str(preset) in str(caught.value)
    assert "\n" not in str(caught.value)
