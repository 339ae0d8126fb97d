"""Judges learn from words and neighbours, and their geometric mean is a distribution."""

import dataclasses
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bert_keras.auditing import geometric_mean, judge_by_neighbours, judge_words, out_of_fold
from bert_keras.auditing.judges import word_features
from bert_keras.auditing.neighbours import Neighbours
from bert_keras.data import Encoded, Source, encode, near_pairs, subset
from bert_keras.models import TextClassifier


@pytest.fixture(scope="module")
def encoded(classifier: TextClassifier, tmp_path_factory: pytest.TempPathFactory) -> Encoded:
    """Rows whose label is whether "not" is beside "good"."""
    folder: Path = tmp_path_factory.mktemp("judged")
    random = np.random.default_rng(0)
    lines = ["text,label"]
    for row in range(60):
        words = ["not", "good"] if row % 2 else ["good", "not"]
        filler = list(random.choice(["the", "film", "was", "a", "play"], 2))
        lines.append(" ".join([*filler, *words]) + f",{'bad' if row % 2 else 'fine'}")
    (folder / "rows.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    source = Source(str(folder / "rows.csv"), task="single_label")
    preprocessor = classifier.preprocessor
    return encode(source, preprocessor.pack, preprocessor.fingerprint, folder / "cache")


def token_rows(encoded: Encoded) -> list[list[int]]:
    """The token ids of each row."""
    places = zip(encoded.begins.tolist(), encoded.lengths.tolist(), strict=True)
    return [encoded.token_ids[begin : begin + of].tolist() for begin, of in places]


def test_words_judge_by_pairs_that_single_words_do_not_show(encoded: Encoded) -> None:
    given = encoded.targets.astype(np.int64)
    found = out_of_fold(given, 2, np.arange(60), judge_words(encoded, given, 2), folds=3)
    assert (found.argmax(axis=1) == given).all()


def test_rows_that_share_no_word_are_judged_by_the_shares_of_the_labels(encoded: Encoded) -> None:
    apart = dataclasses.replace(encoded, token_ids=np.arange(len(encoded.token_ids)))
    found = judge_words(apart, np.arange(60) % 3, 3)(np.array([0, 1, 3]), np.array([5, 6]))
    assert np.allclose(found, [[2 / 3, 1 / 3, 0]] * 2, atol=1e-6)


def test_features_are_tokens_and_pairs_of_more_than_one_row_and_not_of_all(encoded: Encoded) -> None:
    features = word_features(encoded).toarray()
    keys = [{*row, *pairwise(row)} for row in token_rows(encoded)]
    counts = {key: sum(key in of for of in keys) for of in keys for key in of}
    assert features.shape == (60, sum(1 < count < 60 for count in counts.values()))
    assert np.linalg.norm(features, axis=1) == pytest.approx(np.ones(60), abs=1e-5)


def test_neighbours_vote_by_closeness_and_copies_of_the_row_do_not() -> None:
    near = Neighbours(np.array([[1, 2], [0, 2], [1, 0]]), np.array([[0.0, 0.2], [0.0, 0.1], [0.1, 0.2]], np.float32), 3)
    found = judge_by_neighbours(near, np.array([7, 7, 8]), np.array([0, 0, 1]), 2)
    vote = 0.8**8
    assert found[0] == pytest.approx([0.005 / (vote + 0.01), (vote + 0.005) / (vote + 0.01)], rel=1e-4)
    assert found[2, 0] > 0.97


def test_the_mean_of_judges_is_that_of_their_logarithms() -> None:
    one, other = np.array([[0.9, 0.1]]), np.array([[0.5, 0.5]])
    assert geometric_mean([one, other]) == pytest.approx(np.array([[0.75, 0.25]]))
    assert geometric_mean([one, np.array([[1.0, 0.0]])]).sum() == pytest.approx(1)


def test_near_pairs_are_all_pairs_whose_token_pairs_are_nearly_the_same(encoded: Encoded) -> None:
    rows = [{*pairwise(row[1:-1])} for row in token_rows(encoded)]
    distinct, first = np.unique(encoded.hashes, return_index=True)
    split = subset(dataclasses.replace(encoded, hashes=np.arange(60, dtype=np.uint64)), np.sort(first))
    sets = [rows[row] for row in np.sort(first).tolist()]
    wanted = [
        [one, other]
        for one in range(len(sets))
        for other in range(one + 1, len(sets))
        if 5 * len(sets[one] & sets[other]) >= 4 * len(sets[one] | sets[other])
    ]
    assert near_pairs(split, unknown_id=1).tolist() == wanted
    assert len(distinct) == len(sets)
