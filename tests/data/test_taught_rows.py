import dataclasses
from pathlib import Path

import numpy as np
import pytest

from bert_keras.data import Encoded, Source, TaughtRows, encode
from bert_keras.models import TextClassifier


def encoded(path: Path, lines: list[str], task: str | None, classifier: TextClassifier) -> Encoded:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    preprocessor = classifier.preprocessor
    return encode(Source(str(path), task=task), preprocessor.pack, preprocessor.fingerprint, path.parent / "cache")


@pytest.fixture(scope="module")
def rows(classifier: TextClassifier, tmp_path_factory: pytest.TempPathFactory) -> TaughtRows:
    """Five labelled rows and three others, with numbers that say whose they are."""
    folder = tmp_path_factory.mktemp("taught")
    lines = [f"{'the film ' * row}was good,{'bad' if row % 2 else 'fine'}" for row in range(5)]
    labelled = encoded(folder / "a.csv", ["text,label", *lines], "single_label", classifier)
    others = encoded(folder / "b.csv", ["text", *(f"bad {'a ' * row}" for row in range(3))], None, classifier)
    taught = tuple(
        np.arange(count * 3, dtype=np.float32).reshape(count, 3) + first for count, first in ((5, 0), (3, 90))
    )
    return TaughtRows(labelled.with_labels(["bad", "fine"]), taught, np.array([1, 0, 2]), "a key", (1,), others)


def test_a_batch_holds_for_each_row_what_is_said_about_it_whatever_the_order(rows: TaughtRows) -> None:
    assert len(rows) == 8
    chosen = np.array([6, 0, 3, 7, 4])
    inputs, targets = rows.batch(chosen)
    # The label, whether there is one, and the teacher's numbers in the model's order.
    assert targets.tolist() == [
        [0, 0, 94, 93, 95],
        [1, 1, 1, 0, 2],
        [0, 1, 10, 9, 11],
        [0, 0, 97, 96, 98],
        [1, 1, 13, 12, 14],
    ]
    assert targets.dtype == np.float32
    for place, row in enumerate(chosen.tolist()):
        part, index = (rows.labelled, row) if row < 5 else (rows.unlabelled, row - 5)
        assert part is not None
        for name, alone in part.batch(np.array([index]))[0].items():
            length = alone.shape[1]
            assert inputs[name][place, :length].tolist() == alone[0].tolist()
            assert not inputs[name][place, length:].any()
        assert rows.lengths[row] == part.lengths[index]
    assert inputs["token_ids"].shape[1] == max(rows.lengths[chosen])


def test_rows_of_one_kind_are_a_batch_too(rows: TaughtRows) -> None:
    for chosen in ([1, 2], [5, 7]):
        assert rows.batch(np.array(chosen))[1][:, 1].tolist() == [float(chosen[0] < 5)] * 2


def test_several_labels_a_row_have_a_column_each(rows: TaughtRows, classifier: TextClassifier, tmp_path: Path) -> None:
    lines = ["text,label", "was good,a|c", "bad,b", "the film,c"]
    labelled = encoded(tmp_path / "c.csv", lines, "multi_label", classifier)
    taught = dataclasses.replace(rows, labelled=labelled.with_labels(["a", "b", "c"]), unlabelled=None)
    assert taught.batch(np.array([2, 0]))[1].tolist() == [[0, 0, 1, 1, 7, 6, 8], [1, 0, 1, 1, 1, 0, 2]]
    assert len(taught) == 3


def test_more_rows_are_other_data(rows: TaughtRows) -> None:
    assert rows.fingerprint != rows.labelled.fingerprint
    assert dataclasses.replace(rows, unlabelled=None).fingerprint == rows.labelled.fingerprint
    assert rows.in_epoch(3, 1) is rows
    assert rows.name == rows.labelled.name
