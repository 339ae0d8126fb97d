import random
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from exported_extractors import ExportedExtractor, assert_same_answers
from hypothesis import given, settings, strategies as st
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import prediction_log_pb2
from word_search import within_word

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.errors import ExportError
from bert_keras.models.low_rank import low_rank_of
from bert_keras.serving import SavedClassifier, check, export
from bert_keras.serving.check.graph import read_saved_model, serve_graphs
from bert_keras.serving.check.weights import constants
from bert_keras.serving.signature_inputs import TOKEN_SIGNATURE
from bert_keras.serving.span_signatures import OUTPUTS
from bert_keras.serving.warmup import WARMUP_FILE

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
    "\n\n",
)
MULTILINGUAL = Path(__file__).parents[3] / "shared" / "data" / "tokenizer" / "multilingual.txt"
BuildExtractor = Callable[..., SpanExtractor]


def text_of(words: int, seed: int) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=words))


# Contexts of no window's length, of one window, and of up to sixty; questions shorter and longer than what is kept of
# them.
QUESTIONS = [text_of(words, words) for words in (1, 3, 40, 2, 0, 5, 4, 0)]
CONTEXTS = [text_of(words, 100 + words) for words in (4, 300, 12, 0, 30, 7, 900, 0)]


@pytest.fixture(scope="module")
def always(build_extractor: BuildExtractor, tmp_path_factory: pytest.TempPathFactory) -> ExportedExtractor:
    """A model that always answers."""
    return ExportedExtractor(build_extractor(), tmp_path_factory.mktemp("served") / "always")


@pytest.fixture(scope="module")
def sometimes(build_extractor: BuildExtractor, tmp_path_factory: pytest.TempPathFactory) -> ExportedExtractor:
    """A model that answers half of the questions, by its threshold, from anywhere to anywhere, and lists few spans."""
    bounds = {"part_words": True, "across_paragraphs": True}
    extractor = build_extractor(null_threshold=0.0, n_best=3, max_answer_tokens=5, **bounds)
    odds = sorted(answer.null_odds for answer in extractor.answer(QUESTIONS, CONTEXTS))
    half = len(QUESTIONS) // 2
    extractor.null_threshold = (odds[half - 1] + odds[half]) / 2
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


def test_no_candidate_overlaps_another_and_all_are_whole_words_of_one_paragraph_unless_others_are_asked_for(
    always: ExportedExtractor, sometimes: ExportedExtractor
) -> None:
    parts, across = {False: 0, True: 0}, {False: 0, True: 0}
    contexts = [*CONTEXTS, *("playing played " * count for count in range(2, 10))]
    for made in (always, sometimes):
        for answer, context in zip(made.answers(["what?"] * len(contexts), contexts), contexts, strict=True):
            places = sorted((span.start, span.end) for span in answer.n_best)
            assert all(end <= start for (_, end), (start, _) in zip(places, places[1:], strict=False))
            cuts = {edge for place in places for edge in place if within_word(context, edge)}
            parts[made.extractor.part_words] += len(cuts)
            across[made.extractor.across_paragraphs] += sum("\n\n" in context[start:end] for start, end in places)
    assert parts[False] == across[False] == 0 < min(parts[True], across[True])


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


UNICODE = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("a film é東😀\u0301\u200d\x00 \n.[]")),
    max_size=80,
)


@settings(max_examples=150, deadline=None)
@given(documents=st.lists(st.tuples(UNICODE, UNICODE), min_size=1, max_size=3))
def test_any_unicode_is_sliced_as_the_model_does(always: ExportedExtractor, documents: list[tuple[str, str]]) -> None:
    questions, contexts = map(list, zip(*documents, strict=True))
    received = always.answers(questions, contexts)
    for answer, context in zip(received, contexts, strict=True):
        for span in (answer, *answer.n_best):
            assert context[span.start : span.end] == span.text
        assert [span.score for span in answer.n_best] == sorted((span.score for span in answer.n_best), reverse=True)
    expected = always.extractor.answer(questions, contexts)
    assert [len(answer.n_best) for answer in received] == [len(answer.n_best) for answer in expected]
    assert [answer.score for answer in received] == pytest.approx([answer.score for answer in expected], abs=1e-5)


@settings(max_examples=150, deadline=None)
@given(question=st.binary(max_size=20), context=st.binary(max_size=60))
def test_bytes_that_are_no_utf8_count_as_replacement_characters(
    always: ExportedExtractor, question: bytes, context: bytes
) -> None:
    outputs = always.outputs([question], [context])
    places = zip(outputs["starts"][0], outputs["ends"][0], strict=True)
    assert [text.decode() for text in outputs["answers"][0]] == [
        context.decode(errors="replace")[start:end] for start, end in places
    ]


def test_contexts_of_many_languages_are_sliced_exactly(always: ExportedExtractor) -> None:
    if not MULTILINGUAL.exists():
        pytest.skip("the paragraphs are not here")
    contexts = MULTILINGUAL.read_text(encoding="utf-8").splitlines()
    for first in range(0, len(contexts), 400):
        some = contexts[first : first + 400]
        outputs = always.outputs(some[::-1], some)
        assert outputs["ends"][:, 0].all()
        for row, context in enumerate(some):
            places = zip(outputs["starts"][row], outputs["ends"][row], strict=True)
            assert [text.decode() for text in outputs["answers"][row]] == [context[start:end] for start, end in places]


def test_questions_and_contexts_that_differ_in_number_are_refused(always: ExportedExtractor) -> None:
    for questions, contexts in ((["a"], ["b", "c"]), (["a", "b"], ["c"]), ([], ["c"])):
        with pytest.raises(tf.errors.InvalidArgumentError, match="as many contexts as questions are wanted"):
            always.outputs(questions, contexts)


def test_each_matrix_is_in_the_graph_once(always: ExportedExtractor) -> None:
    held, backbone = [array for array in graph_floats(always.version) if array.size > 20], always.extractor.backbone
    widened = [layer.dense_of("intermediate").kernel for layer in backbone.transformer_layers]
    assert [sum(np.array_equal(array, kernel) for array in held) for kernel in widened] == [1, 1]


def test_adapters_are_stored_merged_and_stay_in_the_model(build_extractor: BuildExtractor, tmp_path: Path) -> None:
    extractor = build_extractor(null_threshold=0.5)
    without = extractor.answer(QUESTIONS, CONTEXTS)
    extractor.adapt("a preset", rank=2)
    for name, adapter in low_rank_of(extractor.backbone).items():
        adapter.up.assign(np.random.default_rng(len(name)).normal(size=adapter.up.shape))
    kernels = [weight.numpy() for weight in extractor.weights]
    expected = extractor.answer(QUESTIONS, CONTEXTS)
    exported = ExportedExtractor(extractor, tmp_path / "adapted")
    assert_same_answers(exported.answers(QUESTIONS, CONTEXTS), expected)
    assert [answer.text for answer in expected] != [answer.text for answer in without]
    adapter = extractor.backbone.transformer_layers[0].low_rank("intermediate")
    held = graph_floats(exported.version)
    assert not any(np.array_equal(array, part) for array in held for part in (adapter.up, adapter.down))
    for weight, before in zip(extractor.weights, kernels, strict=True):
        np.testing.assert_array_equal(weight, before)
    assert_same_answers(extractor.answer(QUESTIONS, CONTEXTS), expected)


def test_a_classifier_s_adapters_are_stored_merged(
    build_classifier: Callable[..., TextClassifier], tmp_path: Path
) -> None:
    classifier = build_classifier()
    classifier.adapt("a preset", rank=2)
    for adapter in low_rank_of(classifier.backbone).values():
        adapter.up.assign(np.random.default_rng(1).normal(size=adapter.up.shape))
    version = export(classifier, tmp_path / "adapted")
    received = SavedClassifier(version).classify(QUESTIONS)
    for one, other in zip(received, classifier.classify(QUESTIONS), strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-5)


def graph_floats(version: Path) -> list[np.ndarray]:
    (graph,) = serve_graphs(read_saved_model(version))
    return list(constants(graph))


def test_warm_up_asks_about_one_window_several_windows_and_a_batch(always: ExportedExtractor) -> None:
    records = list(tf.data.TFRecordDataset(str(always.version / WARMUP_FILE)).as_numpy_iterator())
    requests = [prediction_log_pb2.PredictionLog.FromString(record).predict_log.request for record in records]
    sizes = []
    assert [request.model_spec.signature_name for request in requests] == ["serving_default"] * 4 + [
        TOKEN_SIGNATURE
    ] * 4
    for request in requests[:4]:
        assert request.model_spec.name == "always"
        columns = {name: tf.make_ndarray(tensor).tolist() for name, tensor in request.inputs.items()}
        assert columns.keys() == {"question", "context"}
        assert always.outputs(columns["question"], columns["context"])["end"].all()
        sizes.append([len(context) for context in columns["context"]])
    assert [len(contexts) for contexts in sizes] == [1, 1, 1, 3]
    assert sizes[2][0] > 384 * 10  # more letters than a window of full length takes


def test_an_export_passes_the_whole_check(always: ExportedExtractor) -> None:
    report = check(always.version.parent)
    assert [(row.what, row.detail) for row in report.rows if not row.ok] == []
    details = {row.what: row.detail for row in report.rows}
    assert details["warm-up requests"] == "8 requests answered"
    assert details["serving_default, documents of one to many windows"] == "4 rows as Python answers"
    assert details["serving_default, a context of 1 MB"] == "1 row as Python answers"
    for what in (
        "more contexts than questions",
        "without context",
        "a scalar as question",
        "a matrix [1, 2] as every input",
    ):
        assert details[f"serving_default, {what}"] == "refused: INVALID_ARGUMENT"
    assert details[f"{TOKEN_SIGNATURE}, batch of 7"] == "7 rows as Python answers"


def test_a_check_finds_places_that_are_bytes(tmp_path: Path) -> None:
    """The commonest mistake: right for ASCII, and for nothing else."""

    def serve(question: tf.Tensor, context: tf.Tensor) -> dict[str, tf.Tensor]:
        question, context = (
            tf.ensure_shape(question, [None]),
            tf.ensure_shape(context, tf.ensure_shape(question, [None]).shape),
        )
        context = tf.strings.join([context, tf.strings.substr(question, 0, 0)])
        length = tf.strings.length(context)
        spans = {
            "answer": context,
            "start": tf.zeros_like(length),
            "end": length,
            "score": tf.ones_like(length, tf.float32),
        }
        return spans | {f"{name}s": value[:, tf.newaxis] for name, value in spans.items()}

    specs = [tf.TensorSpec([None], tf.string, name=name) for name in ("question", "context")]
    tf.saved_model.save(
        tf.Module(), str(tmp_path / "1"), {"serving_default": tf.function(serve, input_signature=specs)}
    )
    report = check(tmp_path)
    failed = {row.what: row.detail for row in report.rows if not row.ok}
    assert "serving_default, a document of several windows" not in failed
    assert re.search(r"row 0: start 0 and end \d+ of \d+ code points", failed["serving_default, many scripts"])


def test_only_float32_with_a_preprocessor_is_exported(build_extractor: BuildExtractor, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="load the preset with dtype='float32'.* Received: mixed_bfloat16"):
        export(build_extractor(backbone={"dtype": "mixed_bfloat16"}), tmp_path / "reader")
    with pytest.raises(ExportError, match="the model has no preprocessor"):
        export(build_extractor(preprocessor=None), tmp_path / "reader")
    assert not (tmp_path / "reader").exists()
