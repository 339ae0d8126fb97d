import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from programs import Workspace

from bert_keras import TextClassifier, data, insight
from bert_keras.reporting import RowText
from pipelines.classify import near_rows
from pipelines.classify.near_rows import near_training_rows


@pytest.fixture(scope="module")
def classifier(workspace: Workspace) -> TextClassifier:
    return TextClassifier.from_preset(str(workspace.run / "model"))


@pytest.fixture(scope="module")
def training(workspace: Workspace) -> Any:
    """What is asked of the data of a training: its rows and their lengths."""
    source = data.Source(str(workspace.folder / "reviews" / "train.tsv"), data.Columns(), "single_label", "train")
    return SimpleNamespace(sources={"train": source}, train=SimpleNamespace(lengths=np.full(150, 10)))


ASKED = [RowText("the film was good", None, "dev.tsv, line 2"), RowText("bad . 2", None, "dev.tsv, line 3")]


def test_the_nearest_rows_are_those_of_a_comparison_with_all(classifier: TextClassifier, training: Any) -> None:
    found = near_training_rows(classifier, training, ASKED)
    rows = list(training.sources["train"])
    assert (found.compared, found.train_rows) == (len(rows), len(rows)) == (150, 150)
    vectors = insight.mean_vectors(classifier, [row.text for row in rows]).astype(np.float64)
    asked = insight.mean_vectors(classifier, [row.text for row in ASKED]) - vectors.mean(axis=0)
    vectors -= vectors.mean(axis=0)
    lengths = np.outer(np.linalg.norm(asked, axis=1), np.linalg.norm(vectors, axis=1))
    similar = asked @ vectors.T / lengths
    for near, of in zip(found.of, similar, strict=True):
        assert [each.similarity for each in near] == pytest.approx(np.sort(of)[::-1][:3], abs=1e-5)
        by_place = {f"train.tsv, line {row.line}": row for row in rows}
        for each in near:
            row = next(row for place, row in by_place.items() if each.row.place.endswith(place))
            assert (each.row.text, each.labels) == (row.text, (row.target,))


def test_of_much_data_a_sample_is_looked_at(
    classifier: TextClassifier, training: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near_rows, "_MOST_TOKENS", 400)
    found = near_training_rows(classifier, training, ASKED)
    assert (found.compared, found.train_rows) == (40, 150)


def test_a_report_says_what_train_taught(workspace: Workspace) -> None:
    page = (workspace.run / "report.html").read_text(encoding="utf-8")
    wrong = len(re.findall(r'predicted: <b class="wrong"', page))
    assert page.count('<ul class="near">') == wrong
    assert ("its nearest rows of train" in page) == (wrong > 0)
