import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from bert_keras import BertTokenizer
from bert_keras.data import TextGroups, group_texts
from bert_keras.models import TextClassifierPreprocessor
from bert_keras.training import GroupResults, found_instead, group_similarities, hardest_groups
from bert_keras.training.group_results import _values

ANGLES = {"film": 0.0, "a": 0.2, "b": 0.5, "c": 0.6, "d": 1.3, "good": 0.58, "bad": 0.7}
PAIRS = [("film", "a"), ("film", "b"), ("good", "c"), ("bad", "d")]


def grouped(
    tokenizer: BertTokenizer, kind: Any, rows: Sequence[Sequence[str]], targets: Sequence[Any] = ()
) -> TextGroups:
    preprocessor = TextClassifierPreprocessor(tokenizer, 16)
    return group_texts("rows", kind, rows, preprocessor.pack, preprocessor.fingerprint, targets=targets)


def vectors_of(groups: TextGroups) -> np.ndarray:
    return np.array([[math.cos(ANGLES[text]), math.sin(ANGLES[text])] for text in groups.texts])


def results_of(groups: TextGroups) -> GroupResults:
    vectors = vectors_of(groups)
    return GroupResults(vectors, _values(groups, vectors), {}, {})


def cosine(one: str, other: str) -> float:
    return math.cos(ANGLES[one] - ANGLES[other])


def test_of_pairs_those_that_belong_together_are_compared_with_some_that_do_not(tokenizer: BertTokenizer) -> None:
    groups = grouped(tokenizer, "pairs", PAIRS)
    found = group_similarities(groups, vectors_of(groups))
    assert found.together == pytest.approx([cosine(*pair) for pair in PAIRS])
    others = [{cosine(one, other) for _, other in PAIRS if (one, other) not in PAIRS} for one, _ in PAIRS]
    for value, allowed in zip(found.apart, others, strict=True):
        assert min(abs(value - one) for one in allowed) < 1e-9
    np.testing.assert_array_equal(group_similarities(groups, vectors_of(groups)).apart, found.apart)


def test_of_labelled_texts_those_of_a_label_are_compared_with_those_of_others(tokenizer: BertTokenizer) -> None:
    labels = {"film": "x", "a": "x", "b": "y", "good": "y", "bad": "alone"}
    groups = grouped(tokenizer, "labelled_texts", [[text] for text in labels], list(labels.values()))
    found = group_similarities(groups, vectors_of(groups))
    assert found.together == pytest.approx([cosine("film", "a")] * 2 + [cosine("b", "good")] * 2)
    for value, (one, label) in zip(found.apart, labels.items(), strict=True):
        assert min(abs(value - cosine(one, other)) for other in labels if labels[other] != label) < 1e-9


def test_scored_pairs_are_parted_by_the_median_of_their_scores(tokenizer: BertTokenizer) -> None:
    groups = grouped(tokenizer, "scored_pairs", PAIRS, [0.8, 0.9, 0.1, 0.2])
    found = group_similarities(groups, vectors_of(groups))
    assert found.together == pytest.approx([cosine(*PAIRS[0]), cosine(*PAIRS[1])])
    assert found.apart == pytest.approx([cosine(*PAIRS[2]), cosine(*PAIRS[3])])
    # From the lowest cosine they are 3, 1, 0, 2, and from the lowest score 2, 3, 0, 1: 0 is where it should be.
    assert hardest_groups(groups, results_of(groups), 4).tolist() == [2, 1, 3]


def test_the_hardest_pairs_are_found_last_and_those_found_at_once_are_none(tokenizer: BertTokenizer) -> None:
    groups = grouped(tokenizer, "pairs", PAIRS)
    found = results_of(groups)
    assert found.values.tolist() == [1, 1, 1, 4]  # to bad c, b and a are nearer than d
    hardest = hardest_groups(groups, found, 4)
    assert hardest.tolist() == [3]
    assert [groups.texts[place] for place in found_instead(groups, found.vectors, hardest)] == ["c"]
