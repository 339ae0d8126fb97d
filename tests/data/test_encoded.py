import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

from bert_keras.data import Encoded
from bert_keras.data.stored_targets import LabelSetTargets, LabelTargets, NoTargets, NumberTargets, StoredTargets
from bert_keras.errors import DataError, InputError

LABELS = LabelTargets(np.array([0, 1, 0, 2], np.uint16), ("b", "a", "c"), (0, 1, 3), ("a", "b", "c"))
SETS = LabelSetTargets(
    np.array([0, 1, 1, 2, 0], np.uint16), np.array([2, 2, 3, 5], np.uint16), ("b", "a", "c"), (0, 0, 3), ("a", "b", "c")
)
NUMBERS = NumberTargets(np.array([0.5, -1, 0, 2], np.float32))


def encoded(stored: StoredTargets, task: str | None = None, token_dtype: type = np.uint16) -> Encoded:
    """Rows of 3, 8, 9 and 1 tokens, which count from 1; the last two are from another file, and pairs."""
    lengths = np.array([3, 8, 9, 1], np.uint16)
    return Encoded(
        name="a.csv and 1 more",
        files=("a.csv", "tfds:b:train"),
        task=task,
        fingerprint="f",
        rows_read=4,
        left_out={},
        token_ids=np.arange(1, 22).astype(token_dtype),
        begins=np.array([0, 3, 11, 20], np.uint16),
        lengths=lengths,
        first_lengths=np.array([3, 8, 5, 1], np.uint16),
        hashes=np.arange(4, dtype=np.uint64),
        lines=np.array([2, 5, 1, 2], np.uint16),
        first_of_files=(0, 2),
        stored_targets=stored,
    )


def named(names: Sequence[str], task: str) -> Encoded:
    """Rows with those labels, one each."""
    stored = LabelTargets(np.arange(len(names)), tuple(names), tuple(range(len(names))), tuple(names))
    return encoded(stored, task)


@pytest.mark.parametrize("dtype", [np.uint16, np.int32])
def test_a_batch_is_as_wide_as_its_longest_row(dtype: type) -> None:
    data = encoded(LABELS, token_dtype=dtype)
    inputs, targets = data.batch(np.array([3, 0]))
    assert inputs["token_ids"].tolist() == [[21, 0, 0], [1, 2, 3]]
    assert inputs["padding_mask"].tolist() == [[1, 0, 0], [1, 1, 1]]
    assert targets.tolist() == [2, 1]
    assert data.batch(np.array([1]))[0]["token_ids"].tolist() == [[4, 5, 6, 7, 8, 9, 10, 11]]
    assert data.batch(np.array([0, 2]))[0]["token_ids"].shape == (2, 9)
    assert {array.dtype for array in (*inputs.values(), targets)} == {np.dtype(np.int32)}


def test_tokens_of_second_texts_have_segment_id_1_and_padding_has_0() -> None:
    inputs, _ = encoded(LABELS).batch(np.array([2, 1]))
    assert inputs["segment_ids"].tolist() == [[0] * 5 + [1] * 4, [0] * 9]


def test_a_token_id_beyond_32767_stays_itself() -> None:
    data = dataclasses.replace(encoded(LABELS), token_ids=np.full(21, 65535, np.uint16))
    assert data.batch(np.array([0]))[0]["token_ids"][0, 0] == 65535


def test_places_name_the_file_and_the_line() -> None:
    assert [encoded(LABELS).places(row) for row in range(4)] == [
        ("a.csv", 2),
        ("a.csv", 5),
        ("tfds:b:train", 1),
        ("tfds:b:train", 2),
    ]


def test_a_file_of_which_no_row_is_used_has_no_places() -> None:
    data = dataclasses.replace(encoded(LABELS), files=("a", "empty", "c"), first_of_files=(0, 2, 2))
    assert [data.places(row)[0] for row in range(4)] == ["a", "a", "c", "c"]


def test_targets_are_of_the_kind_that_losses_take() -> None:
    rows = np.array([3, 1])
    for stored, expected in (
        (LABELS, np.array([2, 0], np.int32)),
        (SETS, np.array([[0, 1, 1], [0, 0, 0]], np.float32)),
        (NUMBERS, np.array([2, -1], np.float32)),
        (NoTargets(4), np.zeros(2, np.int32)),
    ):
        targets = encoded(stored).batch(rows)[1]
        np.testing.assert_array_equal(targets, expected)
        assert targets.dtype == expected.dtype
        np.testing.assert_array_equal(encoded(stored).targets[rows], expected)


def test_targets_follow_the_labels_of_the_model() -> None:
    labels = ["c", "x", "b", "a"]
    assert encoded(LABELS).with_labels(labels).targets.tolist() == [2, 3, 2, 0]
    sets = encoded(SETS).with_labels(labels).targets
    assert sets.tolist() == [[0, 0, 1, 1], [0, 0, 0, 0], [0, 0, 0, 1], [1, 0, 1, 0]]
    assert encoded(NUMBERS).with_labels([]).targets.tolist() == [0.5, -1, 0, 2]
    assert encoded(LABELS).with_labels(labels).label_names() == ["a", "b", "c"]


def test_rows_are_counted_by_label() -> None:
    assert encoded(LABELS).label_counts().tolist() == [1, 2, 1]
    assert encoded(SETS).label_counts().tolist() == [2, 2, 1]
    assert encoded(LABELS).with_labels(["x", "c", "b", "a"]).label_counts().tolist() == [0, 1, 2, 1]
    assert encoded(NUMBERS).label_counts().tolist() == []


def test_a_label_that_training_did_not_have_is_told_with_its_first_row() -> None:
    with pytest.raises(DataError) as error:
        encoded(LABELS).with_labels(["c", "b"])
    assert str(error.value) == "a.csv, line 5: label 'a' does not occur in training. Known: c, b"
    with pytest.raises(DataError) as error:
        encoded(SETS).with_labels(["a", "b"])
    assert str(error.value) == "tfds:b:train, row 2: label 'c' does not occur in training. Known: a, b"


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (("10", "9", "0"), ["0", "9", "10"]),
        (("b", "a", "10", "9"), ["10", "9", "a", "b"]),
        (("Ü", "ü", "z", "A"), ["A", "z", "Ü", "ü"]),
        (("x²", "²", "1"), ["1", "x²", "²"]),
    ],
)
def test_labels_are_sorted_and_whole_numbers_by_value(labels: tuple[str, ...], names: list[str]) -> None:
    assert named(labels, "single_label").label_names() == names


def test_training_needs_two_labels_or_of_any_number_one() -> None:
    with pytest.raises(DataError) as error:
        named("a", "single_label").label_names()
    assert str(error.value) == "a.csv and 1 more: at least two different labels are needed to train. Received: a"
    assert named("a", "multi_label").label_names() == ["a"]
    with pytest.raises(DataError, match=r"at least one label is needed to train\. Received: none"):
        named("", "multi_label").label_names()
    assert encoded(NUMBERS, "regression").label_names() == []


def test_sets_of_labels_have_one_key_each_whatever_their_order() -> None:
    random = np.random.default_rng(3)
    chosen = [tuple(random.permutation(6)[: random.integers(0, 5)]) for _ in range(500)]
    places, ends = (
        np.concatenate([*map(np.array, chosen), []]).astype(np.uint16),
        np.cumsum([len(row) for row in chosen]),
    )
    stored = LabelSetTargets(places, ends, tuple("abcdef"), (0,) * 6, tuple("abcdef"))
    keys = dict(zip(stored.keys(np.arange(500)).tolist(), map(frozenset, chosen), strict=True))
    assert len(keys) == len(set(map(frozenset, chosen)))
    some = random.permutation(500)[:50]
    assert [keys[key] for key in stored.keys(some).tolist()] == [frozenset(chosen[row]) for row in some]
    for row, target in enumerate(stored.take(np.arange(500))):
        assert set(np.flatnonzero(target)) == set(chosen[row])


def test_rows_that_were_read_without_labels_get_none() -> None:
    rows = encoded(NoTargets(4))
    with pytest.raises(InputError, match=r"read without labels; name the task when they are read, as in Source"):
        rows.with_labels(["a", "b"])
