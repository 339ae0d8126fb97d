import json
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.errors import InputError, LabelError
from bert_keras.insight import (
    METHODS,
    Inspection,
    attention,
    attributions,
    head_importance_of,
    head_statistics,
    label_attributions,
    masked_predictions,
    target_of,
)
from bert_keras.insight.quantisation import dequantise, quantise
from bert_keras.insight.record import Record, make_record

TEXT = "the film was not good"
QUESTION = "was the film good"
CONTEXT = "the film was not bad . the play was good , café ! " * 3


@pytest.fixture(scope="module")
def inspection(classifier: TextClassifier) -> Inspection:
    return attention(classifier, TEXT)


@pytest.fixture(scope="module")
def record(inspection: Inspection) -> Record:
    return make_record(
        inspection, name="a name", true="positive", served_difference=1.234567e-6, model_name="tiny", step=3
    )


@pytest.fixture(scope="module")
def read(extractor: SpanExtractor) -> Inspection:
    return attention(extractor, QUESTION, CONTEXT)


def header(record: Record) -> dict[str, Any]:
    """The header as it is read from the log."""
    return json.loads(record.blobs()[0].decode())


def test_blobs_are_a_json_header_and_an_octet_a_weight_of_each_layer(record: Record, inspection: Inspection) -> None:
    blobs = record.blobs()
    assert header(record) == record.header
    assert (record.header["version"], record.header["layers"], record.header["heads"]) == (1, 2, 2)
    assert [len(blob) for blob in blobs[1:]] == [2 * 7 * 7] * 2
    kept = np.stack([np.frombuffer(blob, np.uint8).reshape(2, 7, 7) for blob in blobs[1:]])
    np.testing.assert_allclose(dequantise(kept), inspection.weights, atol=1 / 255)
    errors = np.abs(dequantise(kept) - inspection.weights)
    assert record.header["quantisation"]["code"] == "square_root_uint8"
    assert record.header["quantisation"]["max_error"] == pytest.approx(errors.max(), rel=1e-4)


def test_tokens_stand_in_the_header_with_their_places(record: Record) -> None:
    assert record.header["tokens"] == {
        "pieces": ["[CLS]", "the", "film", "was", "not", "good", "[SEP]"],
        "texts": [-1, 0, 0, 0, 0, 0, -1],
        "starts": [0, 0, 4, 9, 13, 17, 0],
        "ends": [0, 3, 8, 12, 16, 21, 0],
        "words": [-1, 0, 1, 2, 3, 4, -1],
        "segments": [0] * 7,
    }
    assert (record.header["first"], record.header["second"]) == (TEXT, None)


def test_names_differences_and_step_are_told(record: Record, inspection: Inspection) -> None:
    told = {name: record.header[name] for name in ("name", "task", "served_difference", "step")}
    assert told == {"name": "a name", "task": "single_label", "served_difference": 1.2346e-06, "step": 3}
    assert record.header["logit_difference"] == pytest.approx(inspection.logit_difference, rel=1e-4)
    assert record.header["model"]["name"] == "tiny"
    assert record.header["model"]["architecture"]["num_layers"] == 2
    assert record.at(9).header["step"] == 9
    assert record.at(9).header | {"step": 3} == record.header


def test_a_classifiers_answer_is_told(record: Record, classifier: TextClassifier) -> None:
    prediction, (answer,) = record.header["prediction"], classifier.classify([TEXT])
    assert record.header["answer"] is None
    assert prediction["labels"] == ["negative", "positive"]
    assert prediction["predicted"] == [answer.label]
    assert prediction["probabilities"] == pytest.approx(list(answer.probabilities.values()), abs=1e-5)
    assert np.subtract(*prediction["logits"]) == pytest.approx(
        np.log(np.divide(*prediction["probabilities"])), abs=1e-3
    )
    assert (prediction["true"], prediction["value"]) == (["positive"], None)


def test_the_numbers_are_those_of_the_methods(record: Record, inspection: Inspection) -> None:
    target = target_of(inspection)
    label = record.header["prediction"]["predicted"][0]
    assert record.header["target"] == {"title": target.title, "rows": [0], "label": label, "against": None}
    assert tuple(record.header["methods"]) == METHODS
    integrated = label_attributions(inspection).of(target)
    for name, made in attributions(inspection, target, integrated=integrated).items():
        told = record.header["methods"][name]
        np.testing.assert_allclose(told["values"], made.values, rtol=1e-4, atol=1e-7)
        np.testing.assert_allclose(told["rank_correlation"], made.rank_correlation, rtol=1e-4, atol=1e-7)
        assert (told["title"], told["paper"], told["note"]) == (made.title, made.paper, made.note)
    statistics = head_statistics(inspection.weights, inspection.tokens)
    for name in ("entropy", "distance", "cls", "sep", "previous", "next"):
        np.testing.assert_allclose(record.header["statistics"][name], getattr(statistics, name), rtol=1e-4)
    np.testing.assert_allclose(
        record.header["statistics"]["importance"], head_importance_of(inspection, target), rtol=1e-4
    )
    for name, part in inspection.embeddings._asdict().items():
        np.testing.assert_allclose(record.header["inputs"][name], np.linalg.norm(part, axis=-1), rtol=1e-4)
    masked = masked_predictions(inspection)
    assert record.header["masked"]["words"] == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(record.header["masked"]["probabilities"], masked.probabilities, rtol=1e-4)
    np.testing.assert_allclose(record.header["masked"]["original"], masked.original, rtol=1e-4)


def test_only_what_was_asked_for_is_computed(inspection: Inspection) -> None:
    made = make_record(inspection, name="few", methods=("rollout",), masked=False)
    assert list(made.header["methods"]) == ["rollout"]
    assert made.header["masked"] is None
    assert made.header["prediction"]["true"] is None


def test_the_label_asked_for_is_explained(inspection: Inspection) -> None:
    made = {label: make_record(inspection, name="x", label=label, masked=False) for label in ("negative", "positive")}
    assert [record.header["target"]["title"] for record in made.values()] == ["label negative", "label positive"]
    gradients = [record.header["methods"]["integrated_gradients"]["values"] for record in made.values()]
    assert gradients[0] != gradients[1]


def test_a_label_that_the_model_lacks_is_told(inspection: Inspection) -> None:
    with pytest.raises(LabelError, match="labels are negative, positive. Received: 'neutral'"):
        make_record(inspection, name="x", true="neutral")
    with pytest.raises(LabelError, match="neutral"):
        make_record(inspection, name="x", label="neutral")


def test_any_number_of_labels_may_be_predicted_and_true(build_classifier: Callable[..., TextClassifier]) -> None:
    classifier = build_classifier(task="multi_label", labels=["a", "b", "c"])
    made = make_record(attention(classifier, TEXT), name="x", true=["a", "c"], masked=False).header
    (answer,) = classifier.classify([TEXT])
    assert made["task"] == "multi_label"
    assert made["prediction"]["predicted"] == list(answer.labels)
    assert made["prediction"]["probabilities"] == pytest.approx(list(answer.probabilities.values()), abs=1e-5)
    assert made["prediction"]["true"] == ["a", "c"]


def test_a_regression_has_a_value_and_no_labels(build_classifier: Callable[..., TextClassifier]) -> None:
    classifier = build_classifier(task="regression", labels=())
    made = make_record(attention(classifier, TEXT), name="x", true=2.5).header
    (answer,) = classifier.classify([TEXT])
    prediction = made["prediction"]
    assert prediction["value"] == pytest.approx(answer.score, rel=1e-4)
    assert (prediction["labels"], prediction["probabilities"], prediction["predicted"], prediction["true"]) == (
        [],
        [],
        [],
        ["2.5"],
    )
    assert np.shape(made["masked"]["probabilities"]) == (5, 1)


def test_a_pair_has_both_texts(build_classifier: Callable[..., TextClassifier]) -> None:
    made = make_record(attention(build_classifier(pairs=True), "a film", "not bad"), name="x", masked=False).header
    assert (made["first"], made["second"]) == ("a film", "not bad")
    assert made["tokens"]["texts"] == [-1, 0, 0, -1, 1, 1, -1]
    assert made["tokens"]["segments"] == [0, 0, 0, 0, 1, 1, 1]


def test_a_readers_answer_is_told_over_all_windows(read: Inspection, extractor: SpanExtractor) -> None:
    made = header(make_record(read, name="x", true=[(4, 8), SimpleNamespace(start=13, end=20)]))
    told, answer = made["answer"], extractor.answer(QUESTION, CONTEXT)
    assert (made["task"], made["prediction"]) == ("answer", None)
    assert len(told["windows"]) > 1
    assert read.document is not None
    assert told["shown"] == read.document.shown
    assert told["windows"][0]["start"] == 0
    assert told["token_starts"][:3] == [0, 4, 9]
    assert len(told["start_probabilities"]) == len(told["end_probabilities"]) == len(told["token_ends"]) == 39
    assert told["predicted"] == {
        "start": answer.start,
        "end": answer.end,
        "text": answer.text,
        "score": pytest.approx(answer.score, abs=1e-4),
    }
    assert [span["text"] for span in told["n_best"]] == [span.text for span in answer.n_best]
    assert told["gold"] == [{"start": 4, "end": 8, "text": "film"}, {"start": 13, "end": 20, "text": "not bad"}]
    assert told["null_threshold"] is None
    assert set(made["masked"]) == {"words", "span_scores", "original", "drops", "note", "sentences"}
    assert len(made["masked"]["words"]) == len(made["masked"]["span_scores"])


def test_a_reader_that_declines_has_no_predicted_span(build_extractor: Callable[..., SpanExtractor]) -> None:
    made = make_record(
        attention(build_extractor(null_threshold=-1e9), QUESTION, CONTEXT), name="x", true=[], masked=False
    ).header
    assert made["answer"]["predicted"] is None
    assert made["answer"]["gold"] == []
    assert made["answer"]["null_threshold"] == -1e9


def test_a_right_answer_may_be_given_by_its_words(read: Inspection) -> None:
    made = make_record(read, name="x", methods=(), masked=False, true="play was good").header
    assert made["answer"]["gold"] == [{"start": 27, "end": 40, "text": "play was good"}]


@pytest.mark.parametrize(
    ("true", "said"),
    [
        ("no such words", "stands nowhere in the context"),
        ("", "stands nowhere in the context"),
        ([(5, 5)], "no answer from 5 to 5"),
        ([(0, 10**6)], "no answer from 0 to 1000000"),
    ],
)
def test_a_right_answer_that_stands_nowhere_is_told(read: Inspection, true: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        make_record(read, name="x", true=true)


@pytest.mark.parametrize("text", ["", " \n", "<img src=x onerror=alert(1)>", "שלום 🙂👩‍👧 \u202e"])
def test_any_text_becomes_json_of_its_own_code_points(classifier: TextClassifier, text: str) -> None:
    inspection = attention(classifier, text)
    made = header(make_record(inspection, name=text))
    assert made["first"] == text
    assert (made["masked"] is None) == (len(made["tokens"]["pieces"]) == 2)


def test_a_model_that_has_diverged_still_makes_json(inspection: Inspection) -> None:
    broken = SimpleNamespace(**{name: getattr(inspection, name) for name in inspection.__slots__})
    broken.logit_difference, broken.logits = float("nan"), np.array([np.nan, 1], np.float32)
    made = header(make_record(broken, name="x", methods=(), masked=False))  # type: ignore[arg-type]
    assert made["logit_difference"] is None
    assert made["prediction"]["logits"] == [None, 1.0]


def test_a_long_text_of_a_large_model_is_quantised_and_packed_quickly(record: Record) -> None:
    weights = np.full((12, 12, 384, 384), 1 / 384, np.float32)
    begin = time.process_time()
    blobs = Record(record.header, quantise(weights).layers).blobs()
    assert time.process_time() - begin < 2
    assert sum(map(len, blobs)) < 25 * 10**6
