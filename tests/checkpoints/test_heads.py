"""The head of a Hugging Face folder is found by its tensors; `architectures` counts where these do not tell."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoint_folders import CLASSIFIER, tensors, write_classifier, write_hugging_face, write_span_extractor
from pytorch_side import in_pytorch

from bert_keras import BertBackbone, SpanExtractor, TextClassifier, TokenClassifier
from bert_keras.checkpoints import read, save_hugging_face
from bert_keras.errors import CheckpointError, InputError, LabelError
from bert_keras.models import load_task, task_class

BOTH = tensors(labels=3) | {name: value for name, value in tensors(spans=True).items() if name.startswith("qa_")}
INPUTS = {
    "token_ids": np.array([[2, 5, 6, 3]], np.int32),
    "segment_ids": np.zeros((1, 4), np.int32),
    "padding_mask": np.ones((1, 4), np.int32),
}


@pytest.mark.parametrize("architectures", [None, ["BertModel"], ["MyOwnBert"], [], "BertForMaskedLM"])
def test_a_classifier_is_found_by_its_tensors(architectures: Any, tmp_path: Path) -> None:
    folder = write_classifier(tmp_path / "model", architectures=architectures)
    classifier = load_task(str(folder))
    assert isinstance(classifier, TextClassifier)
    assert classifier.labels == ("no", "maybe", "yes")
    np.testing.assert_array_equal(classifier.output_dense.kernel, tensors(labels=3)["classifier.weight"].T)


@pytest.mark.parametrize("architectures", [None, ["BertModel"], ["MyOwnBert"]])
def test_a_reader_is_found_by_its_tensors(architectures: Any, tmp_path: Path) -> None:
    assert task_class(str(write_span_extractor(tmp_path / "model", architectures=architectures))) is SpanExtractor


@pytest.mark.parametrize(
    ("named", "task"), [("BertForSequenceClassification", TextClassifier), ("BertForQuestionAnswering", SpanExtractor)]
)
def test_of_two_heads_the_named_one_is_meant(named: str, task: type, tmp_path: Path) -> None:
    assert task_class(str(write_classifier(tmp_path / "model", BOTH, architectures=[named]))) is task


@pytest.mark.parametrize("named", [None, ["BertModel"], ["BertForSequenceClassification", "BertForQuestionAnswering"]])
def test_two_heads_of_which_none_is_named_are_refused(named: Any, tmp_path: Path) -> None:
    folder = write_classifier(tmp_path / "model", BOTH, architectures=named)
    with pytest.raises(CheckpointError, match="tensors of a text classifier and of a reader") as caught:
        task_class(str(folder))
    assert str(caught.value).endswith("name one there, e.g. BertForSequenceClassification")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("named", "lost"),
    [
        ("BertForSequenceClassification", "classifier.weight"),
        ("BertForSequenceClassification", "pooler.dense.weight"),
        ("BertForQuestionAnswering", "qa_outputs.weight"),
    ],
)
def test_a_named_head_without_its_tensors_is_refused(named: str, lost: str, tmp_path: Path) -> None:
    weights = {name: value for name, value in BOTH.items() if name != lost}
    folder = write_classifier(tmp_path / "model", weights, architectures=[named])
    with pytest.raises(CheckpointError) as caught:
        task_class(str(folder))
    assert str(caught.value) == f"{folder}: config.json says {named}, but there is no tensor {lost}"


OF_TOKENS = [
    (["BertForTokenClassification"], tensors(pooler=False, labels=3), "a BertForTokenClassification, which labels"),
    (["BertForTokenClassification"], tensors(labels=3), "a BertForTokenClassification, which labels each token"),
    (None, tensors(pooler=False, labels=3), "a classifier without a pooler, which labels each token"),
    (["BertModel"], tensors(labels=2), r"a classifier with labels of spans \(B-, I-\), which labels each token"),
]
OTHERS = [
    (["BertForMultipleChoice"], tensors(labels=1), "a BertForMultipleChoice, which chooses one of several texts"),
    (
        ["BertForMaskedLM"],
        tensors(pooler=False) | {"cls.predictions.transform.dense.weight": np.zeros((8, 8), np.float32)},
        "a masked language model, which MaskedLM loads",
    ),
    (
        None,
        tensors() | {"cls.seq_relationship.weight": np.zeros((2, 8), np.float32)},
        "a next-sentence model, which TextClassifier.from_next_sentence_head loads",
    ),
]


@pytest.mark.parametrize(("named", "weights", "held"), OF_TOKENS + OTHERS)
def test_another_head_is_no_text_classifier_and_is_named(
    named: Any, weights: dict[str, np.ndarray], held: str, tmp_path: Path
) -> None:
    labels = {"id2label": {"0": "O", "1": "B-PER"}} if "spans" in held else {}
    folder = write_classifier(tmp_path / "model", weights, architectures=named, **labels)
    for error, load in ((LabelError, TextClassifier.from_preset), (CheckpointError, SpanExtractor.from_preset)):
        with pytest.raises(error, match=f"in it, but {held}.*Fine-tune one"):
            load(str(folder))
    if "which labels" in held:
        assert task_class(str(folder)) is TokenClassifier
        assert load_task(str(folder)).tags == tuple(labels.get("id2label", CLASSIFIER["id2label"]).values())
        return
    with pytest.raises(CheckpointError, match=f"no reader that answers questions, but {held}"):
        task_class(str(folder))


@pytest.mark.parametrize(("named", "weights", "held"), OF_TOKENS + OTHERS)
def test_the_encoder_of_another_head_starts_a_classifier(
    named: Any, weights: dict[str, np.ndarray], held: str, tmp_path: Path
) -> None:
    labels = {"id2label": {"0": "O", "1": "B-PER"}} if "spans" in held else {}
    folder = write_classifier(tmp_path / "model", weights, architectures=named, **labels)
    fresh = TextClassifier.from_preset(str(folder), labels=["a", "b", "c"])
    assert fresh.labels == ("a", "b", "c")
    if "classifier.weight" in weights and len(weights["classifier.weight"]) == 3:
        assert not np.isin(np.asarray(fresh.output_dense.kernel), weights["classifier.weight"]).any()
    expected = BertBackbone.from_preset(str(folder), pooler=False)(INPUTS)["sequence_output"]
    np.testing.assert_array_equal(fresh.backbone(INPUTS)["sequence_output"], expected)


def test_labels_like_those_of_spans_are_of_texts_where_the_class_says_so(tmp_path: Path) -> None:
    names = {"0": "O", "1": "B-flat", "2": "I-V"}
    assert read(write_classifier(tmp_path / "model", id2label=names)).labels == ("O", "B-flat", "I-V")


def test_labels_may_be_numbers(tmp_path: Path) -> None:
    folder = write_classifier(tmp_path / "model", id2label={"0": 0, "1": 1, "2": -7})
    assert load_task(str(folder)).settings["labels"] == ["0", "1", "-7"]


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        ({"0": 1, "1": "1", "2": 2}, "id2label names several outputs the same"),
        ({"0": "no", "1": "no", "2": "yes"}, "id2label names several outputs the same"),
        ({"0": True, "1": 1, "2": 2}, "id2label does not fit the head"),
        ({"0": None, "1": "a", "2": "b"}, "id2label does not fit the head"),
        ({"1": "a", "2": "b", "3": "c"}, "id2label does not fit the head"),
    ],
)
def test_names_that_do_not_tell_the_outputs_apart_are_refused(
    names: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    folder = write_classifier(tmp_path / "model", id2label=names)
    with pytest.raises(CheckpointError) as caught:
        read(folder)
    assert str(caught.value).startswith(f"{folder}: {problem}")
    assert "\n" not in str(caught.value)


@pytest.fixture
def single(tmp_path: Path) -> Path:
    """A folder with one output and no problem_type."""
    return write_classifier(tmp_path / "single", tensors(labels=1), id2label={"0": "relevant"})


def test_one_output_without_a_problem_type_is_a_probability_and_this_is_said(
    single: Path, caplog: pytest.LogCaptureFixture
) -> None:
    classifier = TextClassifier.from_preset(str(single))
    assert (classifier.task, classifier.labels) == ("multi_label", ("relevant",))
    (record,) = caplog.records
    assert record.message.startswith(
        f"{single} has one output and no problem_type: its output is served as the probability of 'relevant'"
    )
    answer = classifier.classify(["a"])[0]
    logit = classifier.logits(classifier.preprocessor(["a"])).numpy().item()
    assert answer.probabilities["relevant"] == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-6)


@pytest.mark.parametrize("new_head", [False, True])
def test_the_number_itself_is_had_by_saying_so_with_the_same_head(
    single: Path, new_head: bool, caplog: pytest.LogCaptureFixture
) -> None:
    model = TextClassifier.from_preset(str(single), task="regression", new_head=new_head)
    assert (model.task, model.labels) == ("regression", ())
    np.testing.assert_array_equal(model.output_dense.kernel, tensors(labels=1)["classifier.weight"].T)
    assert model.classify(["a"])[0].score == pytest.approx(model.logits(model.preprocessor(["a"])).numpy().item())
    assert not caplog.records


def test_a_single_output_is_renamed_like_any_label(single: Path) -> None:
    model = TextClassifier.from_preset(str(single), task="multi_label", labels=["spam"])
    assert model.labels == ("spam",)
    np.testing.assert_array_equal(model.output_dense.kernel, tensors(labels=1)["classifier.weight"].T)


@pytest.mark.parametrize("saved", ["own", "hugging_face"])
def test_a_number_and_a_probability_are_the_same_head_both_ways(single: Path, saved: str, tmp_path: Path) -> None:
    number = TextClassifier.from_preset(str(single), task="regression")
    folder = str(tmp_path / "saved")
    if saved == "own":
        number.save_to_preset(folder)
    else:
        save_hugging_face(number, folder)
    assert TextClassifier.from_preset(folder).task == "regression"
    there = TextClassifier.from_preset(folder, task="multi_label", labels=["relevant"])
    assert (there.task, there.labels) == ("multi_label", ("relevant",))
    assert TextClassifier.from_preset(folder, task="multi_label").labels == ("LABEL_0",)
    there.save_to_preset(str(tmp_path / "there"))
    back = TextClassifier.from_preset(str(tmp_path / "there"), task="regression")
    np.testing.assert_array_equal(back.output_dense.kernel, number.output_dense.kernel)
    np.testing.assert_allclose(back.logits(INPUTS), number.logits(INPUTS), rtol=0, atol=1e-6)
    with pytest.raises(InputError, match="task is regression. Received: multi_label; .* add new_head=True"):
        TextClassifier.from_preset(folder, task="multi_label", labels=["a", "b"])


def test_a_new_head_for_another_task_is_fresh(single: Path, tmp_path: Path) -> None:
    config = json.loads((single / "config.json").read_text(encoding="utf-8")) | {"problem_type": "regression"}
    (single / "config.json").write_text(json.dumps(config), encoding="utf-8")
    fresh = TextClassifier.from_preset(str(single), task="multi_label", labels=["a"], new_head=True)
    assert not np.isin(np.asarray(fresh.output_dense.kernel), tensors(labels=1)["classifier.weight"]).any()


def test_another_task_of_several_outputs_still_wants_a_new_head(tmp_path: Path) -> None:
    folder = write_classifier(tmp_path / "model", problem_type="multi_label_classification")
    with pytest.raises(InputError, match="the classifier's task is multi_label. Received: regression"):
        TextClassifier.from_preset(str(folder), task="regression")


def test_pairs_need_two_segments(tmp_path: Path) -> None:
    weights = tensors(labels=3)
    weights["embeddings.token_type_embeddings.weight"] = weights["embeddings.token_type_embeddings.weight"][:1]
    classifier = TextClassifier.from_preset(str(write_classifier(tmp_path / "model", weights, type_vocab_size=1)))
    with pytest.raises(InputError, match="pairs are told apart by their segments"):
        TextClassifier(classifier.backbone, ["a", "b"], pairs=True)


def test_no_head_of_the_next_sentence_is_said(tmp_path: Path) -> None:
    for folder in (write_hugging_face(tmp_path / "plain"), write_classifier(tmp_path / "classifier")):
        with pytest.raises(CheckpointError, match="there is no next-sentence head in it") as caught:
            TextClassifier.from_next_sentence_head(str(folder))
        assert "\n" not in str(caught.value)


@pytest.mark.pytorch
@pytest.mark.parametrize("problem", [None, "regression", "multi_label_classification"])
def test_one_output_is_served_as_the_pipeline_of_transformers_does(problem: str | None, tmp_path: Path) -> None:
    config = {"problem_type": problem, "id2label": {"0": "LABEL_0"}}
    folder = write_classifier(tmp_path / "model", tensors(labels=1), **config)
    expected = in_pytorch(folder, {"texts": ["a b", "cafe"]}, tmp_path)["pipeline"]
    answers = load_task(str(folder)).classify(["a b", "cafe"])
    found = [answer.score if problem == "regression" else answer.probabilities["LABEL_0"] for answer in answers]
    np.testing.assert_allclose(found, expected.reshape(-1), rtol=0, atol=1e-5)
