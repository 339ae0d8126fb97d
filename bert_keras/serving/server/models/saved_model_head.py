"""What a SavedModel says about itself, without its graph, which may hold gigabytes of weights."""

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from google.protobuf.message import DecodeError

from bert_keras.serving.server.interface import ServingError
from bert_keras.serving.server.protos import MetaGraphDef, SignatureDef
from bert_keras.serving.versions import SAVED_MODEL

# Numbers of fields, from saved_model.proto and meta_graph.proto.
_META_GRAPHS, _GRAPH_DEF = 2, 2


@dataclass(frozen=True)
class SavedModelHead:
    """The part of a SavedModel that the server needs.

    Attributes:
        signatures: The signatures by name.
        restores: Whether the graph restores variables from files.
    """

    signatures: dict[str, SignatureDef]
    restores: bool


def read_head(folder: Path) -> SavedModelHead:
    """Reads the MetaGraph with the tag `serve`.

    Args:
        folder: The version's folder.

    Returns:
        Its head.

    Raises:
        ServingError: There is no such file, it is cut off, or no MetaGraph has that tag.
    """
    file = folder / SAVED_MODEL
    try:
        with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
            for field in _fields(data, 0, len(data), _META_GRAPHS):
                meta = _without_graph(data, field.start, field.end)
                if set(meta.meta_info_def.tags) == {"serve"}:
                    variables = data.find(b"VarHandleOp", field.start, field.end) >= 0
                    restores = variables and bool(meta.saver_def.restore_op_name)
                    return SavedModelHead(dict(meta.signature_def), restores)
    except FileNotFoundError:
        message = f"Could not find SavedModel .pb or .pbtxt at supplied export directory path: {folder}"
        raise ServingError(5, message) from None
    except OSError as error:
        code = 7 if isinstance(error, PermissionError) else 15
        raise ServingError(code, f"{file} cannot be read: {error.strerror or error}") from error
    except (DecodeError, IndexError, ValueError) as error:
        raise ServingError(15, f"{file} is no whole SavedModel: {error}") from error
    raise ServingError(5, f"{file} has no MetaGraph with the tag serve")


def _without_graph(data: mmap.mmap, start: int, end: int) -> MetaGraphDef:
    """Returns a MetaGraph that lacks nothing but its graph."""
    kept, at = [], start
    for graph in _fields(data, start, end, _GRAPH_DEF):
        kept.append(data[at : graph.tag])
        at = graph.end
    kept.append(data[at:end])
    return MetaGraphDef.FromString(b"".join(kept))


class _Field(NamedTuple):
    """Where a field of bytes has its tag, its content, and its end."""

    tag: int
    start: int
    end: int


def _fields(data: mmap.mmap, at: int, end: int, number: int) -> Iterator[_Field]:
    """Yields the fields of bytes of one number in the message from `at` to `end`; raises `ValueError` if it is cut."""
    while at < end:
        place = at
        tag, at = _varint(data, at)
        if tag & 7 == 0:
            _, at = _varint(data, at)
        elif tag & 7 == 2:
            size, at = _varint(data, at)
            if at + size > end:
                raise ValueError(f"it ends at {end} bytes, within a field of {size} bytes")
            if tag >> 3 == number:
                yield _Field(place, at, at + size)
            at += size
        elif tag & 7 in (1, 5):
            at += 8 if tag & 7 == 1 else 4
        else:
            raise ValueError(f"unknown kind of field at {place} bytes")


def _varint(data: mmap.mmap, at: int) -> tuple[int, int]:
    """Returns the number at a place, and where the next field begins."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
        shift += 7
