from collections.abc import Sequence

import numpy as np
import pytest

from bert_keras.reporting import Answer, Evaluated, RowText, examples


def evaluated(targets: np.ndarray, outputs: np.ndarray, chosen: np.ndarray | None = None) -> Evaluated:
    def texts(rows: Sequence[int]) -> list[RowText]:
        return [RowText(f"text {row}", None, f"dev.tsv, line {row}") for row in rows]

    return Evaluated(targets, outputs, np.ones(len(targets), int), texts, chosen)


def test_an_example_has_its_second_label_and_by_how_much_the_first_is_surer() -> None:
    outputs = np.array([[0.2, 0.5, 0.3], [0.4, 0.2, 0.4]])
    first, tied = examples("single_label", ["a", "b", "c"], evaluated(np.array([2, 0]), outputs), [0, 1])
    assert first.predicted == [Answer("b", 0.5)] and first.second == Answer("c", 0.3)
    assert first.margin == pytest.approx(0.2)
    assert (tied.predicted[0].name, tied.second) == ("a", Answer("c", 0.4)) and tied.margin == 0.0


def test_several_labels_are_those_that_were_chosen_and_have_no_second() -> None:
    outputs = np.array([[0.4, 0.9], [0.4, 0.9]])
    targets = np.array([[1, 0], [0, 1]])
    plain = examples("multi_label", ["a", "b"], evaluated(targets, outputs), [0])[0]
    assert [answer.name for answer in plain.predicted] == ["b"] and plain.second is None and plain.margin is None
    chosen = np.array([[False, False], [True, False]])
    found = examples("multi_label", ["a", "b"], evaluated(targets, outputs, chosen), [1, 0])
    assert [[answer.name for answer in example.predicted] for example in found] == [["a"], []]
