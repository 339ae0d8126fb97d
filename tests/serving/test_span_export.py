import random
from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
from exported_extractors import ExportedExtractor, assert_same_answers
from tensorflow.core.protobuf import saved_model_pb2

from bert_keras import SpanExtractor
from bert_keras.serving.signature_inputs import TOKEN_SIGNATURE
from bert_keras.serving.span_signatures import OUTPUTS

WORDS = (
    "the",
    "film",
    "was",
    "good",
    "bad",
    "not",
    "a",
    "b",
    "unplayable",
    "café",
    "naïve",
    "東京",
    "😀",
    ".",
    ",",
    "!",
    "e\u0301",
    "  ",
)
BuildExtractor = Callable[..., SpanExtractor]


def text_of(words: int, seed: int) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=words))


# Contexts of no window's length, of one window, and of up to sixty; questions shorter and longer than what is kept of them.
QUESTIONS = [text_of(words, words) for words in (1, 3, 40, 2, 0, 5, 4, 0)]
CONTEXTS = [text_of(words, 100 + words) for words in (4, 300, 12, 0, 30, 7, 900, 0)]


@pytest.fixture(scope="module")
def always(build_extractor: BuildExtractor, tmp_path_factory: pytest.TempPathFactory) -> ExportedExtractor:
    """A model that always answers."""
    return ExportedExtractor(build_extractor(), tmp_path_factory.mktemp("served") / "always")


@pytest.fixture(scope="module")
def sometimes(build_extractor: BuildExtractor, tmp_path_factory: pytest.TempPathFactory) -> ExportedExtractor:
    """A model that answers half of the questions, by its threshold, and lists few spans."""
    extractor = build_extractor(null_threshold=0.0, n_best=3, max_answer_tokens=5)
    extractor.null_threshold = sorted(answer.null_odds for answer in extractor.answer(QUESTIONS, CONTEXTS))[len(QUESTIONS) // 2 - 1]
    return ExportedExtractor(extractor, tmp_path_factory.mktemp("served") / "sometimes")


def test_answers_are_those_of_the_model_for_documents_of_one_to_many_windows(always: ExportedExtractor) -> None:
    expected = always.extractor.answer(QUESTIONS, CONTEXTS)
    assert_same_answers(always.answers(QUESTIONS, CONTEXTS), expected)
    assert len({(answer.text, answer.start) for answer in expected}) == 7  # of the empty contexts the same: nothing
    assert expected[0].text == CONTEXTS[0][expected[0].start : expected[0].end] != ""


def test_a_question_alone_is_answered_as_in_a_batch(always: ExportedExtractor) -> None:
    alone = [always.answers([question], [context])[0] for question, context in zip(QUESTIONS, CONTEXTS, strict=True)]
    assert_same_answers(alone, always.answers(QUESTIONS, CONTEXTS))


def test_a_threshold_decides_as_in_the_model_on_both_of_its_sides(sometimes: ExportedExtractor) -> None:
    expected = sometimes.extractor.answer(QUESTIONS, CONTEXTS)
    received = sometimes.answers(QUESTIONS, CONTEXTS)
    assert_same_answers(received, expected)
    answered = [bool(answer.text) for answer in received]
    assert answered == [answer.null_odds <= sometimes.extractor.null_threshold for answer in expected]
    assert answered.count(True) == len(QUESTIONS) // 2


def test_an_empty_batch_gets_empty_answers(always: ExportedExtractor) -> None:
    outputs = always.outputs([], [])
    assert {name: value.shape for name, value in outputs.items()} == {
        **dict.fromkeys(("answer", "start", "end", "score", "null_odds"), (0,)),
        **dict.fromkeys(("answers", "starts", "ends", "scores"), (0, 20)),
    }


def test_what_is_missing_is_empty_and_zero(always: ExportedExtractor) -> None:
    outputs = always.outputs(["the film?", "", ""], ["", "", "good"])
    for name in ("answers", "starts", "ends", "scores"):
        assert not outputs[name][:2].any()
        assert not outputs[name][2, 1:].any()
    assert (outputs["answer"].tolist(), outputs["start"].tolist(), outputs["end"].tolist()) == (
        [b"", b"", b"good"],
        [0, 0, 0],
        [0, 0, 4],
    )
    assert outputs["scores"][2, 0] == pytest.approx(1)


def test_outputs_have_the_batch_in_front_and_the_types_of_json(always: ExportedExtractor) -> None:
    graphs = saved_model_pb2.SavedModel.FromString((always.version / "saved_model.pb").read_bytes()).meta_graphs
    signatures = {name: signature for name, signature in graphs[0].signature_def.items() if not name.startswith("__")}
    assert signatures.keys() == {"serving_default", TOKEN_SIGNATURE}
    described = {
        name: (tf.as_dtype(output.dtype).name, [dim.size for dim in output.tensor_shape.dim])
        for name, output in signatures["serving_default"].outputs.items()
    }
    assert sorted(described) == list(OUTPUTS)
    assert described == {
        "answer": ("string", [-1]),
        "start": ("int64", [-1]),
        "end": ("int64", [-1]),
        "score": ("float32", [-1]),
        "null_odds": ("float32", [-1]),
        "answers": ("string", [-1, 20]),
        "starts": ("int64", [-1, 20]),
        "ends": ("int64", [-1, 20]),
        "scores": ("float32", [-1, 20]),
    }


def test_token_ids_give_the_logits_of_the_model(always: ExportedExtractor) -> None:
    inputs = always.extractor.preprocessor((QUESTIONS, CONTEXTS))
    received = always.loaded.signatures[TOKEN_SIGNATURE](**inputs)
    assert received.keys() == {"start", "end"}
    for name, expected in always.extractor.logits(inputs).items():
        np.testing.assert_allclose(received[name], expected, atol=1e-5)
