import numpy as np
import pytest
from tensorboard.compat.tensorflow_stub import pywrap_tensorflow

from bert_keras.event_files.crc32c import crc32c, masked_crc32c


def test_the_checksum_is_that_of_the_standards_examples() -> None:
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, appendix B.4
    assert crc32c(b"\xff" * 32) == 0x62A8AB43


@pytest.mark.parametrize("length", [0, 1, 4, 2_047, 2_048, 2_049, 4_096, 10_001, 100_003])
def test_the_checksum_is_tensorboards_at_any_length(length: int) -> None:
    data = np.random.default_rng(length).bytes(length)
    assert crc32c(data) == pywrap_tensorflow.crc32c(data)
    assert masked_crc32c(data) == pywrap_tensorflow.masked_crc32c(data)


def test_one_bit_changes_the_checksum_of_much_data() -> None:
    data = bytearray(np.random.default_rng(0).bytes(1 << 20))
    before = crc32c(bytes(data))
    data[700_001] ^= 1
    assert crc32c(bytes(data)) != before
