"""The number of steps per text that TensorBoard keeps; it holds all kept steps in memory."""

import os
import struct
from collections import defaultdict
from collections.abc import Iterator

from bert_keras.tensorboard_plugin import FILE_SUFFIX

BUDGET = 1 << 30
"""The maximum size of attention data in memory, in bytes."""

MOST = 1_000
LEAST = 10  # TensorBoard's default
_FEW = 1 << 14  # bytes; a smaller record is a point of a curve
_BEGINNING = 1 << 10
_MOST_FOLDERS = 20_000


def kept_steps(logdir: str, budget: int = BUDGET) -> int:
    """Chooses how many steps of each text TensorBoard keeps.

    Args:
        logdir: The log folder; a folder that is not on this machine is ignored.
        budget: The maximum size of attention data in memory, in bytes.

    Returns:
        The number of steps, from 10 to 1,000, with which the current log fits into the budget. The log of a running
        training has a budget of its own; see `AttentionProbes`.
    """
    sizes: dict[tuple[str, bytes], list[int]] = defaultdict(list)
    for path in _files(os.path.expanduser(logdir)):
        for tag, octets in _records(path):
            sizes[os.path.dirname(path), tag].append(octets)
    steps = max(map(len, sizes.values()), default=0)
    if sum(map(sum, sizes.values())) <= budget:
        return MOST
    while steps > LEAST and sum(sum(of) * min(1, steps / len(of)) for of in sizes.values()) > budget:
        steps -= 1
    return min(MOST, max(LEAST, steps))


def _files(logdir: str) -> Iterator[str]:
    for number, (folder, _, names) in enumerate(os.walk(logdir)):
        if number >= _MOST_FOLDERS:
            return
        yield from (os.path.join(folder, name) for name in names if name.endswith(FILE_SUFFIX))


def _records(path: str) -> Iterator[tuple[bytes, int]]:
    """Yields the tag and the size of each large record, of which only the beginning is read."""
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            while len(header := file.read(12)) == 12:
                (octets,) = struct.unpack("<Q", header[:8])
                begin = file.tell()
                if begin + octets > size:
                    return
                if octets >= _FEW:
                    yield _tag(file.read(_BEGINNING)), octets
                file.seek(begin + octets + 4)
    except OSError:
        return  # a file that cannot be read takes no memory


def _tag(event: bytes) -> bytes:
    """Returns the tag of an event's first value, by the wire format of protocol buffers: `Event.summary.value.tag`."""
    begin = end = 0
    try:
        for field in (5, 1, 1):
            begin, end = _inside(event, begin, field)
    except IndexError:
        return b""  # the event has no such value
    return event[begin:end]


def _inside(message: bytes, place: int, wanted: int) -> tuple[int, int]:
    """Returns where a field begins and ends, in the message that begins at `place`."""
    while True:
        key, place = _varint(message, place)
        length = {1: 8, 5: 4}.get(key & 7, 0)
        if key & 7 == 0:
            _, place = _varint(message, place)
        elif key & 7 == 2:
            length, place = _varint(message, place)
        if (key >> 3, key & 7) == (wanted, 2):
            return place, place + length
        place += length


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        octet = message[place]
        value, shift, place = value | (octet & 0x7F) << shift, shift + 7, place + 1
        if octet < 0x80:
            return value, place
