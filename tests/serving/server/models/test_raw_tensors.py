import numpy as np
import pytest

from bert_keras.serving.c_runtime.frames import packed, unpacked
from bert_keras.serving.server.dtypes import NUMPY
from bert_keras.serving.server.interface import ServingError
from bert_keras.serving.server.models.raw_tensors import array_of, raw_tensor

STRINGS = np.array([[b"", b"NUL \x00"], ["東京".encode(), b"\xff" * 300]], dtype=object)


def there_and_back(array: np.ndarray) -> np.ndarray:
    head, (first, second) = unpacked(packed({"code": 0}, [raw_tensor(STRINGS), raw_tensor(array)]))
    assert head == {"code": 0}
    np.testing.assert_array_equal(array_of(first), STRINGS)
    return array_of(second)


@pytest.mark.parametrize("number", [number for number, dtype in NUMPY.items() if dtype.kind != "O"])
def test_numbers_travel_unchanged(number: int) -> None:
    array = np.array([[0, 1, 1], [1, 0, 1]]).astype(NUMPY[number])
    for form in (array, array.T, array[:, ::2], array[:0], array[0, 1].reshape(())):
        back = there_and_back(np.asarray(form))
        assert (back.dtype, back.shape) == (array.dtype, form.shape)
        np.testing.assert_array_equal(back, form)


def test_strings_travel_unchanged() -> None:
    for form in (STRINGS, STRINGS.T, STRINGS[:, 1:], STRINGS[:0], STRINGS[1, 0]):
        array = np.asarray(form, dtype=object)
        back = there_and_back(array)
        assert (back.dtype, back.shape) == (array.dtype, array.shape)
        assert back.tolist() == array.tolist()


def test_what_cannot_travel_is_refused() -> None:
    with pytest.raises(ServingError, match="arrays of complex128 cannot be fed"):
        raw_tensor(np.ones(2, np.complex128))
    with pytest.raises(ServingError, match="an output of type resource cannot be returned"):
        array_of((20, [], b""))
