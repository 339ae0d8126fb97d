import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import MultiLabel, TextClassifier
from bert_keras.serving import SavedClassifier, check, export, saved_inputs
from bert_keras.serving.check.comparison import PythonModel
from bert_keras.serving.signature_inputs import TOKEN_SIGNATURE

TEXTS = ["the film was good", "", "Café 東京 [SEP] \x00", "bad " * 50]
LABELS = ["süß", "[/] ../x", "c"]


class Exported:
    """A model of a task and its export."""

    def __init__(self, classifier: TextClassifier, base: Path) -> None:
        self.classifier = classifier
        self.version = export(classifier, base)

    @functools.cached_property
    def signatures(self) -> Any:
        return tf.saved_model.load(str(self.version)).signatures

    def call(self, signature: str, **feeds: Any) -> dict[str, np.ndarray]:
        return {name: value.numpy() for name, value in self.signatures[signature](**feeds).items()}


@pytest.fixture(scope="module")
def sets(build_classifier: Callable[..., TextClassifier], tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return Exported(build_classifier(labels=LABELS, task="multi_label"), tmp_path_factory.mktemp("served") / "sets")


@pytest.fixture(scope="module")
def numbers(build_classifier: Callable[..., TextClassifier], tmp_path_factory: pytest.TempPathFactory) -> Exported:
    classifier = build_classifier(labels=[], task="regression", pairs=True)
    return Exported(classifier, tmp_path_factory.mktemp("served") / "numbers")


def test_labels_are_served_with_their_probabilities_and_whether_they_are_chosen(sets: Exported) -> None:
    expected = sets.classifier.classify(TEXTS)
    for output in (
        sets.call("serving_default", text=tf.constant(TEXTS)),
        sets.call(TOKEN_SIGNATURE, **sets.classifier.preprocessor(TEXTS)),
    ):
        assert output.keys() == {"labels", "probabilities", "chosen"}
        assert (output["chosen"].dtype, output["chosen"].shape) == (np.bool_, (4, 3))
        for row, answer in enumerate(expected):
            assert isinstance(answer, MultiLabel)
            names = [name.decode() for name in output["labels"][row]]
            assert dict(zip(names, output["probabilities"][row], strict=True)) == pytest.approx(
                answer.probabilities, abs=1e-6
            )
            assert (
                tuple(name for name, chosen in zip(names, output["chosen"][row], strict=True) if chosen)
                == answer.labels
            )


def test_a_score_is_served_with_the_tokens_that_were_read(numbers: Exported) -> None:
    pairs = TEXTS[::-1]
    expected = [answer.score for answer in numbers.classifier.classify(list(zip(TEXTS, pairs, strict=True)))]
    prepared = numbers.classifier.preprocessor((TEXTS, pairs))
    for output in (
        numbers.call("serving_default", text=tf.constant(TEXTS), pair=tf.constant(pairs)),
        numbers.call(TOKEN_SIGNATURE, **prepared),
    ):
        assert output.keys() == {"score", "tokens"}
        assert output["score"].tolist() == pytest.approx(expected, abs=1e-6)
        assert output["tokens"].tolist() == prepared["padding_mask"].numpy().sum(axis=1).tolist()
    assert len(set(expected)) > 1


def test_an_export_of_each_task_passes_the_whole_check(sets: Exported, numbers: Exported) -> None:
    for exported in (sets, numbers):
        report = check(exported.version)
        assert [(row.what, row.detail) for row in report.rows if not row.ok] == []
        details = {row.what: row.detail for row in report.rows}
        assert details["warm-up requests"] == "10 requests answered"
        assert details["serving_default, batch of 7"] == "7 rows as Python answers"
        assert details[f"{TOKEN_SIGNATURE}, batch of 7"] == "7 rows as Python answers"


def test_the_saved_classifier_answers_as_the_classifier_does(sets: Exported, numbers: Exported) -> None:
    served = SavedClassifier(sets.version)
    assert (served.task, served.labels) == ("multi_label", tuple(LABELS))
    for one, other in zip(
        served.classify_stream(iter(TEXTS), token_budget=16), sets.classifier.classify(TEXTS), strict=True
    ):
        assert one.labels == other.labels
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-6)
    served = SavedClassifier(numbers.version)
    assert (served.task, served.labels) == ("regression", ())
    pairs = list(zip(TEXTS, TEXTS[::-1], strict=True))
    scores = [answer.score for answer in served.classify(pairs, token_budget=1)]
    assert scores == pytest.approx([answer.score for answer in numbers.classifier.classify(pairs)], abs=1e-6)


def test_what_an_export_takes_is_read_without_loading_it(sets: Exported, numbers: Exported, tmp_path: Path) -> None:
    assert saved_inputs(sets.version) == saved_inputs(sets.version.parent) == {"text"}
    assert saved_inputs(numbers.version) == {"text", "pair"}
    assert saved_inputs(tmp_path) is None


def test_numbers_of_a_large_unit_are_served_and_checked_in_it(
    build_classifier: Callable[..., TextClassifier], tmp_path: Path
) -> None:
    classifier = build_classifier(labels=[], task="regression")
    kernel, bias = classifier.output_dense.get_weights()
    classifier.output_dense.set_weights([kernel * 30_500, bias * 30_500 + 77_000])
    exported = Exported(classifier, tmp_path / "salaries")
    found = check(exported.version)
    assert found.ok, found
    served = SavedClassifier.find(tmp_path / "salaries")
    assert served is not None
    expected = [answer.score for answer in classifier.classify(TEXTS)]  # type: ignore[union-attr]
    assert [answer.score for answer in served.classify(TEXTS)] == pytest.approx(expected, rel=1e-5)
    assert PythonModel(exported.version).unit == pytest.approx(30_500 * np.linalg.norm(kernel), rel=1e-5)
