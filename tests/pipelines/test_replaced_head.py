"""What is told of the trained head of the model that a training starts from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bert_keras import TextClassifier, TokenClassifier
from bert_keras.checkpoints import save_hugging_face
from bert_keras.tagging import bio_tags
from pipelines.classify.config import ClassifyConfig
from pipelines.training.replaced_head import replaced_head

Build = Callable[..., Any]


@pytest.fixture(scope="module")
def folder(build_classifier: Build, build_backbone: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("heads")
    classifier: TextClassifier = build_classifier(labels=["a", "b", "c"])
    classifier.save_to_preset(str(folder / "own"))
    save_hugging_face(classifier, folder / "theirs")
    classifier.adapt(str(folder / "own"), rank=2)
    classifier.save_to_preset(str(folder / "adapter"))
    TokenClassifier(build_backbone(), bio_tags(["PER", "LOC"])).save_to_preset(str(folder / "tagger"))
    build_backbone().save_to_preset(str(folder / "bare"))
    return folder


def told(model: Path, task: str, *labels: str) -> str:
    return replaced_head(ClassifyConfig("train.tsv", "dev.tsv", model=str(model)), task, labels)


@pytest.mark.parametrize("kind", ["own", "theirs", "adapter"])
def test_labels_that_go_and_come_are_told_and_another_order_is_not(kind: str, folder: Path) -> None:
    model = folder / kind
    assert told(model, "single_label", "c", "a", "b") == ""
    goes, kept = "the trained head goes on", "it keeps what it has learned of the other labels"
    assert told(model, "single_label", "a", "c", "d") == f"{goes} without b and with the new d; {kept}"
    assert told(model, "single_label", "a", "b", "c", "[d]") == f"{goes} with the new [d]; {kept}"
    fresh = "a fresh head takes the place of the trained one"
    assert told(model, "single_label", "x", "y") == f"{fresh}, of whose labels none is here: a, b, c"
    assert told(model, "multi_label", "a", "b") == f"{fresh}, which is for --task single_label"
    assert told(model, "tags", "a", "b") == ""


def test_types_of_entities_are_told_likewise(folder: Path) -> None:
    assert told(folder / "tagger", "tags", "LOC", "PER") == ""
    assert told(folder / "tagger", "tags", "PER").startswith("the trained head goes on without LOC;")
    assert told(folder / "tagger", "single_label", "PER") == ""


def test_nothing_is_told_of_a_model_without_a_head(folder: Path) -> None:
    assert told(folder / "bare", "single_label", "a", "b") == ""
