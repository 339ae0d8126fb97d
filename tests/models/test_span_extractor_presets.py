from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bert_keras import BertBackbone, TextClassifier
from bert_keras.checkpoints import kind, save_hugging_face
from bert_keras.errors import CheckpointError, InputError, PresetError
from bert_keras.models import SpanExtractor

Build = Callable[..., SpanExtractor]
QUESTIONS, CONTEXTS = ["the film ?", ""], ["the film was good . " * 3, "café"]
WINDOWS = {"max_length": 20, "window_overlap": 5, "max_question_length": 4}
SETTINGS = {"null_threshold": -1.5, "n_best": 3, "max_answer_tokens": 9, "part_words": True, "across_paragraphs": True}
USUAL = {"null_threshold": None, "n_best": 20, "max_answer_tokens": 30, "part_words": False, "across_paragraphs": False}


@pytest.fixture(scope="module")
def extractor(build_extractor: Build) -> SpanExtractor:
    extractor = build_extractor(windows=WINDOWS, backbone={"pooler": True}, **SETTINGS)
    extractor.output_dense.bias.assign([0.3, -0.2])  # a fresh one is 0
    return extractor


@pytest.fixture(scope="module")
def own(extractor: SpanExtractor, tmp_path_factory: Any) -> Path:
    folder: Path = tmp_path_factory.mktemp("preset") / "own"
    extractor.save_to_preset(str(folder))
    return folder


@pytest.fixture(scope="module")
def hugging_face(extractor: SpanExtractor, tmp_path_factory: Any) -> Path:
    return save_hugging_face(extractor, tmp_path_factory.mktemp("preset") / "hugging_face")


def logits(extractor: SpanExtractor, given: SpanExtractor | None = None) -> np.ndarray:
    inputs = (given or extractor).preprocessor((QUESTIONS, CONTEXTS))
    return np.stack(list(extractor(inputs, training=False).values()))


def test_an_extractor_comes_back_the_same_with_all_its_settings(extractor: SpanExtractor, own: Path) -> None:
    loaded = SpanExtractor.from_preset(str(own))
    assert kind(own) == "bert_keras"
    assert loaded.settings == SETTINGS
    assert loaded.preprocessor.settings == WINDOWS
    assert loaded.preprocessor.fingerprint == extractor.preprocessor.fingerprint
    assert np.abs(logits(loaded, extractor) - logits(extractor)).max() == 0.0
    assert loaded.answer(QUESTIONS, CONTEXTS) == extractor.answer(QUESTIONS, CONTEXTS)
    np.testing.assert_array_equal(loaded.backbone.pooled_dense.kernel, extractor.backbone.pooled_dense.kernel)


def test_a_hugging_face_folder_comes_back_with_the_same_logits_and_usual_settings(
    extractor: SpanExtractor, hugging_face: Path
) -> None:
    loaded = SpanExtractor.from_preset(str(hugging_face))
    assert loaded.settings == USUAL
    # The length of rows is the folder's, and the others are in proportion to it.
    assert loaded.preprocessor.settings == {"max_length": 20, "window_overlap": 6, "max_question_length": 3}
    assert np.abs(logits(loaded, extractor) - logits(extractor)).max() == 0.0
    assert loaded.backbone.pooled_dense is None


@pytest.mark.parametrize("preset", ["own", "hugging_face"])
def test_a_threshold_and_windows_that_are_asked_for_go_before_the_presets(
    preset: str, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(preset)
    loaded = SpanExtractor.from_preset(
        str(folder), null_threshold=0, max_length=18, window_overlap=3, max_question_length=2
    )
    assert loaded.null_threshold == 0.0
    assert loaded.preprocessor.settings == {"max_length": 18, "window_overlap": 3, "max_question_length": 2}


def test_changed_settings_are_saved_as_well(own: Path, tmp_path: Path) -> None:
    changed = SpanExtractor.from_preset(str(own), null_threshold=2.5, max_length=16)
    changed.save_to_preset(str(tmp_path / "changed"))
    loaded = SpanExtractor.from_preset(str(tmp_path / "changed"))
    assert loaded.settings == SETTINGS | {"null_threshold": 2.5}
    assert loaded.preprocessor.settings == {"max_length": 16, "window_overlap": 5, "max_question_length": 2}


@pytest.mark.parametrize("preset", ["own", "hugging_face"])
def test_weights_stay_random_where_they_are_not_asked_for(
    preset: str, extractor: SpanExtractor, request: pytest.FixtureRequest
) -> None:
    fresh = SpanExtractor.from_preset(str(request.getfixturevalue(preset)), load_weights=False)
    assert np.abs(logits(fresh, extractor) - logits(extractor)).max() > 1e-3


@pytest.mark.parametrize("preset", ["own", "hugging_face"])
def test_the_data_type_asked_for_is_the_encoders(
    preset: str, extractor: SpanExtractor, request: pytest.FixtureRequest
) -> None:
    loaded = SpanExtractor.from_preset(str(request.getfixturevalue(preset)), dtype="mixed_bfloat16")
    assert loaded.backbone.transformer_layers[0].dtype_policy.name == "mixed_bfloat16"
    is_open = logits(extractor) > -1e8
    assert 0 < np.abs(logits(loaded, extractor) - logits(extractor))[is_open].max() < 0.1


@pytest.fixture(scope="module")
def headless(build_classifier: Callable[..., TextClassifier], tmp_path_factory: Any) -> dict[str, Path]:
    """Presets without a span extractor, each with the same encoder."""
    root = tmp_path_factory.mktemp("headless")
    classifier = build_classifier(backbone={"max_sequence_length": 32}, max_length=12)
    classifier.save_to_preset(str(root / "classifier"))
    return {"classifier": root / "classifier", "hugging_face_classifier": save_hugging_face(classifier, root / "hf")}


@pytest.mark.parametrize(("name", "windows"), [("classifier", (32, 10, 5)), ("hugging_face_classifier", (12, 4, 2))])
def test_a_preset_without_a_span_extractor_wants_a_new_head(
    name: str, windows: tuple[int, ...], headless: dict[str, Path]
) -> None:
    preset = str(headless[name])
    with pytest.raises(
        CheckpointError, match="no trained span extractor in it. Fine-tune one .* or add new_head=True"
    ) as caught:
        SpanExtractor.from_preset(preset)
    assert str(caught.value).startswith(preset)
    assert "\n" not in str(caught.value)
    fresh = SpanExtractor.from_preset(preset, new_head=True)
    classifier = TextClassifier.from_preset(preset)
    np.testing.assert_array_equal(fresh.backbone.get_weights()[0], classifier.backbone.get_weights()[0])
    assert fresh.settings == USUAL
    assert tuple(fresh.preprocessor.settings.values()) == windows


@pytest.mark.parametrize("preset", ["own", "hugging_face"])
def test_a_trained_head_is_kept_where_a_new_one_is_allowed(
    preset: str, extractor: SpanExtractor, request: pytest.FixtureRequest
) -> None:
    loaded = SpanExtractor.from_preset(str(request.getfixturevalue(preset)), new_head=True)
    np.testing.assert_array_equal(loaded.output_dense.kernel, extractor.output_dense.kernel)


def test_a_preset_of_a_backbone_alone_gives_no_extractor(
    build_backbone: Callable[..., BertBackbone], tmp_path: Path
) -> None:
    build_backbone().save_to_preset(str(tmp_path / "bare"))
    with pytest.raises(CheckpointError, match="no trained span extractor"):
        SpanExtractor.from_preset(str(tmp_path / "bare"))
    with pytest.raises(PresetError, match=r"no preprocessor\.json"):
        SpanExtractor.from_preset(str(tmp_path / "bare"), new_head=True)


def test_an_extractor_without_a_preprocessor_comes_back_without_one(build_extractor: Build, tmp_path: Path) -> None:
    build_extractor(preprocessor=None).save_to_preset(str(tmp_path / "bare"))
    assert SpanExtractor.from_preset(str(tmp_path / "bare")).preprocessor is None
    with pytest.raises(InputError, match="windows are the preprocessor's, and the preset has none") as caught:
        SpanExtractor.from_preset(str(tmp_path / "bare"), max_length=12)
    assert "\n" not in str(caught.value)


def test_an_extractors_preset_is_no_classifiers(own: Path) -> None:
    with pytest.raises(
        CheckpointError, match="of another task; load it as SpanExtractor. Received: TextClassifier"
    ) as caught:
        TextClassifier.from_preset(str(own), labels=["a", "b"])
    assert str(caught.value).startswith(str(own))


@pytest.mark.parametrize("preset", ["own", "hugging_face"])
@pytest.mark.parametrize("max_length", [33, 4])
def test_windows_that_cannot_be_are_refused(max_length: int, preset: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(InputError, match=f"Received: {max_length}|Received: 1 and 0") as caught:
        SpanExtractor.from_preset(str(request.getfixturevalue(preset)), max_length=max_length)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("minilm_folder")
def test_the_default_preset_takes_a_head_of_published_windows() -> None:
    extractor = SpanExtractor.from_preset("minilm_l6_en_uncased", load_weights=False, new_head=True)
    assert extractor.preprocessor.settings == {"max_length": 384, "window_overlap": 128, "max_question_length": 64}
    assert extractor.backbone.count_params() == 22_713_216 - 384 * 385  # without the pooler
