"""CRC-32C, the checksum of TensorFlow's record files, in NumPy.

TensorBoard's own implementation loops over bytes in Python: several seconds for the attention weights of one long text.
"""

import functools

import numpy as np

_POLYNOMIAL = 0x82F63B78  # Castagnoli's polynomial, bits reversed
_ALL_ONES = 0xFFFFFFFF
_BYTE_BY_BYTE = 2_048  # bytes; for shorter data the lanes cost more than they save
_LONGEST_LANE = 2_048


def crc32c(data: bytes) -> int:
    """Computes the CRC-32C checksum (RFC 3720, appendix B.4).

    Args:
        data: The bytes.

    Returns:
        The checksum, 32 bits.
    """
    if len(data) < _BYTE_BY_BYTE:
        table, state = _table().tolist(), _ALL_ONES
        for octet in data:
            state = table[(state ^ octet) & 0xFF] ^ (state >> 8)
        return state ^ _ALL_ONES
    return _of_lanes(np.frombuffer(data, np.uint8)) ^ _ALL_ONES


def masked_crc32c(data: bytes) -> int:
    """Computes the checksum in the form that record files store: rotated, plus a constant.

    Args:
        data: The bytes.

    Returns:
        The masked checksum, 32 bits.
    """
    plain = crc32c(data)
    return ((plain >> 15 | plain << 17) + 0xA282EAD8) & _ALL_ONES


def _of_lanes(data: np.ndarray) -> int:
    """Computes the CRC states of equal parts of the data in parallel, and combines them."""
    lanes = 1 << max(0, (len(data) // _LONGEST_LANE).bit_length())
    width = -(-len(data) // lanes)
    padded = np.zeros(lanes * width, np.uint8)  # leading zeros do not change a state of zero
    padded[lanes * width - len(data) :] = data
    padded[lanes * width - len(data) :][:4] ^= 0xFF  # equals an initial state of all ones
    table, states = _table(), np.zeros(lanes, np.uint32)
    for octets in np.ascontiguousarray(padded.reshape(lanes, width).T):
        states = table[(states ^ octets) & 0xFF] ^ (states >> np.uint32(8))
    shift = _power(table[_BITS & 0xFF] ^ (_BITS >> np.uint32(8)), width)
    while len(states) > 1:
        states = _applied(shift, states[0::2]) ^ states[1::2]
        shift = _applied(shift, shift)
    return int(states[0])


_BITS = np.uint32(1) << np.arange(32, dtype=np.uint32)


def _power(shift: np.ndarray, times: int) -> np.ndarray:
    """Returns a power of a linear map of states; a map is given by the images of the single bits, `[32]`."""
    result = _BITS
    while times:
        if times & 1:
            result = _applied(shift, result)
        shift, times = _applied(shift, shift), times >> 1
    return result


def _applied(shift: np.ndarray, states: np.ndarray) -> np.ndarray:
    bits = states[:, np.newaxis] & _BITS != 0
    return np.bitwise_xor.reduce(np.where(bits, shift, np.uint32(0)), axis=1)


@functools.cache
def _table() -> np.ndarray:
    """Returns the state that follows a state of zero after each byte value, `[256]`."""
    states = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        states = np.where(states & 1, states >> np.uint32(1) ^ np.uint32(_POLYNOMIAL), states >> np.uint32(1))
    return states
