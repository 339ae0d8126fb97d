import json
import shutil
from pathlib import Path
from typing import Any

import keras
import keras_hub
import numpy as np
import pytest
from checkpoint_folders import VOCABULARY, cut, difference, outputs

from bert_keras import BertBackbone, BertTokenizer, TextClassifier
from bert_keras.checkpoints import kind, save_hugging_face
from bert_keras.errors import CheckpointError, InputError, LabelError, PresetError
from bert_keras.text import KerasHubTokenizer


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


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A preset as `save_to_preset` of KerasHub's classifier writes it."""
    folder = tmp_path_factory.mktemp("keras_hub") / "preset"
    tokenizer = keras_hub.tokenizers.BertTokenizer(list(VOCABULARY), lowercase=True)
    preprocessor = keras_hub.models.BertTextClassifierPreprocessor(tokenizer, sequence_length=12)
    task = keras_hub.models.BertTextClassifier(keras_hub_backbone(), num_classes=2, preprocessor=preprocessor)
    task.save_to_preset(str(folder))
    return folder


@pytest.fixture
def preset(written: Path, tmp_path: Path) -> Path:
    """A copy of that, to change."""
    return shutil.copytree(written, tmp_path / "preset")


def test_a_preset_of_keras_hub_computes_what_keras_hub_computes(preset: Path) -> None:
    assert kind(preset) == "keras_hub"
    assert difference(outputs(BertBackbone.from_preset(str(preset))), outputs(keras_hub_backbone())) < 1e-6


def test_a_backbone_of_keras_hub_keeps_its_settings(preset: Path) -> None:
    backbone = BertBackbone.from_preset(str(preset))
    assert (backbone.activation, backbone.layer_norm_epsilon, backbone.pooler) == ("gelu_new", 1e-12, True)
    assert (backbone.dropout, backbone.attention_dropout, backbone.max_sequence_length) == (0.2, 0.2, 12)


TEXTS = ["a b", "Café, bs", "", "a " * 30, "b…½"]


def predicted(folder: Path, **settings: Any) -> tuple[Path, np.ndarray]:
    """Writes a preset of a classifier of random weights, and returns it with what KerasHub predicts of `TEXTS`."""
    task = saved(folder, **settings)
    task.compile(run_eagerly=True)  # KerasHub has XLA compile each model, for seconds
    return folder, task.predict(TEXTS, verbose=0)


def saved(folder: Path, **settings: Any) -> Any:
    """Writes a preset of a classifier of random weights, and returns the classifier."""
    of = keras_hub.models
    backbone, build, tokenizer_class = keras_hub_backbone(), of.BertTextClassifier, keras_hub.tokenizers.BertTokenizer
    if settings.pop("distil", False):
        build, tokenizer_class = of.DistilBertTextClassifier, keras_hub.tokenizers.DistilBertTokenizer
        config = {name: value for name, value in backbone.get_config().items() if name in DISTIL}
        backbone = of.DistilBertBackbone(**config)
    tokenizer = tokenizer_class(list(VOCABULARY), lowercase=True, **settings.pop("tokenizer", {}))
    length = {"sequence_length": 12} | settings.pop("preprocessor", {})
    task = build(backbone, preprocessor=build.preprocessor_cls(tokenizer, **length), **settings)
    random = np.random.default_rng(5)
    task.set_weights([random.normal(0, 0.5, weight.shape) for weight in task.weights])
    task.save_to_preset(str(folder))
    return task


DISTIL = (
    *("vocabulary_size", "num_layers", "num_heads", "hidden_dim", "intermediate_dim", "dropout"),
    "max_sequence_length",
)


@pytest.mark.parametrize("distil", [False, True])
def test_a_classifier_of_keras_hub_gives_what_keras_hub_predicts(distil: bool, tmp_path: Path) -> None:
    folder, expected = predicted(tmp_path / "three", num_classes=3, dropout=0.3, distil=distil)
    classifier = TextClassifier.from_preset(str(folder))
    assert (classifier.labels, classifier.task, classifier.dropout) == (("0", "1", "2"), "single_label", 0.3)
    np.testing.assert_allclose(classifier.predict(TEXTS, verbose=0), expected, rtol=0, atol=1e-5)
    assert classifier.preprocessor.max_length == 12


def test_a_shorter_sequence_length_of_keras_hub_truncates_as_there(tmp_path: Path) -> None:
    folder, expected = predicted(tmp_path / "short", num_classes=2, preprocessor={"sequence_length": 5})
    classifier = TextClassifier.from_preset(str(folder))
    np.testing.assert_allclose(classifier.predict(TEXTS, verbose=0), expected, rtol=0, atol=1e-5)
    longer = TextClassifier.from_preset(str(folder), max_length=12).predict(TEXTS, verbose=0)
    assert np.abs(longer - expected).max() > 1e-3


@pytest.mark.parametrize(
    ("classes", "activation", "task"),
    [(2, "softmax", "single_label"), (2, "sigmoid", "multi_label"), (1, "sigmoid", "multi_label")],
)
def test_an_activation_of_keras_hub_makes_the_same_probabilities(
    classes: int, activation: str, task: str, tmp_path: Path
) -> None:
    folder, expected = predicted(tmp_path / "probable", num_classes=classes, activation=activation)
    classifier = TextClassifier.from_preset(str(folder))
    assert classifier.task == task
    found = [list(answer.probabilities.values()) for answer in classifier.classify(TEXTS)]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_a_single_output_of_keras_hub_without_an_activation_is_a_number(tmp_path: Path) -> None:
    folder, expected = predicted(tmp_path / "number", num_classes=1)
    classifier = TextClassifier.from_preset(str(folder))
    assert (classifier.task, classifier.labels) == ("regression", ())
    found = [answer.score for answer in classifier.classify(TEXTS)]
    np.testing.assert_allclose(found, expected[:, 0], rtol=0, atol=1e-5)


def test_a_classifier_of_keras_hub_can_be_saved_and_loaded_again(tmp_path: Path) -> None:
    folder, expected = predicted(tmp_path / "theirs", num_classes=2)
    TextClassifier.from_preset(str(folder), labels=["no", "yes"]).save_to_preset(str(tmp_path / "ours"))
    again = TextClassifier.from_preset(str(tmp_path / "ours"))
    assert (again.labels, again.preprocessor.max_length) == (("no", "yes"), 12)
    assert isinstance(again.preprocessor.tokenizer, KerasHubTokenizer)
    np.testing.assert_allclose(again.predict(TEXTS, verbose=0), expected, rtol=0, atol=1e-5)


def test_transformers_has_no_tokenizer_of_keras_hub_to_save(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    saved(folder, num_classes=2)
    with pytest.raises(InputError, match="the tokenizer is KerasHub's"):
        save_hugging_face(TextClassifier.from_preset(str(folder)), tmp_path / "folder")
    assert not (tmp_path / "folder").exists()


@pytest.mark.parametrize("distil", [False, True])
def test_an_encoder_of_keras_hub_without_a_head_has_the_tokenizer_of_bert(distil: bool, tmp_path: Path) -> None:
    of = keras_hub.models
    folder = tmp_path / "whole"
    saved(folder, num_classes=2, distil=distil)
    for name in ("task.json", "task.weights.h5", "preprocessor.json"):
        (folder / name).unlink()
    with pytest.raises(LabelError, match=r"labels=\[…\]") as caught:
        TextClassifier.from_preset(str(folder))
    assert "\n" not in str(caught.value)
    classifier = TextClassifier.from_preset(str(folder), labels=["no", "yes"])
    assert type(classifier.preprocessor.tokenizer) is BertTokenizer
    assert classifier.preprocessor.tokenizer.strip_accents is True
    theirs = (of.DistilBertBackbone if distil else of.BertBackbone).from_preset(str(folder))
    inputs = {"token_ids": np.array([[2, 5, 6, 3]]), "segment_ids": np.zeros([1, 4], int)}
    inputs["padding_mask"] = np.ones([1, 4], int)
    expected = theirs({name: inputs[name] for name in theirs.input})
    expected = expected if distil else expected["sequence_output"]
    found = classifier.backbone(inputs, training=False)["sequence_output"]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_a_masked_language_model_of_keras_hub_gives_its_encoder_alone(tmp_path: Path) -> None:
    preprocessor = keras_hub.models.BertMaskedLMPreprocessor(
        keras_hub.tokenizers.BertTokenizer(list(VOCABULARY), lowercase=True), sequence_length=12
    )
    task = keras_hub.models.BertMaskedLM(keras_hub_backbone(), preprocessor=preprocessor)
    task.save_to_preset(str(tmp_path / "masked"))
    assert TextClassifier.from_preset(str(tmp_path / "masked"), labels=["no", "yes"]).labels == ("no", "yes")
    with pytest.raises(LabelError, match="a BertMaskedLM of KerasHub, of which the encoder alone is read"):
        TextClassifier.from_preset(str(tmp_path / "masked"))


def test_a_softmax_over_one_output_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    saved(folder, num_classes=1)
    content = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    content["config"]["activation"] = "softmax"
    (folder / "task.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(CheckpointError, match="activation must be none, softmax .over several outputs"):
        TextClassifier.from_preset(str(folder))


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"activation": "tanh"}, "task.json: activation must be none, softmax"),
        ({"preprocessor": {"truncate": "waterfall"}}, "preprocessor.json: truncate must be round_robin"),
        ({"tokenizer": {"suffix_indicator": "@@"}}, "tokenizer.json: suffix_indicator must be '##'"),
        (
            {"tokenizer": {"special_tokens": ["a"], "special_tokens_in_strings": True}},
            "tokenizer.json: special_tokens in texts are not supported",
        ),
        ({"distil": True, "hidden_dim": 6}, "task.json: the head's hidden_dim must be that of the encoder, 8"),
    ],
)
def test_a_classifier_of_keras_hub_that_computes_something_else_is_refused(
    settings: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    folder = tmp_path / "other"
    saved(folder, **({"num_classes": 2} | settings))
    with pytest.raises(CheckpointError) as caught:
        TextClassifier.from_preset(str(folder))
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_model_of_keras_hub_is_refused_by_name(preset: Path) -> None:
    config = json.loads((preset / "config.json").read_text(encoding="utf-8"))
    (preset / "config.json").write_text(
        json.dumps(config | {"registered_name": "keras_hub>GPT2Backbone"}), encoding="utf-8"
    )
    with pytest.raises(
        CheckpointError,
        match=r"expected a BertBackbone or DistilBertBackbone of KerasHub\. Received: keras_hub>GPT2Backbone",
    ):
        BertBackbone.from_preset(str(preset))


@pytest.mark.parametrize(
    ("name", "kept", "error"),
    [
        ("model.weights.h5", 0.0, PresetError),
        ("model.weights.h5", 0.5, CheckpointError),
        ("task.weights.h5", 0.0, PresetError),
        ("task.weights.h5", 0.5, CheckpointError),
        ("task.json", 0.5, CheckpointError),
        ("preprocessor.json", 0.5, CheckpointError),
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
    assert str(caught.value).startswith(str(preset))
    assert "\n" not in str(caught.value)
