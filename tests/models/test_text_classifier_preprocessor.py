from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf

from bert_keras import BertTokenizer
from bert_keras.errors import InputError
from bert_keras.models import TextClassifierPreprocessor

Tokens = Callable[[np.ndarray], list[str]]


@pytest.fixture
def preprocessor(tokenizer: BertTokenizer) -> TextClassifierPreprocessor:
    return TextClassifierPreprocessor(tokenizer, max_length=10)


@pytest.fixture
def spelled(vocabulary: list[str]) -> Tokens:
    return lambda row: [vocabulary[place] for place in np.asarray(row) if vocabulary[place] != "[PAD]"]


def test_texts_are_packed_and_padded(preprocessor: TextClassifierPreprocessor, spelled: Tokens) -> None:
    found = preprocessor(["The film was GOOD!", "bad"])
    assert [" ".join(spelled(row)) for row in found["token_ids"]] == ["[CLS] the film was good ! [SEP]", "[CLS] bad [SEP]"]
    np.testing.assert_array_equal(found["padding_mask"], [[1] * 7 + [0], [1] * 3 + [0] * 5])
    np.testing.assert_array_equal(found["segment_ids"], np.zeros([2, 8]))
    assert {value.dtype for value in found.values()} == {tf.int32}


def test_a_tuple_is_texts_and_their_pairs(preprocessor: TextClassifierPreprocessor, spelled: Tokens) -> None:
    found = preprocessor((["the film", "good"], ["bad", ""]))
    assert [spelled(row) for row in found["token_ids"]] == [
        ["[CLS]", "the", "film", "[SEP]", "bad", "[SEP]"],
        ["[CLS]", "good", "[SEP]", "[SEP]"],
    ]
    np.testing.assert_array_equal(found["segment_ids"], [[0, 0, 0, 0, 1, 1, 0, 0], [0, 0, 0, 1, 0, 0, 0, 0]])


def test_labels_and_weights_pass_through_beside_pairs(preprocessor: TextClassifierPreprocessor) -> None:
    x, y, weight = preprocessor((["a", "b"], ["c", "d"]), y=[0, 1], sample_weight=[0.5, 1.0])
    assert x["token_ids"].shape == (2, 8)
    np.testing.assert_array_equal(x["padding_mask"].numpy().sum(axis=1), [5, 5])
    assert (list(np.asarray(y)), list(np.asarray(weight))) == ([0, 1], [0.5, 1.0])


def test_a_dataset_of_pairs_and_labels_keeps_both(preprocessor: TextClassifierPreprocessor) -> None:
    data = tf.data.Dataset.from_tensor_slices(((["a", "b"], ["c", "d"]), [0, 1])).batch(2)
    x, y = next(iter(data.map(lambda texts, label: preprocessor(texts, y=label))))
    np.testing.assert_array_equal(x["padding_mask"].numpy().sum(axis=1), [5, 5])
    np.testing.assert_array_equal(y, [0, 1])


@pytest.mark.parametrize("width", [4, 10])
def test_no_row_is_longer_than_max_length(width: int, tokenizer: BertTokenizer, spelled: Tokens) -> None:
    preprocessor = TextClassifierPreprocessor(tokenizer, max_length=width)
    for texts in (["a " * 40], (["a " * 40], ["b " * 40])):
        row = preprocessor(texts)["token_ids"][0]
        assert row.shape == (width,)
        assert spelled(row)[0] == "[CLS]"
        assert spelled(row)[-1] == "[SEP]"


def test_no_texts_make_an_empty_batch(preprocessor: TextClassifierPreprocessor) -> None:
    assert preprocessor(tf.constant([], tf.string))["token_ids"].shape[0] == 0


@pytest.mark.parametrize("max_length", [3, 0, -1])
def test_a_max_length_without_room_for_a_pair_is_refused(max_length: int, tokenizer: BertTokenizer) -> None:
    with pytest.raises(InputError, match=rf"at least 4\. Received: {max_length}") as caught:
        TextClassifierPreprocessor(tokenizer, max_length)
    assert "\n" not in str(caught.value)


def test_the_configuration_comes_back_but_for_the_vocabulary(preprocessor: TextClassifierPreprocessor) -> None:
    again = keras.layers.deserialize(keras.layers.serialize(preprocessor))
    assert isinstance(again, TextClassifierPreprocessor)
    assert again.max_length == 10
    assert again.tokenizer.lowercase is True
    assert again.tokenizer.get_vocabulary() == []
