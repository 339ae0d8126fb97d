import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bert_keras import BertBackbone, SpanExtractor, TextClassifier
from bert_keras.checkpoints import save_hugging_face
from bert_keras.errors import CheckpointError, InputError, PresetError
from bert_keras.models import load_task, takes_pairs, task_class


@pytest.fixture(params=["classifier", "extractor"])
def task(
    request: pytest.FixtureRequest,
    build_classifier: Callable[..., TextClassifier],
    build_extractor: Callable[..., SpanExtractor],
) -> TextClassifier | SpanExtractor:
    return build_classifier() if request.param == "classifier" else build_extractor()


def test_a_preset_is_loaded_as_what_it_was(task: TextClassifier | SpanExtractor, tmp_path: Path) -> None:
    task.save_to_preset(str(tmp_path / "model"))
    assert task_class(str(tmp_path)) is type(task)  # a run: its model is in a folder of that name
    loaded = load_task(str(tmp_path), max_length=12, dtype="float32")
    assert type(loaded) is type(task)
    assert loaded.preprocessor.max_length == 12


def test_adapters_are_loaded_as_what_they_are_of(task: TextClassifier | SpanExtractor, tmp_path: Path) -> None:
    task.save_to_preset(str(tmp_path / "base"))
    task.adapt(str(tmp_path / "base"), rank=2)
    task.save_to_preset(str(tmp_path / "adapter"))
    assert type(load_task(str(tmp_path / "adapter"))) is type(task)


def test_a_hugging_face_folder_is_loaded_as_what_its_head_is(
    task: TextClassifier | SpanExtractor, tmp_path: Path
) -> None:
    assert type(load_task(str(save_hugging_face(task, tmp_path / "model")))) is type(task)


def test_a_backbone_alone_is_neither(build_backbone: Callable[..., BertBackbone], tmp_path: Path) -> None:
    build_backbone().save_to_preset(str(tmp_path))
    message = f"{tmp_path}: there is no trained classifier in it, and no reader that answers questions. Fine-tune one"
    with pytest.raises(CheckpointError, match=re.escape(message)):
        load_task(str(tmp_path))


def test_what_is_no_preset_and_a_length_beyond_the_positions_are_refused(
    build_extractor: Callable[..., SpanExtractor], tmp_path: Path
) -> None:
    with pytest.raises(PresetError, match="no folder and no known name"):
        task_class(str(tmp_path / "none"))
    build_extractor().save_to_preset(str(tmp_path / "reader"))
    with pytest.raises(InputError, match="max_length is beyond the backbone's 32 positions. Received: 33"):
        load_task(str(tmp_path / "reader"), max_length=33)


@pytest.mark.parametrize("pairs", [False, True])
def test_a_preset_of_a_classifier_says_whether_it_takes_pairs_and_a_hugging_face_folder_does_not(
    build_classifier: Callable[..., TextClassifier], tmp_path: Path, pairs: bool
) -> None:
    classifier = build_classifier(pairs=pairs)
    classifier.save_to_preset(str(tmp_path / "run" / "model"))
    save_hugging_face(classifier, tmp_path / "hugging_face")
    classifier.adapt(str(tmp_path / "run" / "model"), rank=2)
    classifier.save_to_preset(str(tmp_path / "adapter"))
    names = ("run", "run/model", "adapter", "hugging_face")
    assert [takes_pairs(str(tmp_path / name)) for name in names] == [pairs, pairs, pairs, None]


def test_what_is_no_classifier_says_nothing_about_pairs(
    build_extractor: Callable[..., SpanExtractor], build_backbone: Callable[..., BertBackbone], tmp_path: Path
) -> None:
    build_extractor().save_to_preset(str(tmp_path / "reader"))
    build_backbone().save_to_preset(str(tmp_path / "backbone"))
    assert [takes_pairs(str(tmp_path / name)) for name in ("reader", "backbone")] == [None, None]
    with pytest.raises(PresetError, match="no folder and no known name"):
        takes_pairs(str(tmp_path / "none"))
