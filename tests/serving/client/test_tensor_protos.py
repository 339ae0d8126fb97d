from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from bert_keras.errors import InputError
from bert_keras.serving.client.answers import UnexpectedAnswer
from bert_keras.serving.client.tensor_protos import array_of_tensor, tensor_of


@pytest.mark.parametrize(
    "values",
    [
        np.array([[1.5, -2.25], [0.1, 3e38]], np.float32),
        np.array([0.1, 0.1, 0.1], np.float32),
        np.zeros([2, 0], np.float32),
        np.array([True, False]),
        np.array([1, 2**40, -5]),
        np.array([[7, 7], [7, 7]], np.int32),
        np.array([["é😀", ""], ["a\x00", "b"]], object),
        np.array(["same", "same"], object),
    ],
)
def test_what_tensorflow_writes_is_read(values: np.ndarray) -> None:
    read = array_of_tensor("x", tf.make_tensor_proto(values))
    assert read.shape == values.shape
    assert read.tolist() == values.tolist()


def test_values_that_go_on_to_the_end_may_be_left_out() -> None:
    tensor = tf.make_tensor_proto([1.0, 2.0, 2.0, 2.0])
    tensor.ClearField("tensor_content")
    tensor.float_val.extend([1.0, 2.0])
    assert array_of_tensor("x", tensor).tolist() == [1, 2, 2, 2]


@pytest.mark.parametrize("rows", [["é😀\x00", ""], [[1, 2], [3, -4]], [[0.5], [1]], [True, False]])
def test_what_is_sent_is_what_tensorflow_reads(rows: list[Any]) -> None:
    sent = tf.make_ndarray(tensor_of("x", rows))
    assert sent.dtype in (object, np.int32, np.float32, np.bool_)
    assert [one.decode() if isinstance(one, bytes) else one for one in sent.tolist()] == rows


@pytest.mark.parametrize("rows", [[[1], [1, 2]], ["a", 1], [2**40], [None], [[], [1]]])
def test_rows_that_are_no_tensor_are_refused(rows: list[Any]) -> None:
    with pytest.raises(InputError, match="input x: rows of one shape are wanted"):
        tensor_of("x", rows)


def test_a_tensor_that_contradicts_itself_is_refused() -> None:
    for change in (
        lambda tensor: tensor.tensor_shape.dim[0].__setattr__("size", 3),
        lambda tensor: tensor.tensor_shape.dim[0].__setattr__("size", -1),
        lambda tensor: tensor.__setattr__("tensor_content", b"abc"),
        lambda tensor: tensor.__setattr__("dtype", 99),
        lambda tensor: tensor.__setattr__("dtype", tf.bfloat16.as_datatype_enum),
        lambda tensor: tensor.float_val.extend([1, 2, 3]) or tensor.__setattr__("tensor_content", b""),
    ):
        tensor = tf.make_tensor_proto([1.0, 2.0])
        change(tensor)
        with pytest.raises(UnexpectedAnswer, match="answered in x with a tensor that cannot be read"):
            array_of_tensor("x", tensor)
    broken = tf.make_tensor_proto([b"\xff"])
    with pytest.raises(UnexpectedAnswer, match="cannot be read"):
        array_of_tensor("x", broken)
