"""Clusters are rows that are near each other, named by the words that set them apart."""

import numpy as np

from bert_keras.auditing import cluster_parts
from bert_keras.auditing.divisions import clusters_of

TEXTS = ["the card was charged twice"] * 40 + ["the parcel never came"] * 30 + ["", "?"] * 5
VECTORS = np.repeat(np.eye(3, 6), [40, 30, 10], axis=0) * 5 + np.random.default_rng(0).normal(0, 0.1, [80, 6])


def test_clusters_have_the_rows_of_each_cloud_the_largest_first_and_their_own_words() -> None:
    parts = cluster_parts("cluster", VECTORS, TEXTS, 3)
    assert [np.flatnonzero(part.rows).tolist() for part in parts] == [
        list(range(40)),
        list(range(40, 70)),
        list(range(70, 80)),
    ]
    first, second, third = (part.value.split(": ")[1] for part in parts)
    assert set(first.split(", ")) == {"card", "was", "charged", "twice"}
    assert set(second.split(", ")[:3]) == {"parcel", "never", "came"}  # before "the", which both have
    assert third == "(no words of its own)"


def test_the_number_of_clusters_follows_the_rows_and_is_no_larger_than_there_are_different_ones() -> None:
    assert len(cluster_parts("cluster", VECTORS, TEXTS)) == 2
    equal = np.repeat(np.eye(2), 20, axis=0)
    assert len(cluster_parts("cluster:9", equal, ["a"] * 40, 9)) == 2
    assert [part.value for part in cluster_parts("c", equal, [""] * 40, 2)] == ["1: (no words)", "2: (no words)"]


def test_divisions_by_clusters_are_told_from_others() -> None:
    asked = ("cluster", "cluster:7", "cluster:0", "cluster:x", "length")
    assert [clusters_of(by) for by in asked] == [0, 7, None, None, None]
