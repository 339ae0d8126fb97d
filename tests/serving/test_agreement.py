"""The answers in float32 that an export holds, and the check that goes by them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import tensorflow as tf

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.serving import check, export
from bert_keras.serving.agreement import AGREEMENT_FILE, answers_in_float32
from bert_keras.serving.check.agreement import answers_of_outputs, count_same, read_agreement
from bert_keras.serving.check.graph import read_saved_model
from bert_keras.serving.check.report import AGREEMENT, CheckReport
from bert_keras.serving.encoder import ServedWeights
from bert_keras.serving.saved_model import signatures_of
from pipelines.check.tables import show_check

TEXTS = ["the film was good", "", "bad " * 9, "the unplayable films , naïve !"]

BuildClassifier = Callable[..., TextClassifier]


def agreement(report: CheckReport) -> tuple[bool, str]:
    (row,) = (row for row in report.rows if row.what == AGREEMENT)
    return row.ok, row.detail


@pytest.fixture(scope="module")
def version(classifier: TextClassifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("served") / "texts"
    return export(classifier, base, signatures=("strings",), compared=TEXTS * 20)


def test_the_answers_are_counted_and_told(version: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = check(version)
    assert agreement(report) == (True, "80 of 80 answers are those of float32 (100.00%)")
    show_check(report)
    assert "80 of 80 answers are those of float32 (100.00%)" in capsys.readouterr().out


def test_an_export_that_answers_otherwise_is_refused(version: Path) -> None:
    path = version / AGREEMENT_FILE
    kept = path.read_text(encoding="utf-8")
    content = json.loads(kept)
    content["answers"][0] = content["answers"][3] = "another"
    path.write_text(json.dumps(content), encoding="utf-8")
    refused = "78 of 80 answers are those of float32 (97.50%); at least 99% are wanted"
    assert agreement(check(version)) == (False, refused)
    path.write_text("[", encoding="utf-8")
    (graph,) = read_saved_model(version).meta_graphs
    broken = read_agreement(version, dict(graph.signature_def))
    path.write_text(kept, encoding="utf-8")
    assert broken is not None and "cannot be read" in broken.verdict([])[0][0]


def test_each_task_keeps_what_its_answers_go_by(build_classifier: BuildClassifier, extractor: SpanExtractor) -> None:
    for model, rows in (
        (build_classifier(task="multi_label"), TEXTS),
        (build_classifier(task="regression", labels=()), TEXTS),
        (build_classifier(pairs=True), list(zip(TEXTS, TEXTS, strict=True))),
        (extractor, [("was it good?", text) for text in TEXTS]),
    ):
        serve = signatures_of(model, ServedWeights("float32", "graph")).strings()["serving_default"]
        columns = [rows] if isinstance(rows[0], str) else [list(column) for column in zip(*rows, strict=True)]
        outputs = {name: value.numpy() for name, value in serve(*map(tf.constant, columns)).items()}
        found = answers_of_outputs(outputs)
        assert count_same(found, answers_in_float32(model, rows)) == len(rows)
        others = [value + 1 if isinstance(value, float) else [*value, "another"] for value in found]
        assert count_same(found, others) == 0
