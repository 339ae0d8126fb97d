from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from bert_keras.data import Batch, Encoded, Examples, encode, evaluation_batches, ordered_batches, training_batches
from bert_keras.models import TextClassifierPreprocessor
from bert_keras.text import BertTokenizer

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "film", "##s", "good", "bad", "."]


def examples(texts: list[str], pairs: list[str] | None = None) -> Examples:
    return Examples(Path("rows.csv"), texts, pairs, lines=list(range(len(texts))), rows_read=len(texts))


@pytest.fixture(scope="module")
def preprocessor() -> TextClassifierPreprocessor:
    return TextClassifierPreprocessor(BertTokenizer(VOCABULARY, lowercase=True), max_length=16)


@pytest.fixture(scope="module")
def many() -> Encoded:
    """1,003 rows of 3 to 60 tokens; the first token of each is its own number, so that rows are known again in batches."""
    lengths = np.random.default_rng(5).integers(3, 61, 1003)
    begins = np.cumsum(lengths) - lengths
    token_ids = np.ones(lengths.sum(), np.int32)
    token_ids[begins] = np.arange(len(lengths))
    segment_ids = (np.arange(lengths.sum()) % 2).astype(np.int32)
    return Encoded(token_ids, segment_ids, lengths, (np.arange(len(lengths)) % 7).astype(np.int32))


def numbers(batches: Iterable[Batch]) -> list[list[int]]:
    """Which rows each batch holds."""
    return [np.asarray(inputs["token_ids"])[:, 0].tolist() for inputs, _ in batches]


def padding_share(batches: Iterable[Batch]) -> float:
    masks = [np.asarray(inputs["padding_mask"]) for inputs, _ in batches]
    return 1 - sum(mask.sum() for mask in masks) / sum(mask.size for mask in masks)


def test_ids_equal_the_preprocessors_own(preprocessor: TextClassifierPreprocessor) -> None:
    texts = ["The films", "", "good . bad . " * 9, "Wörter?"]
    encoded = encode(examples(texts), preprocessor.pack, [1, 0, 1, 0])
    (inputs, labels), expected = encoded.batch(np.arange(4)), preprocessor(texts)
    assert inputs.keys() == expected.keys()
    for name in inputs:
        np.testing.assert_array_equal(inputs[name], expected[name], err_msg=name)
        assert inputs[name].dtype == np.int32
    assert labels.tolist() == [1, 0, 1, 0]
    assert encoded.lengths.tolist() == [5, 2, 16, 4]


def test_ids_of_pairs_equal_the_preprocessors_own(preprocessor: TextClassifierPreprocessor) -> None:
    texts, pairs = ["The film", "good " * 30, "bad"], ["is good", "bad film .", ""]
    inputs, labels = encode(examples(texts, pairs), preprocessor.pack).batch(np.arange(3))
    for name, expected in preprocessor((texts, pairs)).items():
        np.testing.assert_array_equal(inputs[name], expected, err_msg=name)
    assert inputs["segment_ids"].sum() > 0
    assert labels.tolist() == [0, 0, 0]


def test_examples_beyond_one_chunk_keep_their_order(preprocessor: TextClassifierPreprocessor, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["the " * (row % 5 + 1) + ("good", "bad")[row % 2] for row in range(23)]
    whole = encode(examples(texts, texts), preprocessor.pack)
    monkeypatch.setattr("bert_keras.data.encoded._TOKENIZED_TOGETHER", 4)
    parts = encode(examples(texts, texts), preprocessor.pack)
    for field in ("token_ids", "segment_ids", "lengths", "labels"):
        np.testing.assert_array_equal(getattr(parts, field), getattr(whole, field), err_msg=field)


def test_a_batch_is_as_wide_as_its_longest_row_rounded_up_to_8() -> None:
    lengths = np.array([3, 8, 9, 1])
    data = Encoded(np.arange(1, 22, dtype=np.int32), np.full(21, 1, np.int32), lengths, np.arange(4, dtype=np.int32))
    inputs, labels = data.batch(np.array([3, 0]))
    assert inputs["token_ids"].tolist() == [[21, 0, 0, 0, 0, 0, 0, 0], [1, 2, 3, 0, 0, 0, 0, 0]]
    assert inputs["padding_mask"].tolist() == inputs["segment_ids"].tolist() == [[1] + [0] * 7, [1, 1, 1] + [0] * 5]
    assert labels.tolist() == [3, 0]
    assert data.batch(np.array([1]))[0]["token_ids"].tolist() == [[4, 5, 6, 7, 8, 9, 10, 11]]
    assert data.batch(np.array([0, 2]))[0]["token_ids"].shape == (2, 16)


def test_every_epoch_has_every_row_once_with_its_own_label(many: Encoded) -> None:
    batches = list(training_batches(many, 32, epochs=3, seed=1).as_numpy_iterator())
    assert len(batches) == 3 * 32
    for epoch in range(3):
        rows = numbers(batches[epoch * 32 : (epoch + 1) * 32])
        assert sorted(sum(rows, [])) == list(range(1003))
        assert Counter(map(len, rows)) == {32: 31, 11: 1}
    for (inputs, labels), held in zip(batches, numbers(batches), strict=True):
        assert labels.tolist() == [row % 7 for row in held]
        assert inputs["padding_mask"].sum(axis=1).tolist() == many.lengths[held].tolist()


def test_a_seed_gives_its_batches_again_and_another_gives_others(many: Encoded) -> None:
    first, again, other = (numbers(training_batches(many, 32, 1, seed).as_numpy_iterator()) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert {frozenset(rows) for rows in first}.isdisjoint({frozenset(rows) for rows in other})


def test_epochs_differ_in_their_batches_and_in_the_order_of_lengths(many: Encoded) -> None:
    rows = numbers(training_batches(many, 32, epochs=2, seed=1).as_numpy_iterator())
    first, second = rows[:32], rows[32:]
    assert {frozenset(batch) for batch in first} != {frozenset(batch) for batch in second}
    longest = [many.lengths[batch].max() for batch in first]
    assert longest != sorted(longest)


def test_the_first_epoch_does_not_depend_on_how_many_follow(many: Encoded) -> None:
    one, two = (numbers(training_batches(many, 32, epochs, seed=1).as_numpy_iterator()) for epochs in (1, 2))
    assert two[:32] == one


def test_rows_of_like_length_go_together(many: Encoded) -> None:
    random = np.random.default_rng(0).permutation(1003)
    at_random = padding_share(many.batch(random[first : first + 32]) for first in range(0, 1003, 32))
    trained = padding_share(training_batches(many, 32, epochs=2, seed=1).as_numpy_iterator())
    assert at_random > 0.4
    assert trained < at_random / 3
    assert padding_share(batch for _, batch in ordered_batches(many, 32)) <= trained + 0.01


def test_ordered_batches_name_the_rows_they_hold_and_cover_each_once(many: Encoded) -> None:
    batches = list(ordered_batches(many, 100))
    assert [len(rows) for rows, _ in batches] == [100] * 10 + [3]
    assert [rows.tolist() for rows, _ in batches] == numbers(batch for _, batch in batches)
    assert sorted(np.concatenate([rows for rows, _ in batches])) == list(range(1003))
    lengths = np.concatenate([many.lengths[rows] for rows, _ in batches])
    assert lengths.tolist() == sorted(lengths)


@pytest.mark.parametrize("batch_size", [1, 17, 1003, 5000])
def test_datasets_know_how_many_batches_they_have(many: Encoded, batch_size: int) -> None:
    batches = -(-1003 // batch_size)
    assert training_batches(many, batch_size, 2, 0).cardinality() == 2 * batches
    evaluated = evaluation_batches(many, batch_size)
    assert evaluated.cardinality() == batches == len(list(evaluated))


def test_datasets_promise_what_they_give(many: Encoded) -> None:
    inputs, labels = evaluation_batches(many, 8).element_spec
    assert set(inputs.values()) == {tf.TensorSpec([None, None], tf.int32)}
    assert labels == tf.TensorSpec([None], tf.int32)
