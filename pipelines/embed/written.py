"""Files of vectors, written block by block."""

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bert_keras.files import replaced_file

from ..command_line.text_output import STANDARD_STREAM, text_output

Write: TypeAlias = Callable[[Sequence[str], np.ndarray], None]
"""A function that writes some texts and their vectors, `[texts, dimension]` float32."""
_DIGITS = 7  # decimals of a float32 below 1
_json = json.JSONEncoder(ensure_ascii=False).encode


@contextlib.contextmanager
def vectors_file(output: str, dimension: int) -> Iterator[Write]:
    """Opens a file of vectors, which appears when the `with` block ends without an error.

    Args:
        output: A file that ends in .npy, .jsonl or .parquet, or - for JSON lines on standard output.
        dimension: The size of a vector.

    Yields:
        The function that writes.
    """
    if output == STANDARD_STREAM:
        with text_output(output) as stream:
            yield _lines(stream)
        return
    with replaced_file(output) as aside, _OPENED[Path(output).suffix.lower()](aside, dimension) as write:
        yield write


@contextlib.contextmanager
def _npy(path: Path, dimension: int) -> Iterator[Write]:
    rows = 0

    def write(texts: Sequence[str], vectors: np.ndarray) -> None:
        nonlocal rows
        file.write(np.ascontiguousarray(vectors, "<f4").tobytes())
        rows += len(texts)

    with path.open("wb") as file:
        _header(file, 0, dimension)
        begin = file.tell()
        yield write
        # NumPy leaves room in its header for the first axis to grow, so it has the same length.
        file.seek(0)
        _header(file, rows, dimension)
        assert file.tell() == begin


def _header(file: IO[bytes], rows: int, dimension: int) -> None:
    content = {"descr": "<f4", "fortran_order": False, "shape": (rows, dimension)}
    np.lib.format.write_array_header_1_0(file, content)


@contextlib.contextmanager
def _jsonl(path: Path, dimension: int) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        yield _lines(file)


def _lines(file: IO[str]) -> Write:
    def write(texts: Sequence[str], vectors: np.ndarray) -> None:
        for text, vector in zip(texts, vectors.tolist(), strict=True):
            rounded: list[Any] = [round(value, _DIGITS) for value in vector]
            file.write(_json({"text": text, "vector": rounded}) + "\n")
        file.flush()

    return write


@contextlib.contextmanager
def _parquet(path: Path, dimension: int) -> Iterator[Write]:
    kind = pa.list_(pa.float32(), dimension)
    schema = pa.schema([("text", pa.string()), ("vector", kind)])

    def write(texts: Sequence[str], vectors: np.ndarray) -> None:
        flat = pa.array(np.ascontiguousarray(vectors, np.float32).ravel())
        columns = [pa.array(texts, pa.string()), pa.FixedSizeListArray.from_arrays(flat, type=kind)]
        writer.write_table(pa.Table.from_arrays(columns, schema=schema))

    with pq.ParquetWriter(path, schema) as writer:
        yield write


_OPENED = {".npy": _npy, ".jsonl": _jsonl, ".parquet": _parquet}
