from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from model_stand_ins import ServedModel, scored

from bert_keras import Classification, MultiLabel, Regression, SpanAnswer
from bert_keras.errors import InputError, ServiceError
from bert_keras.models import Entity, SpanCandidate
from bert_keras.serving.client import TensorInfo

Connect = Callable[..., Any]
LABELS = ["no\x00", "東京 😀"]
CONTEXT = "é😀 the ferry leaves at half past seven"


def single(signature: str, inputs: dict[str, list[Any]]) -> dict[str, np.ndarray]:
    second = np.array([len(text) % 10 / 10 for text in inputs["text"]], np.float32)
    probabilities = np.stack([1 - second, second], axis=1)
    names = np.array([LABELS] * len(second), object)
    label = names[0][probabilities.argmax(axis=1)] if len(second) else names
    return {"label": label, "probability": probabilities.max(axis=1), "labels": names, "probabilities": probabilities}


def multi(signature: str, inputs: dict[str, list[Any]]) -> dict[str, np.ndarray]:
    outputs = single(signature, inputs)
    probabilities = outputs["probabilities"]
    return {"labels": outputs["labels"], "probabilities": probabilities, "chosen": probabilities >= 0.5}


def reading(signature: str, inputs: dict[str, list[Any]]) -> dict[str, np.ndarray]:
    """Answers with the context's last word and the two before; with nothing if the question is empty."""
    outputs: dict[str, list[Any]] = {name: [] for name in ("answer", "answers", "start", "starts", "end", "ends")}
    for question, context in zip(inputs["question"], inputs["context"], strict=True):
        end, start = len(context), context.rindex(" ") + 1
        outputs["answers"].append([context[start:], context[start - 2 : end], ""])
        outputs["starts"].append([start, start - 2, 0])
        outputs["ends"].append([end, end, 0])
        for name, values in (("answer", context[start:]), ("start", start), ("end", end)):
            outputs[name].append(values if question else type(values)())
    rows = len(inputs["question"])
    kinds = {"answer": object, "answers": object}
    return {name: np.array(values, kinds.get(name, np.int64)) for name, values in outputs.items()} | {
        "score": np.full(rows, 0.1, np.float32),
        "scores": np.array([[0.1, 0.05, 0]] * rows, np.float32),
        "null_odds": np.full(rows, -3, np.float32),
    }


def test_single_labels_are_the_librarys_classes_to_the_last_bit(connected: Connect) -> None:
    client = connected(ServedModel(single))
    third = float(np.float32(0.3))
    rest = float(np.float32(1) - np.float32(0.3))
    assert client.classify(["abc"]) == [Classification("no\x00", rest, {"no\x00": rest, "東京 😀": third})]


def test_several_labels_and_numbers_are_the_librarys_classes(connected: Connect) -> None:
    assert connected(ServedModel(multi)).classify(["12345"]) == [
        MultiLabel(("no\x00", "東京 😀"), {"no\x00": 0.5, "東京 😀": 0.5})
    ]
    assert connected(ServedModel(scored)).classify(["abc"]) == [Regression(0.75)]


def test_pairs_arrive_as_pairs_with_any_text_in_them(connected: Connect) -> None:
    model = ServedModel(single)
    rows = [("a \x00\u2028", '"}{\\'), ["東京 😀", ""]]
    assert len(connected(model).classify([tuple(row) for row in rows])) == 2
    assert model.seen[0].inputs == {"text": [rows[0][0], rows[1][0]], "pair": [rows[0][1], rows[1][1]]}


def test_an_answer_is_a_span_answer_with_its_candidates(connected: Connect) -> None:
    client = connected(ServedModel(reading))
    tenth, twentieth = float(np.float32(0.1)), float(np.float32(0.05))
    sentence = (0, 38)
    n_best = (
        SpanCandidate("seven", 33, 38, tenth, *sentence),
        SpanCandidate("t seven", 31, 38, twentieth, *sentence),
    )
    assert client.answer("When?", CONTEXT) == SpanAnswer("seven", 33, 38, tenth, -3.0, n_best, *sentence)
    assert client.answer(["", "When?"], CONTEXT) == [
        SpanAnswer("", 0, 0, tenth, -3.0, n_best, 0, 0),
        SpanAnswer("seven", 33, 38, tenth, -3.0, n_best, *sentence),
    ]


def test_many_rows_are_sent_in_requests_of_the_largest_size_and_come_back_in_order(connected: Connect) -> None:
    model = ServedModel(scored)
    texts = ["x" * length for length in (9, 2, 7, 1, 5, 3, 8)]
    answers = connected(model, max_batch_size=3).classify(texts)
    assert [answer.score * 4 for answer in answers] == [9, 2, 7, 1, 5, 3, 8]
    assert [len(seen.inputs["text"]) for seen in model.seen] == [3, 3, 1]


def test_requests_share_a_connection(connected: Connect) -> None:
    model = ServedModel(scored)
    client = connected(model, max_batch_size=1)
    client.classify(["a", "b"])
    client.classify(["c"])
    assert len({seen.connection for seen in model.seen}) == 1
    assert len(model.seen) == 3


def test_nothing_is_asked_about_no_rows(connected: Connect) -> None:
    model = ServedModel(scored)
    client = connected(model)
    assert client.classify([]) == []
    assert client.answer([], []) == []
    assert model.seen == []


def test_any_signature_is_run_and_an_output_without_a_name_gets_it(connected: Connect) -> None:
    client = connected(ServedModel(scored), max_batch_size=2)
    embedded = client.predict({"text": ["a", "bb", "ccc"]}, signature="embed")
    assert embedded.keys() == {"embedding"}
    assert embedded["embedding"].dtype == np.float32
    assert embedded["embedding"].tolist() == [[1, 0.5, -1], [2, 0.5, -1], [3, 0.5, -1]]
    assert client.predict({"text": ["a"]})["tokens"].dtype == np.int64


def test_token_ids_are_sent_as_whole_numbers_and_answers_of_different_widths_are_padded(connected: Connect) -> None:
    def widths(signature: str, inputs: dict[str, list[Any]]) -> dict[str, np.ndarray]:
        ids = np.array(inputs["token_ids"])
        words = np.array([["é"] * int(row.max()) for row in ids], object)
        return {"ids": ids[:, : ids.max()].astype(np.int32), "words": words}

    client = connected(ServedModel(widths), max_batch_size=1)
    outputs = client.predict({"token_ids": np.array([[1, 1, 1], [3, 3, 3]], np.int32)}, signature="token_ids")
    assert outputs["ids"].tolist() == [[1, 0, 0], [3, 3, 3]]
    assert outputs["words"].tolist() == [["é", "", ""], ["é", "é", "é"]]


def test_masks_of_several_requests_are_padded_as_those_of_one(connected: Connect) -> None:
    def filled(signature: str, inputs: dict[str, list[Any]]) -> dict[str, np.ndarray]:
        masks = np.array([text.count("[MASK]") for text in inputs["text"]], np.int32)
        shape = len(masks), int(masks.max())
        ids = np.full((*shape, 2), 7, np.int32)
        return {"masks": masks, "starts": np.full(shape, 3, np.int32), "token_ids": ids}

    client = connected(ServedModel(filled), max_batch_size=1)
    outputs = client.predict({"text": ["a [MASK]", "none", "[MASK] [MASK]"]})
    assert outputs["masks"].tolist() == [1, 0, 2]
    assert outputs["starts"].tolist() == [[3, -1], [-1, -1], [3, 3]]
    assert outputs["token_ids"].tolist() == [[[7, 7], [-1, -1]], [[-1, -1], [-1, -1]], [[7, 7], [7, 7]]]


def test_texts_and_numbers_of_numpy_are_sent_as_any_other(connected: Connect) -> None:
    model = ServedModel(scored)
    client = connected(model)
    client.classify(list(np.array(["é", "b"])))
    client.predict({"text": np.array(["é", "b"]), "ids": [np.array([1, 2], np.int32), np.array([3, 4], np.int64)]})
    client.predict({"text": list(np.array(["é"], object)), "ids": [np.int32(5)]})
    assert [seen.inputs for seen in model.seen] == [
        {"text": ["é", "b"]},
        {"text": ["é", "b"], "ids": [[1, 2], [3, 4]]},
        {"text": ["é"], "ids": [5]},
    ]


def test_a_version_or_a_label_is_asked_for(connected: Connect) -> None:
    for settings, path in (({"version": 3}, "/versions/3"), ({"label": "stable"}, "/labels/stable"), ({}, "")):
        model = ServedModel(scored)
        connected(model, **settings).classify(["a"])
        assert model.seen[0].what in (f"/v1/models/m{path}:predict", "Predict")
    with pytest.raises(ServiceError, match="Unrecognized servable version label: canary.*INVALID_ARGUMENT"):
        connected(ServedModel(scored), label="canary").classify(["a"])


def test_states_and_signatures_are_typed(connected: Connect) -> None:
    client = connected(ServedModel(scored, states=[(2, "AVAILABLE", 0, ""), (3, "END", 5, "no such file")]))
    assert [(one.version, one.state, one.code, one.message) for one in client.status()] == [
        (3, "END", 5, "no such file"),
        (2, "AVAILABLE", 0, ""),
    ]
    metadata = client.metadata()
    assert (metadata.name, metadata.version) == ("m", 1)
    assert metadata.signatures["embed"].outputs == {"embedding": TensorInfo("DT_FLOAT", (None, 3))}


def test_headers_go_with_each_request(connected: Connect) -> None:
    model = ServedModel(scored)
    connected(model, headers={"Authorization": "Bearer x"}).classify(["a"])
    headers = {name.lower(): value for name, value in model.seen[0].headers.items()}
    assert headers["authorization"] == "Bearer x"


def test_outputs_of_another_task_are_refused(connected: Connect) -> None:
    other = {"tokens": np.ones(1, np.int32), "vectors": np.ones([1, 3], np.float32)}
    with pytest.raises(ServiceError, match="answered with tokens, vectors, which is no classifier's answer"):
        connected(ServedModel(lambda signature, inputs: other)).classify(["a"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"score": np.zeros([1, 1], np.float32)}, "answered with score of shape"),
        ({"score": np.array([np.nan], np.float32)}, "not finite"),
        ({"score": np.zeros(2, np.float32), "tokens": np.zeros(2, np.int32)}, "answered 1 rows with outputs"),
        ({"score": np.array(["a"], object)}, "answered with score of type object"),
    ],
)
def test_an_answer_that_is_no_number_is_refused(connected: Connect, change: dict[str, Any], said: str) -> None:
    with pytest.raises(ServiceError, match=said):
        connected(ServedModel(lambda signature, inputs: scored(signature, inputs) | change)).classify(["a"])


@pytest.mark.parametrize(
    "change",
    [
        {"label": np.array(["東京 😀"], object)},
        {"label": np.array(["another"], object)},
        {"probability": np.array([0.1], np.float32)},
        {"labels": np.array([["a", "a"]], object)},
        {"labels": np.array([["a", "b", "c"]], object)},
        {"probabilities": np.array([[0.5]], np.float32)},
    ],
)
def test_a_label_that_contradicts_the_probabilities_is_refused(connected: Connect, change: dict[str, Any]) -> None:
    with pytest.raises(ServiceError, match="answered with .*Is this an export of this project"):
        connected(ServedModel(lambda signature, inputs: single(signature, inputs) | change)).classify(["abc"])


@pytest.mark.parametrize(
    "change",
    [
        {"answer": np.array(["eight"], object)},
        {"start": np.array([32])},
        {"end": np.array([100])},
        {"starts": np.array([[33, 30, 0]])},
        {"scores": np.zeros([1, 2], np.float32)},
    ],
)
def test_a_text_that_is_not_at_its_place_is_refused(connected: Connect, change: dict[str, Any]) -> None:
    with pytest.raises(ServiceError, match="answered with "):
        connected(ServedModel(lambda signature, inputs: reading(signature, inputs) | change)).answer("When?", CONTEXT)


def tagging(signature: str, inputs: dict[str, list[Any]]) -> dict[str, np.ndarray]:
    """One entity in the first text, none in the others."""
    rows = len(inputs["text"])
    outputs = {"entities": "Osaka", "labels": "place", "starts": 8, "ends": 13, "scores": np.float32(0.5)}
    made = {name: np.array([[value], *[[type(value)()]] * (rows - 1)]) for name, value in outputs.items()}
    texts = {name: made[name].astype(object) for name in ("entities", "labels")}
    return made | texts | {"count": np.array([1, *[0] * (rows - 1)], np.int32)}


def test_entities_are_the_librarys_without_their_padding(connected: Connect) -> None:
    found = connected(ServedModel(tagging)).tag(["😀 Noor, Osaka", "", "b"])
    assert found == [(Entity("Osaka", "place", 8, 13, 0.5),), (), ()]


@pytest.mark.parametrize(
    "change",
    [
        {"entities": np.array([["Osak"]], object)},
        {"ends": np.array([[14]])},
        {"starts": np.array([[13]])},
        {"count": np.array([2])},
        {"labels": np.array([["place", "x"]], object)},
    ],
)
def test_an_entity_that_is_not_at_its_place_is_refused(connected: Connect, change: dict[str, Any]) -> None:
    with pytest.raises(ServiceError, match="answered with "):
        connected(ServedModel(lambda signature, inputs: tagging(signature, inputs) | change)).tag(["😀 Noor, Osaka"])


def test_a_call_for_the_other_task_is_refused(connected: Connect) -> None:
    def run(signature: str, inputs: dict[str, list[Any]]) -> dict[str, np.ndarray]:
        return single(signature, {"text": next(iter(inputs.values()))})

    with pytest.raises(ServiceError, match="without answer, answers"):
        connected(ServedModel(run)).answer("When?", CONTEXT)


@pytest.mark.parametrize("call", [lambda c: c.classify(["a", "b\ud83d"]), lambda c: c.answer("?", "b\udfff")])
def test_half_of_a_character_is_refused_before_anything_is_sent(connected: Connect, call: Callable[..., Any]) -> None:
    model = ServedModel(scored)
    with pytest.raises(InputError, match="no valid Unicode"):
        call(connected(model))
    assert model.seen == []


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.classify("abc"),
        lambda c: c.classify(["a", ("b", "c")]),
        lambda c: c.classify([("a", "b", "c")]),
        lambda c: c.classify([None]),
        lambda c: c.answer(["?", "!"], ["only one"]),
        lambda c: c.answer(3, "x"),
        lambda c: c.predict({}),
        lambda c: c.predict({"text": "abc"}),
        lambda c: c.predict({"text": []}),
        lambda c: c.predict({"text": ["a"], "pair": []}),
        lambda c: c.predict({"text": [object()]}),
        lambda c: c.classify(["a"], deadline=0),
        lambda c: c.wait_until_ready(float("nan")),
    ],
)
def test_a_wrong_call_is_an_input_error(connected: Connect, call: Callable[..., Any]) -> None:
    model = ServedModel(scored)
    with pytest.raises(InputError, match="Received: "):
        call(connected(model))
    assert model.seen == []
