"""Frames in which tensors travel between the server and its workers; both ends import this module.

A frame is two sizes, a JSON object, and the bytes of all tensors one after the other. The JSON object says what the
frame is about, and where each tensor ends. It imports the standard library alone, as the workers do.
"""

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

RawTensor: TypeAlias = tuple[int, Sequence[int], "bytes | Sequence[bytes]"]
"""TensorFlow's number of a data type, a shape, and the elements: one buffer, or one per string."""
STRING = 7
SIZES = struct.Struct("<IQ")
"""The sizes of the JSON object and of the tensors in bytes."""


def packed(head: Mapping[str, Any], tensors: Sequence[RawTensor] = ()) -> bytes:
    """Returns a frame.

    Args:
        head: What the frame is about, for JSON; the key `tensors` is taken.
        tensors: The tensors.

    Returns:
        The frame.
    """
    places: list[tuple[int, Sequence[int], int | list[int]]] = []
    pieces: list[bytes] = []
    for dtype, shape, data in tensors:
        if isinstance(data, bytes):
            places.append((dtype, shape, len(data)))
            pieces.append(data)
        else:
            places.append((dtype, shape, [len(row) for row in data]))
            pieces.extend(data)
    text = json.dumps({**head, "tensors": places}).encode()
    body = b"".join(pieces)
    return b"".join((SIZES.pack(len(text), len(body)), text, body))


def frame_size(start: bytes | bytearray | memoryview) -> int:
    """Returns the size of a frame in bytes, given at least its first `SIZES.size` bytes."""
    text, body = SIZES.unpack_from(start)
    return SIZES.size + text + body


def unpacked(frame: bytes | bytearray) -> tuple[dict[str, Any], list[RawTensor]]:
    """Returns what `packed` was given."""
    text, _ = SIZES.unpack_from(frame)
    end = SIZES.size + text
    head = json.loads(bytes(frame[SIZES.size : end]))
    return head, list(_tensors(head.pop("tensors"), memoryview(frame)[end:]))


def _tensors(places: list[Any], body: memoryview) -> Iterator[RawTensor]:
    start = 0
    for dtype, shape, sizes in places:
        rows = []
        for size in sizes if dtype == STRING else [sizes]:
            rows.append(bytes(body[start : start + size]))
            start += size
        yield dtype, shape, rows if dtype == STRING else rows[0]
