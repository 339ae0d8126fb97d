import errno
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import prediction_log_pb2

from bert_keras.classification import Classification
from bert_keras.errors import ExportError, InputError
from bert_keras.models import TextClassifier
from bert_keras.serving import SavedClassifier, check, export, saved_model, versions
from bert_keras.serving.check.graph import read_saved_model, serve_graphs
from bert_keras.serving.check.weights import constants
from bert_keras.serving.signature_inputs import TOKEN_INPUTS, TOKEN_SIGNATURE
from bert_keras.serving.warmup import WARMUP_FILE

LABELS = ["süß", "東京 😀", "[/] {0} ../x"]
TEXTS = ["the film was good", "", "Café 東京 [SEP] \x00", "bad " * 50, "the unplayable films , naïve !"]
PAIRS = list(zip(TEXTS, reversed(TEXTS), strict=True))

BuildClassifier = Callable[..., TextClassifier]


class Exported:
    """A model, its export, and the export as a server loads it."""

    def __init__(self, classifier: TextClassifier, base: Path) -> None:
        self.classifier = classifier
        self.version = export(classifier, base)
        self.loaded = tf.saved_model.load(str(self.version))

    @functools.cached_property
    def saved(self) -> SavedClassifier:
        """The export as Python loads it, which takes seconds."""
        return SavedClassifier(self.version)

    def call(self, signature: str, **feeds: Any) -> dict[str, np.ndarray]:
        return {name: value.numpy() for name, value in self.loaded.signatures[signature](**feeds).items()}


@pytest.fixture(scope="module")
def texts(build_classifier: BuildClassifier, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return Exported(build_classifier(labels=LABELS), tmp_path_factory.mktemp("served") / "texts")


@pytest.fixture(scope="module")
def pairs(build_classifier: BuildClassifier, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return Exported(build_classifier(pairs=True), tmp_path_factory.mktemp("served") / "pairs")


@pytest.fixture
def saved_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out what takes seconds; what remains is how versions come into their folder."""
    monkeypatch.setattr(saved_model, "_save", lambda task, folder, *given: (folder / "saved_model.pb").touch())


def answers(output: dict[str, np.ndarray]) -> list[Classification]:
    """The output of a signature as `classify` gives it."""
    rows = zip(output["label"], output["probability"], output["labels"], output["probabilities"], strict=True)
    return [
        Classification(label.decode(), p, {name.decode(): q for name, q in zip(names, ps, strict=True)})
        for label, p, names, ps in rows
    ]


def assert_same(received: list[Classification], expected: list[Classification]) -> None:
    assert [answer.label for answer in received] == [answer.label for answer in expected]
    for one, other in zip(received, expected, strict=True):
        assert list(one.probabilities) == list(other.probabilities)
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-6)
        assert one.probability == pytest.approx(other.probability, abs=1e-6)


def test_texts_are_answered_as_the_classifier_does(texts: Exported) -> None:
    expected = texts.classifier.classify(TEXTS)
    assert_same(answers(texts.call("serving_default", text=tf.constant(TEXTS))), expected)
    assert len({answer.probability for answer in expected}) == len(TEXTS)
    assert list(expected[0].probabilities) == LABELS


def test_pairs_are_answered_as_the_classifier_does(pairs: Exported) -> None:
    first, second = map(list, zip(*PAIRS, strict=True))
    output = pairs.call("serving_default", text=tf.constant(first), pair=tf.constant(second))
    assert_same(answers(output), pairs.classifier.classify(PAIRS))


def test_token_ids_are_answered_as_the_classifier_does(texts: Exported, pairs: Exported) -> None:
    prepared = texts.classifier.preprocessor(TEXTS)
    assert_same(answers(texts.call(TOKEN_SIGNATURE, **prepared)), texts.classifier.classify(TEXTS))
    prepared = pairs.classifier.preprocessor(tuple(map(list, zip(*PAIRS, strict=True))))
    assert_same(answers(pairs.call(TOKEN_SIGNATURE, **prepared)), pairs.classifier.classify(PAIRS))


def test_the_saved_classifier_answers_as_the_classifier_does(texts: Exported, pairs: Exported) -> None:
    assert_same(texts.saved.classify(TEXTS, token_budget=16), texts.classifier.classify(TEXTS))
    assert_same(pairs.saved.classify(PAIRS, token_budget=16), pairs.classifier.classify(PAIRS))
    assert texts.saved.classify([]) == []


def test_the_saved_classifier_refuses_what_the_export_does_not_take(texts: Exported, pairs: Exported) -> None:
    with pytest.raises(InputError, match=r"the export takes text\. Received: \('a', 'b'\)"):
        texts.saved.classify([("a", "b")])
    with pytest.raises(InputError, match="the export takes text and pair. Received: 'only a text'"):
        pairs.saved.classify(["only a text"])


def test_every_output_has_the_batch_in_front_and_no_fixed_size(texts: Exported, pairs: Exported) -> None:
    for exported, inputs in ((texts, {"text"}), (pairs, {"text", "pair"})):
        graphs = saved_model_pb2.SavedModel.FromString((exported.version / "saved_model.pb").read_bytes()).meta_graphs
        signatures = {
            name: signature for name, signature in graphs[0].signature_def.items() if not name.startswith("__")
        }
        assert signatures.keys() == {"serving_default", TOKEN_SIGNATURE}
        assert signatures["serving_default"].inputs.keys() == inputs
        assert signatures[TOKEN_SIGNATURE].inputs.keys() == {"token_ids", "segment_ids", "padding_mask"}
        for signature in signatures.values():
            shapes = {name: [dim.size for dim in output.tensor_shape.dim] for name, output in signature.outputs.items()}
            count = len(exported.classifier.labels)
            assert shapes == {"label": [-1], "probability": [-1], "labels": [-1, count], "probabilities": [-1, count]}


def large_constants(version: Path) -> list[np.ndarray]:
    (graph,) = serve_graphs(read_saved_model(version))
    return [array for array in constants(graph) if array.size > 20]


def test_each_matrix_is_in_the_graph_once_and_each_table_beside_it(texts: Exported) -> None:
    held, backbone = large_constants(texts.version), texts.classifier.backbone
    assert sum(np.array_equal(array, backbone.pooled_dense.kernel) for array in held) == 1
    widened = [layer.dense_of("intermediate").kernel for layer in backbone.transformer_layers]
    assert [sum(np.array_equal(array, kernel) for array in held) for kernel in widened] == [1, 1]
    reader = tf.train.load_checkpoint(str(texts.version / "variables" / "variables"))
    tables = [reader.get_tensor(name) for name, shape in reader.get_variable_to_shape_map().items() if len(shape) == 2]
    words = tuple(backbone.token_embedding.embeddings.shape)
    assert sorted(table.shape for table in tables) == sorted([words, (32, 8)])
    assert sum(np.array_equal(table, backbone.token_embedding.embeddings) for table in tables) == 1


def test_rows_are_cut_into_passes_and_the_answers_stay(
    texts: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, expected = TEXTS * 9, texts.classifier.classify(TEXTS * 9)
    monkeypatch.setattr("bert_keras.serving.encoder.passes.TOKEN_BUDGET", 24)
    cut = Exported(texts.classifier, tmp_path / "cut")
    assert_same(answers(cut.call("serving_default", text=tf.constant(rows))), expected)
    assert_same(answers(texts.call("serving_default", text=tf.constant(rows))), expected)


def test_warm_up_requests_name_the_model_and_what_it_takes(texts: Exported, pairs: Exported) -> None:
    for exported, name, inputs in ((texts, "texts", {"text"}), (pairs, "pairs", {"text", "pair"})):
        records = list(tf.data.TFRecordDataset(str(exported.version / WARMUP_FILE)).as_numpy_iterator())
        requests = [prediction_log_pb2.PredictionLog.FromString(record).predict_log.request for record in records]
        assert 3 <= len(requests) <= 20
        half = len(requests) // 2  # the same texts, as strings and as token ids
        for request, signature in zip(requests, ["serving_default"] * half + [TOKEN_SIGNATURE] * half, strict=True):
            assert (request.model_spec.name, request.model_spec.signature_name) == (name, signature)
            feeds = {key: tf.constant(tf.make_ndarray(tensor)) for key, tensor in request.inputs.items()}
            assert feeds.keys() == (inputs if signature == "serving_default" else {*TOKEN_INPUTS})
            assert len(exported.call(signature, **feeds)["label"]) == len(next(iter(feeds.values())))


def test_an_export_passes_the_whole_check(texts: Exported) -> None:
    report = check(texts.version.parent)
    assert [(row.what, row.detail) for row in report.rows if not row.ok] == []
    assert report.path == texts.version


def test_others_may_read_the_export(texts: Exported) -> None:
    assert texts.version.stat().st_mode & 0o755 == 0o755


@pytest.mark.usefixtures("saved_at_once")
def test_versions_count_up_from_the_highest_and_other_names_do_not_count(
    classifier: TextClassifier, tmp_path: Path
) -> None:
    base = tmp_path / "deep" / "model"
    assert [export(classifier, base) for _ in range(3)] == [base / "1", base / "2", base / "3"]
    (base / "9").mkdir()
    (base / "9" / "saved_model.pb").touch()
    for name in ("notes", "77.tmp", "٣٣"):
        (base / name).mkdir()
    (base / "50").touch()
    assert export(classifier, base) == base / "10"
    assert versions(base) == [1, 2, 3, 9, 10]


@pytest.mark.usefixtures("saved_at_once")
def test_two_exports_at_a_time_get_a_version_each(
    classifier: TextClassifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert export(classifier, tmp_path).name == "1"
    seen = iter([[], [1]])  # the other takes the 1 after this one has looked
    monkeypatch.setattr(saved_model, "versions", lambda base: next(seen))
    assert export(classifier, tmp_path).name == "2"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2"]


@pytest.mark.usefixtures("saved_at_once")
@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), RuntimeError("boom"), KeyboardInterrupt()]
)
def test_a_failing_export_leaves_nothing(
    classifier: TextClassifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fail(*args: object) -> None:
        assert [path.name.startswith(".writing-") for path in tmp_path.iterdir()] == [True]
        raise error

    monkeypatch.setattr(saved_model, "write_warmup", fail)
    expected = ExportError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected) as caught:
        export(classifier, tmp_path)
    assert list(tmp_path.iterdir()) == []
    if isinstance(error, OSError):
        assert str(caught.value) == f"{tmp_path}: the export cannot be written (No space left on device)"


def test_a_folder_that_cannot_be_made_is_an_export_error(classifier: TextClassifier, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match=r"model: the export cannot be written \(Not a directory\)"):
        export(classifier, tmp_path / "file" / "model")


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "bfloat16", "mixed_float16"])
def test_another_precision_than_float32_is_refused(
    build_classifier: BuildClassifier, tmp_path: Path, policy: str
) -> None:
    classifier = build_classifier(backbone={"dtype": policy, "num_layers": 1})
    with pytest.raises(
        ExportError, match=f"load the preset with dtype='float32', and say precision='bfloat16'. Received: {policy}"
    ):
        export(classifier, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_model_without_a_preprocessor_is_refused(build_classifier: BuildClassifier, tmp_path: Path) -> None:
    classifier = build_classifier(backbone={"num_layers": 1}, preprocessor=None)
    with pytest.raises(ExportError, match="the model has no preprocessor"):
        export(classifier, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_an_export_is_found_by_its_version_and_by_its_model(texts: Exported, tmp_path: Path) -> None:
    for path in (texts.version, texts.version.parent, str(texts.version.parent)):
        found = SavedClassifier.find(path)
        assert found is not None
        assert found.classify(["good"])[0].label in LABELS


def test_the_highest_version_is_the_one_that_is_found(texts: Exported, pairs: Exported, tmp_path: Path) -> None:
    (tmp_path / "9").symlink_to(texts.version)
    (tmp_path / "10").symlink_to(pairs.version)
    found = SavedClassifier.find(tmp_path)
    assert found is not None
    assert found.inputs == ["text", "pair"]


def test_something_else_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    (tmp_path / "file").touch()
    for path in (tmp_path / "model", tmp_path / "file", tmp_path / "none", "bert_base_en_uncased", "hf://user/model"):
        assert SavedClassifier.find(path) is None


Signature = Callable[[tf.Tensor], dict[str, tf.Tensor]]


def save(folder: Path, signature: str, name: str, function: Signature) -> Path:
    """Saves a SavedModel that no export of ours wrote."""
    specs = [tf.TensorSpec([None], tf.string, name=name)]
    tf.saved_model.save(tf.Module(), str(folder), signatures={signature: tf.function(function, input_signature=specs)})
    return folder


def test_a_saved_model_of_something_else_is_an_export_error(tmp_path: Path) -> None:
    def length(value: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"length": tf.strings.length(value)}

    with pytest.raises(ExportError, match="no SavedModel with serving_default"):
        SavedClassifier(save(tmp_path / "1", "other", "text", length))
    with pytest.raises(ExportError, match=r"not the export of a classifier\. Received: inputs \['words'\], outputs"):
        SavedClassifier(save(tmp_path / "2", "serving_default", "words", length))
    with pytest.raises(
        ExportError, match=r"not the export of a classifier\. Received: inputs \['text'\], outputs \['length'\]"
    ):
        SavedClassifier(save(tmp_path / "3", "serving_default", "text", length))


def test_a_broken_saved_model_is_an_export_error(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no SavedModel"):
        SavedClassifier(tmp_path)
    (tmp_path / "saved_model.pb").write_bytes(b"\xff\xff\xff")
    with pytest.raises(ExportError, match="no SavedModel"):
        SavedClassifier(tmp_path)
