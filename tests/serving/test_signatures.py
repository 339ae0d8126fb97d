"""What the signatures of an export promise beyond the answers: places, vectors, refusals, other runtimes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from openvino_side import PEERS, in_openvino

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.errors import InputError
from bert_keras.insight.inspection import attention as inspect
from bert_keras.insight.integrated_gradients import integrated_gradients
from bert_keras.insight.target import target_of
from bert_keras.serving import export
from bert_keras.serving.check.graph import kinds_of_op, read_saved_model, serve_graphs
from bert_keras.serving.classifier_explanation import STEPS
from bert_keras.serving.classifier_signatures import ClassifierSignatures
from bert_keras.serving.encoder import ServedWeights

TEXTS = ["Unable, naïve!", "", "the film was not bad . " * 3, "good"]
PAIRS = ["a b", "café", "", "the play"]
EVERY = ("strings", "token_ids", "explain", "embed")

BuildClassifier = Callable[..., TextClassifier]


def signatures_of(version: Path) -> Any:
    return tf.saved_model.load(str(version)).signatures


@pytest.fixture(scope="module")
def classifier(build_classifier: BuildClassifier) -> TextClassifier:
    return build_classifier(labels=["no", "yes", "perhaps"])


@pytest.fixture(scope="module")
def version(classifier: TextClassifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(classifier, tmp_path_factory.mktemp("served") / "every", signatures=EVERY)


@pytest.fixture(scope="module")
def served(version: Path) -> Any:
    return signatures_of(version)


@pytest.fixture(scope="module")
def pairs_version(build_classifier: BuildClassifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("served") / "pairs"
    return export(build_classifier(pairs=True), base, signatures=("strings", "explain"))


def explained(served: Any, **texts: list[str]) -> dict[str, np.ndarray]:
    feeds = {name: tf.constant(values, tf.string) for name, values in texts.items()}
    return {name: value.numpy() for name, value in served["explain"](**feeds).items()}


def test_tokens_stand_with_the_code_points_that_they_are_in_their_text(served: Any) -> None:
    found = explained(served, text=TEXTS)
    for row, text in enumerate(TEXTS):
        tokens = [token.decode() for token in found["tokens"][row] if token]
        assert (tokens[0], tokens[-1]) == ("[CLS]", "[SEP]")
        for token, start, end in list(zip(tokens, found["starts"][row], found["ends"][row], strict=False))[1:-1]:
            assert text[start:end].lower().replace("ï", "i") == token.removeprefix("##")
    assert found["tokens"][0].tolist()[:6] == [b"[CLS]", b"un", b"##able", b",", b"naive", b"!"]


def test_attributions_are_integrated_gradients_of_the_most_probable_label(
    served: Any, classifier: TextClassifier
) -> None:
    found = explained(served, text=TEXTS)
    for row in (0, 2):
        inspection = inspect(classifier, TEXTS[row])
        wanted = integrated_gradients(classifier, inspection.tokens, target_of(inspection), steps=STEPS)
        length = len(wanted.values)
        np.testing.assert_allclose(found["attributions"][row, :length], wanted.values, atol=2e-4)
        np.testing.assert_allclose(found["attributions"][row, length:], 0)
        assert found["gap"][row] == pytest.approx(wanted.gap, abs=5e-4)
        for layer in range(classifier.backbone.num_layers):
            attention = found["attention"][row, layer, :, :length, :length]
            np.testing.assert_allclose(attention, inspection.weights[layer], atol=1e-5)


def test_an_explanation_gives_the_answer_too_and_takes_no_text_at_all(served: Any) -> None:
    answers = served["serving_default"](text=tf.constant(TEXTS))
    found = explained(served, text=TEXTS)
    np.testing.assert_allclose(found["probabilities"], answers["probabilities"], atol=1e-6)
    nothing = explained(served, text=[])
    assert nothing["probabilities"].shape == (0, 3)
    assert nothing["attention"].shape[0] == nothing["attributions"].shape[0] == 0


def test_the_tokens_of_pairs_say_which_text_they_are_of(pairs_version: Path) -> None:
    found = explained(signatures_of(pairs_version), text=TEXTS[:1], pair=PAIRS[:1])
    tokens, segments = found["tokens"][0].tolist(), found["segments"][0].tolist()
    assert tokens[-3:] == [b"a", b"b", b"[SEP]"]
    assert segments[-3:] == [1, 1, 1]
    assert (found["starts"][0, -3:-1].tolist(), found["ends"][0, -3:-1].tolist()) == ([0, 2], [1, 3])


def test_embeddings_are_the_mean_of_the_last_hidden_states(served: Any, classifier: TextClassifier) -> None:
    found = served["embed"](text=tf.constant(TEXTS))
    inputs = classifier.preprocessor(TEXTS)
    states = classifier.backbone(inputs)["sequence_output"].numpy()
    counts = inputs["padding_mask"].numpy().sum(axis=1)
    wanted = np.stack([row[:count].mean(axis=0) for row, count in zip(states, counts, strict=True)])
    np.testing.assert_allclose(found["embedding"], wanted, atol=1e-5)
    assert found["tokens"].numpy().tolist() == counts.tolist()


def test_different_counts_of_texts_and_pairs_are_refused_in_words(pairs_version: Path) -> None:
    served = signatures_of(pairs_version)
    for name in ("serving_default", "explain"):
        with pytest.raises(tf.errors.InvalidArgumentError, match="as many pairs as texts are wanted"):
            served[name](text=tf.constant(["a", "b"]), pair=tf.constant(["a"]))


def test_token_ids_of_different_shapes_or_lengths_are_refused_in_words(served: Any) -> None:
    one = {name: tf.ones([1, 4], tf.int32) for name in ("token_ids", "segment_ids", "padding_mask")}
    for name, other in (("segment_ids", [1, 3]), ("padding_mask", [2, 4]), ("token_ids", [1, 5])):
        with pytest.raises(tf.errors.InvalidArgumentError, match="must have one shape"):
            served["token_ids"](**(one | {name: tf.ones(other, tf.int32)}))
    for columns in (0, 17):
        with pytest.raises(tf.errors.InvalidArgumentError, match="a row has 1 to 16 tokens; received rows of"):
            served["token_ids"](**{name: tf.ones([1, columns], tf.int32) for name in one})


def test_padding_with_each_input_s_first_element_changes_no_answer(served: Any, classifier: TextClassifier) -> None:
    inputs = {name: value[:, :6] for name, value in classifier.preprocessor(["the film was good"]).items()}
    padded = {name: tf.pad(value, [[0, 0], [0, 5]], constant_values=value[0, 0]) for name, value in inputs.items()}
    assert padded["padding_mask"].numpy().all()
    one, other = (served["token_ids"](**given)["probabilities"] for given in (inputs, padded))
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_holes_of_the_mask_keep_the_positions_of_other_tokens(served: Any, classifier: TextClassifier) -> None:
    inputs = dict(classifier.preprocessor(["the film was good"]))
    mask = inputs["padding_mask"].numpy()
    mask[0, 2] = 0
    inputs["padding_mask"] = tf.constant(mask)
    wanted = tf.nn.softmax(classifier(inputs, training=False))
    np.testing.assert_allclose(served["token_ids"](**inputs)["probabilities"], wanted, atol=1e-6)


@pytest.mark.parametrize("change", [{"num_segments": 0}, {"embedding_dim": 4, "activation": "gelu_new"}, {}])
def test_every_kind_of_encoder_answers_as_the_model_in_the_graph_and_beside_it(
    change: dict[str, Any], build_classifier: BuildClassifier
) -> None:
    model = build_classifier(backbone=change)
    wanted = [list(answer.probabilities.values()) for answer in model.classify(TEXTS)]
    for storage in ("graph", "variables"):
        serve = ClassifierSignatures(model, ServedWeights("float32", storage)).strings()["serving_default"]
        np.testing.assert_allclose(serve(tf.constant(TEXTS))["probabilities"], wanted, atol=1e-6)


def test_bfloat16_is_close_and_its_outputs_are_float32(classifier: TextClassifier, tmp_path: Path) -> None:
    served = signatures_of(export(classifier, tmp_path / "half", precision="bfloat16", signatures=("strings", "embed")))
    wanted = [list(answer.probabilities.values()) for answer in classifier.classify(TEXTS)]
    found = served["serving_default"](text=tf.constant(TEXTS))["probabilities"]
    assert found.dtype == tf.float32
    apart = np.abs(found - wanted).max()
    assert 1e-6 < apart < 0.1
    assert served["embed"](text=tf.constant(TEXTS))["embedding"].dtype == tf.float32


@pytest.mark.parametrize(
    ("signatures", "message"),
    [
        (("strings", "tokens"), "signatures must be different ones of strings, token_ids, explain, embed"),
        ((), "signatures must be different ones"),
        (("strings", "strings"), "signatures must be different ones"),
    ],
)
def test_signatures_that_there_are_not_are_refused(
    classifier: TextClassifier, tmp_path: Path, signatures: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        export(classifier, tmp_path / "model", signatures=signatures)
    assert not (tmp_path / "model").exists()


def test_a_reader_has_no_signature_of_classifiers(extractor: SpanExtractor, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a reader has the signatures strings and token_ids. Received: explain"):
        export(extractor, tmp_path / "reader", signatures=EVERY)


def test_a_keras_layer_calls_an_export_of_any_task_by_its_names(
    pairs_version: Path, extractor: SpanExtractor, tmp_path: Path
) -> None:
    reader = export(extractor, tmp_path / "reader", signatures=("strings",))
    for folder, names in ((pairs_version, ("text", "pair")), (reader, ("question", "context"))):
        given = dict(zip(names, (tf.constant(TEXTS), tf.constant(PAIRS)), strict=True))
        layer = keras.layers.TFSMLayer(str(folder), call_endpoint="serve")
        wanted = signatures_of(folder)["serving_default"](**given)
        for name, value in layer(given).items():
            np.testing.assert_array_equal(value, wanted[name])


Tokens = tuple[Path, dict[str, np.ndarray], dict[str, np.ndarray]]


@pytest.fixture(scope="module", params=["classifier", "extractor"])
def of_tokens(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tokens:
    """An export of `token_ids` alone, with inputs and the numbers that it answers."""
    model = request.getfixturevalue(request.param)
    folder = export(model, tmp_path_factory.mktemp("tokens") / request.param, signatures=("token_ids",))
    inputs = model.preprocessor(TEXTS[:2] if request.param == "classifier" else (TEXTS[:2], PAIRS[:2]))
    answers = {name: value.numpy() for name, value in signatures_of(folder)["token_ids"](**inputs).items()}
    numbers = {name: value for name, value in answers.items() if value.dtype == np.float32}
    return folder, {name: values.numpy() for name, values in inputs.items()}, numbers


@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated")
def test_token_ids_alone_are_converted_for_litert_without_any_other_op(of_tokens: Tokens) -> None:
    folder, inputs, wanted = of_tokens
    (graph,) = serve_graphs(read_saved_model(folder))
    assert not any("Tokenize" in op or "While" in op for op in kinds_of_op(graph))
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder), signature_keys=["token_ids"])
    interpreter = tf.lite.Interpreter(model_content=converter.convert())
    found = interpreter.get_signature_runner("token_ids")(**inputs)
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, atol=1e-5)


def test_token_ids_alone_answer_no_rows_with_none(of_tokens: Tokens) -> None:
    folder, inputs, wanted = of_tokens
    none = signatures_of(folder)["token_ids"](**{name: tf.constant(of[:0]) for name, of in inputs.items()})
    assert {name: none[name].shape for name in wanted} == {name: (0, *of.shape[1:]) for name, of in wanted.items()}


@pytest.mark.pytorch
@pytest.mark.skipif(not PEERS.exists(), reason=f"{PEERS} is not there; BERT_KERAS_PEERS names one with openvino")
def test_token_ids_alone_are_converted_for_openvino(of_tokens: Tokens, tmp_path: Path) -> None:
    folder, inputs, wanted = of_tokens
    found = in_openvino(folder, inputs, tmp_path)
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, atol=1e-4)
