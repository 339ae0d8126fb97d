import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bert_keras
from bert_keras import BertTokenizer, TextClassifier
from bert_keras.checkpoints import save_hugging_face
from bert_keras.errors import InputError, LabelError

LABELS = ("schlecht", "mittel", "gut")
TEXTS = ["the film was good", "bad"]


@pytest.fixture(scope="module", params=["own", "hugging_face"])
def saved(
    request: pytest.FixtureRequest, build_classifier: Callable[..., TextClassifier], tmp_path_factory: Any
) -> tuple[str, Any]:
    """A classifier with three labels and its preset, in each of the formats that we write."""
    classifier = build_classifier(labels=list(LABELS))
    folder: Path = tmp_path_factory.mktemp("preset") / request.param
    if request.param == "own":
        classifier.save_to_preset(str(folder))
    else:
        save_hugging_face(classifier, folder)
    return str(folder), classifier


def logits(classifier: TextClassifier) -> np.ndarray:
    return np.asarray(classifier.logits(classifier.preprocessor(TEXTS)))


def assert_same_model(one: TextClassifier, other: TextClassifier) -> None:
    """Asserts equal weights; with them logits may differ in the last bit, by the processor and where buffers lie."""
    for first, second in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(logits(one), logits(other), rtol=0, atol=1e-6)


def same_backbone(first: TextClassifier, second: TextClassifier) -> bool:
    weights = zip(first.backbone.get_weights(), second.backbone.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in weights)


@pytest.mark.parametrize("given", [None, LABELS, list(LABELS)])
@pytest.mark.parametrize("new_head", [False, True])
def test_the_labels_of_the_preset_come_with_its_head(given: Any, new_head: bool, saved: tuple[str, Any]) -> None:
    preset, classifier = saved
    loaded = TextClassifier.from_preset(preset, labels=given, new_head=new_head)
    assert loaded.labels == LABELS
    assert_same_model(loaded, classifier)


def test_as_many_other_labels_rename_those_of_the_preset(saved: tuple[str, Any]) -> None:
    preset, classifier = saved
    renamed = TextClassifier.from_preset(preset, labels=["bad", "fair", "good"])
    assert renamed.labels == ("bad", "fair", "good")
    assert_same_model(renamed, classifier)
    places = [LABELS.index(answer.label) for answer in classifier.classify(TEXTS)]
    assert [answer.label for answer in renamed.classify(TEXTS)] == [("bad", "fair", "good")[place] for place in places]


def test_the_labels_of_the_preset_in_another_order_are_refused(saved: tuple[str, Any]) -> None:
    with pytest.raises(LabelError, match="another order would swap their meaning"):
        TextClassifier.from_preset(saved[0], labels=LABELS[::-1])


@pytest.mark.parametrize("labels", [["bad", "good"], ["a", "b", "c", "d"]])
def test_another_number_of_labels_is_refused(labels: list[str], saved: tuple[str, Any]) -> None:
    preset, _ = saved
    with pytest.raises(LabelError) as caught:
        TextClassifier.from_preset(preset, labels=labels)
    expected = (
        f"{preset}: the classifier has 3 labels ['schlecht', 'mittel', 'gut']. Received: {len(labels)}, {labels}; "
    )
    assert str(caught.value).startswith(expected)
    assert str(caught.value).endswith("add new_head=True")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("labels", [["bad", "good"], ["bad", "fair", "good"], ["a", "b", "c", "d"]])
def test_a_new_head_of_other_labels_starts_fresh_on_the_same_backbone(
    labels: list[str], saved: tuple[str, Any]
) -> None:
    preset, classifier = saved
    fresh = TextClassifier.from_preset(preset, labels=labels, new_head=True)
    assert fresh.labels == tuple(labels)
    assert same_backbone(fresh, classifier)
    kernel = np.asarray(fresh.output_dense.kernel)
    assert kernel.shape == (8, len(labels))
    assert not np.isin(kernel, np.asarray(classifier.output_dense.kernel)).any()


@pytest.mark.parametrize("labels", [["gut", "schlecht", "mittel"], ["new", "gut", "other", "schlecht"]])
def test_a_new_head_keeps_the_outputs_of_the_labels_that_were_there(labels: list[str], saved: tuple[str, Any]) -> None:
    preset, classifier = saved
    again = TextClassifier.from_preset(preset, labels=labels, new_head=True)
    assert again.labels == tuple(labels)
    before, after = logits(classifier), logits(again)
    for label in {*labels} & {*LABELS}:
        of_label = after[:, labels.index(label)]
        np.testing.assert_allclose(of_label, before[:, LABELS.index(label)], rtol=0, atol=1e-6)


@pytest.mark.parametrize("labels", [["same", "same", "other"], ["one"], "abc"])
@pytest.mark.parametrize("new_head", [False, True])
def test_labels_that_are_no_different_names_are_refused(labels: Any, new_head: bool, saved: tuple[str, Any]) -> None:
    with pytest.raises(LabelError, match="labels must be at least two different names"):
        TextClassifier.from_preset(saved[0], labels=labels, new_head=new_head)


def test_another_max_length_keeps_the_head(saved: tuple[str, Any]) -> None:
    preset, classifier = saved
    shorter = TextClassifier.from_preset(preset, max_length=8)
    assert shorter.preprocessor.max_length == 8
    assert shorter.labels == LABELS
    assert_same_model(shorter, classifier)
    assert shorter.preprocessor(["a " * 40])["token_ids"].shape == (1, 8)


def test_another_max_length_goes_with_a_new_head(saved: tuple[str, Any]) -> None:
    fresh = TextClassifier.from_preset(saved[0], max_length=8, labels=["a", "b"], new_head=True)
    assert (fresh.preprocessor.max_length, fresh.labels) == (8, ("a", "b"))
    assert same_backbone(fresh, saved[1])


@pytest.mark.parametrize("max_length", [17, 3])
def test_a_max_length_that_cannot_be_is_refused(max_length: int, saved: tuple[str, Any]) -> None:
    with pytest.raises(InputError, match=f"max_length.*Received: {max_length}") as caught:
        TextClassifier.from_preset(saved[0], max_length=max_length)
    assert "\n" not in str(caught.value)


def test_a_preset_without_a_preprocessor_has_no_max_length(
    build_classifier: Callable[..., TextClassifier], tmp_path: Path
) -> None:
    build_classifier(preprocessor=None).save_to_preset(str(tmp_path / "bare"))
    assert TextClassifier.from_preset(str(tmp_path / "bare")).preprocessor is None
    with pytest.raises(InputError, match=r"max_length is the preprocessor's, and the preset has none\. Received: 8"):
        TextClassifier.from_preset(str(tmp_path / "bare"), max_length=8)


def test_a_tokenizer_asked_for_a_preset_says_what_loads_it(saved: tuple[str, Any]) -> None:
    with pytest.raises(InputError) as raised:
        BertTokenizer.from_preset(saved[0])
    (written,) = re.findall(r"write (\S+\(.*?\)\.tokenizer);", str(raised.value))
    tokenizer = eval(written, {"bert_keras": bert_keras})
    assert tokenizer.get_vocabulary() == saved[1].preprocessor.tokenizer.get_vocabulary()
