from collections.abc import Callable
from pathlib import Path

import keras
import keras_hub
import numpy as np
import pytest
import tensorflow as tf

from bert_keras import BertTokenizer, TextClassifier
from bert_keras.checkpoints import DEFAULT_PRESET, save_hugging_face
from bert_keras.errors import InputError, PresetError
from bert_keras.models import TextClassifierPreprocessor

Tokens = Callable[[np.ndarray], list[str]]


@pytest.fixture
def preprocessor(tokenizer: BertTokenizer) -> TextClassifierPreprocessor:
    return TextClassifierPreprocessor(tokenizer, max_length=10)


@pytest.fixture
def spelled(vocabulary: list[str]) -> Tokens:
    return lambda row: [vocabulary[place] for place in np.asarray(row) if vocabulary[place] != "[PAD]"]


def test_texts_are_packed_and_padded(preprocessor: TextClassifierPreprocessor, spelled: Tokens) -> None:
    found = preprocessor(["The film was GOOD!", "bad"])
    assert [" ".join(spelled(row)) for row in found["token_ids"]] == [
        "[CLS] the film was good ! [SEP]",
        "[CLS] bad [SEP]",
    ]
    np.testing.assert_array_equal(found["padding_mask"], [[1] * 7 + [0], [1] * 3 + [0] * 5])
    np.testing.assert_array_equal(found["segment_ids"], np.zeros([2, 8]))
    assert {value.dtype for value in found.values()} == {tf.int32}


def test_a_tuple_is_texts_and_their_pairs(preprocessor: TextClassifierPreprocessor, spelled: Tokens) -> None:
    found = preprocessor((["the film", "good"], ["bad", ""]))
    assert [spelled(row) for row in found["token_ids"]] == [
        ["[CLS]", "the", "film", "[SEP]", "bad", "[SEP]"],
        ["[CLS]", "good", "[SEP]", "[SEP]"],
    ]
    np.testing.assert_array_equal(found["segment_ids"], [[0, 0, 0, 0, 1, 1, 0, 0], [0, 0, 0, 1, 0, 0, 0, 0]])


def test_labels_and_weights_pass_through_beside_pairs(preprocessor: TextClassifierPreprocessor) -> None:
    x, y, weight = preprocessor((["a", "b"], ["c", "d"]), y=[0, 1], sample_weight=[0.5, 1.0])
    assert x["token_ids"].shape == (2, 8)
    np.testing.assert_array_equal(x["padding_mask"].numpy().sum(axis=1), [5, 5])
    assert (list(np.asarray(y)), list(np.asarray(weight))) == ([0, 1], [0.5, 1.0])


def test_a_dataset_of_pairs_and_labels_keeps_both(preprocessor: TextClassifierPreprocessor) -> None:
    data = tf.data.Dataset.from_tensor_slices(((["a", "b"], ["c", "d"]), [0, 1])).batch(2)
    x, y = next(iter(data.map(lambda texts, label: preprocessor(texts, y=label))))
    np.testing.assert_array_equal(x["padding_mask"].numpy().sum(axis=1), [5, 5])
    np.testing.assert_array_equal(y, [0, 1])


@pytest.mark.parametrize("width", [4, 10])
def test_no_row_is_longer_than_max_length(width: int, tokenizer: BertTokenizer, spelled: Tokens) -> None:
    preprocessor = TextClassifierPreprocessor(tokenizer, max_length=width)
    for texts in (["a " * 40], (["a " * 40], ["b " * 40])):
        row = preprocessor(texts)["token_ids"][0]
        assert row.shape == (width,)
        assert spelled(row)[0] == "[CLS]"
        assert spelled(row)[-1] == "[SEP]"


def test_no_texts_make_an_empty_batch(preprocessor: TextClassifierPreprocessor) -> None:
    assert preprocessor(tf.constant([], tf.string))["token_ids"].shape[0] == 0


@pytest.mark.parametrize("max_length", [3, 0, -1])
def test_a_max_length_without_room_for_a_pair_is_refused(max_length: int, tokenizer: BertTokenizer) -> None:
    with pytest.raises(InputError, match=rf"at least 4\. Received: {max_length}") as caught:
        TextClassifierPreprocessor(tokenizer, max_length)
    assert "\n" not in str(caught.value)


def test_the_configuration_comes_back_but_for_the_vocabulary(preprocessor: TextClassifierPreprocessor) -> None:
    again = keras.layers.deserialize(keras.layers.serialize(preprocessor))
    assert isinstance(again, TextClassifierPreprocessor)
    assert again.max_length == 10
    assert again.tokenizer.lowercase is True
    assert again.tokenizer.get_vocabulary() == []


@pytest.fixture(scope="module", params=["own", "hugging_face", "keras_hub"])
def preset(
    request: pytest.FixtureRequest,
    build_classifier: Callable[..., TextClassifier],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A preset of 16 positions and the tiny vocabulary, as each of us writes it."""
    folder = tmp_path_factory.mktemp("presets") / request.param
    classifier = build_classifier(max_length=12 if request.param == "own" else 16)
    if request.param == "own":
        classifier.save_to_preset(str(folder))
    elif request.param == "hugging_face":
        save_hugging_face(classifier, folder)
    else:
        tokenizer = keras_hub.tokenizers.BertTokenizer(
            classifier.preprocessor.tokenizer.get_vocabulary(), lowercase=True
        )
        sizes = {"num_layers": 1, "num_heads": 2, "hidden_dim": 8, "intermediate_dim": 16, "max_sequence_length": 16}
        backbone = keras_hub.models.BertBackbone(vocabulary_size=tokenizer.vocabulary_size(), **sizes)
        backbone.save_to_preset(str(folder))
        tokenizer.save_to_preset(str(folder))
    return folder


def test_a_preset_gives_its_preprocessor_without_any_weights(
    preset: Path, tokenizer: BertTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("weights were read")

    monkeypatch.setattr(keras.saving, "load_weights", refuse)
    monkeypatch.setattr(keras_hub.models.Backbone, "load_weights", refuse)
    monkeypatch.setattr(
        "bert_keras.checkpoints.safetensors_files.SafetensorsFiles.__getitem__", lambda self, name: head_only(name)
    )
    found = TextClassifierPreprocessor.from_preset(str(preset))
    assert found.max_length == (12 if preset.name == "own" else 16)
    assert found.tokenizer.get_vocabulary() == tokenizer.get_vocabulary()
    assert found.fingerprint == TextClassifierPreprocessor(tokenizer, found.max_length).fingerprint


def head_only(name: str) -> np.ndarray:
    assert name == "classifier.weight", name  # whose shape says how many labels there are
    return np.zeros([2, 8], np.float32)


def test_a_preset_gives_the_preprocessor_that_its_classifier_has(preset: Path) -> None:
    found = TextClassifierPreprocessor.from_preset(str(preset), max_length=9)
    classifier = TextClassifier.from_preset(str(preset), labels=["negative", "positive"], max_length=9)
    assert (found.max_length, found.fingerprint) == (9, classifier.preprocessor.fingerprint)
    for name, value in found(["The film, un café!", "a " * 30]).items():
        np.testing.assert_array_equal(value, classifier.preprocessor(["The film, un café!", "a " * 30])[name])


@pytest.mark.parametrize("max_length", [17, 3])
def test_a_max_length_that_the_preset_cannot_have_is_refused(max_length: int, preset: Path) -> None:
    with pytest.raises(InputError, match=f"max_length.*Received: {max_length}"):
        TextClassifierPreprocessor.from_preset(str(preset), max_length)


def test_a_preset_without_a_preprocessor_is_named(
    build_classifier: Callable[..., TextClassifier], tmp_path: Path
) -> None:
    build_classifier(preprocessor=None).save_to_preset(str(tmp_path / "bare"))
    with pytest.raises(PresetError, match=r"bare: no preprocessor\.json\. The folder holds: config\.json"):
        TextClassifierPreprocessor.from_preset(str(tmp_path / "bare"))


@pytest.mark.usefixtures("minilm_folder")
def test_the_default_preset_gives_its_preprocessor() -> None:
    found = TextClassifierPreprocessor.from_preset(DEFAULT_PRESET, max_length=64)
    assert (found.max_length, found.tokenizer.vocabulary_size(), found.tokenizer.lowercase) == (64, 30522, True)


def test_a_fingerprint_is_of_all_that_decides_about_token_ids(vocabulary: list[str]) -> None:
    def fingerprint(tokens: list[str] = vocabulary, max_length: int = 10, **settings: bool) -> str:
        return TextClassifierPreprocessor(
            BertTokenizer(tokens, **({"lowercase": True} | settings)), max_length
        ).fingerprint

    swapped = [*vocabulary[:-2], vocabulary[-1], vocabulary[-2]]
    others = [
        fingerprint(swapped),
        fingerprint(max_length=11),
        fingerprint(lowercase=False),
        fingerprint(strip_accents=False),
        fingerprint([*vocabulary, "more"]),
    ]
    assert len({fingerprint(), *others}) == 6
    assert fingerprint(strip_accents=True) == fingerprint()


def test_a_fingerprint_is_the_same_in_each_process_and_follows_max_length(
    preprocessor: TextClassifierPreprocessor,
) -> None:
    known = "dcdf16423976f0d3161ac593df723731c9dd9575da96f63a1b34965dfeeec716"
    assert preprocessor.fingerprint == known
    preprocessor.max_length = 8
    assert preprocessor.fingerprint != known
