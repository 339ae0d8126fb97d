import dataclasses

import numpy as np
import pytest

from bert_keras.data import Source, WeakRows, encode, subset
from bert_keras.models import TextClassifier


@pytest.fixture(scope="module")
def rows(classifier: TextClassifier, tmp_path_factory: pytest.TempPathFactory) -> WeakRows:
    """Three rows of two labels, and five others, of which four were given the second."""
    folder = tmp_path_factory.mktemp("weak")
    texts = {
        "own.csv": ["text,label", "good,yes", "was not good,no", "bad,no"],
        "others.csv": ["text", *(f"the film was {'a ' * row}" for row in range(6))],
    }
    for name, lines in texts.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    own, others = (
        encode(Source(str(folder / name), task=task), classifier.preprocessor.pack, "weak", folder / "cache")
        for name, task in (("own.csv", "single_label"), ("others.csv", None))
    )
    return WeakRows(own.with_labels(["no", "yes"]), subset(others, np.arange(1, 6)), np.array([1, 1, 0, 1, 1]))


def test_a_row_has_its_own_label_or_the_one_it_was_given_whatever_the_order(rows: WeakRows) -> None:
    assert (len(rows), rows.name) == (8, rows.labelled.name)
    chosen = np.array([5, 2, 7, 0, 1])
    inputs, targets = rows.batch(chosen)
    assert targets.tolist() == [0, 0, 1, 1, 0] == rows.targets[chosen].tolist()
    assert targets.dtype == np.int32
    for place, row in enumerate(chosen.tolist()):
        part, index = (rows.labelled, row) if row < 3 else (rows.others, row - 3)
        for name, alone in part.batch(np.array([index]))[0].items():
            length = alone.shape[1]
            assert inputs[name][place, :length].tolist() == alone[0].tolist()
            assert not inputs[name][place, length:].any()
        assert rows.lengths[row] == part.lengths[index]


def test_the_others_of_a_label_weigh_together_as_much_as_its_rows_and_none_more_than_one(rows: WeakRows) -> None:
    assert rows.weights.tolist() == [1, 1, 1, 0.25, 0.25, 1, 0.25, 0.25]  # one other of "no", which has two rows


def test_other_labels_are_other_data(rows: WeakRows) -> None:
    other = dataclasses.replace(rows, given=np.array([1, 1, 1, 1, 1]))
    assert len({rows.fingerprint, other.fingerprint, rows.labelled.fingerprint}) == 3
