import json
from pathlib import Path

import keras
import keras_hub
import numpy as np
import pytest
from checkpoint_folders import VOCABULARY, cut, difference, outputs

from bert_keras import BertBackbone, TextClassifier
from bert_keras.checkpoints import kind
from bert_keras.errors import CheckpointError, LabelError, PresetError


def keras_hub_backbone() -> keras_hub.models.BertBackbone:
    keras.utils.set_random_seed(3)
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=len(VOCABULARY),
        num_layers=2,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=16,
        dropout=0.2,
        max_sequence_length=12,
    )
    random = np.random.default_rng(3)
    backbone.set_weights([random.normal(0, 0.5, weight.shape) for weight in backbone.weights])
    return backbone


@pytest.fixture
def preset(tmp_path: Path) -> Path:
    """A preset as `save_to_preset` of KerasHub's classifier writes it."""
    tokenizer = keras_hub.tokenizers.BertTokenizer(list(VOCABULARY), lowercase=True)
    preprocessor = keras_hub.models.BertTextClassifierPreprocessor(tokenizer, sequence_length=12)
    task = keras_hub.models.BertTextClassifier(keras_hub_backbone(), num_classes=2, preprocessor=preprocessor)
    task.save_to_preset(str(tmp_path / "preset"))
    return tmp_path / "preset"


def test_a_preset_of_keras_hub_computes_what_keras_hub_computes(preset: Path) -> None:
    assert kind(preset) == "keras_hub"
    assert difference(outputs(BertBackbone.from_preset(str(preset))), outputs(keras_hub_backbone())) < 1e-6


def test_a_backbone_of_keras_hub_keeps_its_settings(preset: Path) -> None:
    backbone = BertBackbone.from_preset(str(preset))
    assert (backbone.activation, backbone.layer_norm_epsilon, backbone.pooler) == ("gelu_new", 1e-12, True)
    assert (backbone.dropout, backbone.attention_dropout, backbone.max_sequence_length) == (0.2, 0.2, 12)


def test_a_classifier_on_a_preset_of_keras_hub_takes_its_tokenizer(preset: Path) -> None:
    classifier = TextClassifier.from_preset(str(preset), labels=["no", "yes"])
    assert classifier.preprocessor.tokenizer.get_vocabulary() == list(VOCABULARY)
    assert classifier.preprocessor.tokenizer.lowercase is True
    assert [answer.label in ("no", "yes") for answer in classifier.classify(["a b", "Café"])] == [True, True]


def test_a_preset_of_keras_hub_has_no_names_for_labels_and_asks_for_them(preset: Path) -> None:
    with pytest.raises(LabelError, match=r"labels=\[…\]") as caught:
        TextClassifier.from_preset(str(preset))
    assert "\n" not in str(caught.value)


def test_another_model_of_keras_hub_is_refused_by_name(preset: Path) -> None:
    config = json.loads((preset / "config.json").read_text(encoding="utf-8"))
    (preset / "config.json").write_text(
        json.dumps(config | {"registered_name": "keras_hub>GPT2Backbone"}), encoding="utf-8"
    )
    with pytest.raises(
        CheckpointError, match=r"expected a BertBackbone of KerasHub\. Received: keras_hub>GPT2Backbone"
    ):
        BertBackbone.from_preset(str(preset))


@pytest.mark.parametrize(
    ("name", "kept", "error"),
    [
        ("model.weights.h5", 0.0, PresetError),
        ("model.weights.h5", 0.5, CheckpointError),
        ("tokenizer.json", 0.0, CheckpointError),
        ("tokenizer.json", 0.5, CheckpointError),
        ("assets/tokenizer/vocabulary.txt", 0.0, CheckpointError),
        ("assets/tokenizer/vocabulary.txt", 0.5, CheckpointError),
    ],
)
def test_a_broken_preset_of_keras_hub_is_named_in_one_line(
    name: str, kept: float, error: type[ValueError], preset: Path
) -> None:
    cut(preset / name, kept)
    with pytest.raises(error) as caught:
        BertBackbone.from_preset(str(preset))
    assert str(caught.value).startswith(f"{preset}: ")
    assert "\n" not in str(caught.value)
