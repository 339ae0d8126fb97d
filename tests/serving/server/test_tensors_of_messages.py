import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings, strategies as st

from bert_keras.serving.server.dtypes import NUMPY, STRING
from bert_keras.serving.server.protos import TensorProto
from bert_keras.serving.server.tensors import TensorError, array_of, fill_tensor

MANY = 10**6
NUMBERS = [dtype for number, dtype in NUMPY.items() if number != STRING]


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
def test_numbers_are_read_as_tensorflow_writes_them(dtype: np.dtype) -> None:
    array = np.array([[0, 1, 1], [1, 0, 1]]).astype(dtype)
    message = tf.make_tensor_proto(array)
    content = array_of(message, MANY)
    values = TensorProto()
    fill_tensor(values, array)
    for found in (content, array_of(values, MANY), tf.make_ndarray(values)):
        assert (found.dtype, found.tolist()) == (dtype, array.tolist())
    assert not values.tensor_content


def test_strings_are_read_as_tensorflow_writes_them() -> None:
    texts = [[b"a", b"\xff\x00"], [b"", "é".encode()]]
    message = tf.make_tensor_proto(texts)
    assert array_of(message, MANY).tolist() == texts
    written = TensorProto()
    fill_tensor(written, np.array(texts, object))
    assert written == message


def test_strings_may_be_packed() -> None:
    long = b"x" * 300
    packed = TensorProto(dtype=STRING, tensor_content=b"\x01\xac\x02\x00" + b"a" + long)
    packed.tensor_shape.dim.add(size=3)
    assert array_of(packed, MANY).tolist() == [b"a", long, b""]


@pytest.mark.parametrize(
    ("values", "count", "expected"),
    [([1, 2], 4, [1, 2, 2, 2]), ([], 3, [0, 0, 0]), ([1, 2, 3], 2, [1, 2]), ([], 0, [])],
)
def test_the_last_value_fills_the_rest(values: list[int], count: int, expected: list[int]) -> None:
    message = TensorProto(dtype=tf.int32.as_datatype_enum, int_val=values)
    message.tensor_shape.dim.add(size=count)
    assert array_of(message, MANY).tolist() == expected
    if len(values) <= count:  # TensorFlow's own function in Python takes no more
        assert tf.make_ndarray(message).tolist() == expected


def test_a_scalar_is_a_scalar() -> None:
    assert array_of(tf.make_tensor_proto("a"), MANY).shape == ()


def message(dtype: int = STRING, sizes: tuple[int, ...] = (), **fields: object) -> TensorProto:
    built = TensorProto(dtype=dtype, **fields)
    for size in sizes:
        built.tensor_shape.dim.add(size=size)
    return built


@pytest.mark.parametrize(
    "broken",
    [
        message(sizes=(10**12,)),
        message(sizes=(10**6, 10**6, 10**6), string_val=[b"a"]),
        message(dtype=1, sizes=(10**12,), float_val=[1.0]),
        message(sizes=(-1,)),
        message(sizes=(10**12, 0, 10**12)),
        message(sizes=(1,) * 65),
        message(dtype=1, sizes=(2,), tensor_content=b"abc"),
        message(sizes=(2,), tensor_content=b"\x01\x01a"),
        message(sizes=(1,), tensor_content=b"\xff\xff\xff\xff\xff\xff"),
        message(sizes=(10**12,), tensor_content=b"\x01a"),
        message(dtype=0, sizes=(1,)),
        message(dtype=14, sizes=(1,), half_val=[1]),
        message(dtype=20, sizes=(1,)),
    ],
)
def test_messages_that_are_no_tensors_are_refused_and_nothing_is_made_of_them(broken: TensorProto) -> None:
    with pytest.raises(TensorError):
        array_of(broken, MANY)


def test_a_shape_that_is_not_known_is_refused() -> None:
    unknown = message(string_val=[b"a"])
    unknown.tensor_shape.unknown_rank = True
    with pytest.raises(TensorError):
        array_of(unknown, MANY)


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, 25),
    st.lists(st.integers(-2, 5) | st.just(10**12), max_size=4),
    st.binary(max_size=12),
    st.lists(st.integers(-(2**31), 2**31 - 1), max_size=4),
    st.lists(st.binary(max_size=3), max_size=4),
)
def test_no_message_is_a_crash(
    dtype: int, sizes: list[int], content: bytes, numbers: list[int], texts: list[bytes]
) -> None:
    built = message(dtype, tuple(sizes), tensor_content=content, int_val=numbers, string_val=texts)
    try:
        array = array_of(built, 1000)
    except TensorError:
        return
    assert array.shape == tuple(sizes)
    assert array.dtype == NUMPY[dtype]
