"""Files of columns: Parquet, Arrow and Feather, with the names of labels that Hugging Face datasets keeps in them."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from bert_keras.data.arrow_columns import CodedColumn, TextColumn, kind_of
from bert_keras.data.records import MOST_RECORDS, Choose, Records
from bert_keras.errors import BertKerasError, DataError
from bert_keras.files.identity import sha256_of, stamp_of

# The first bytes of a file, and its format. Hugging Face datasets writes streams.
MAGIC = {
    b"PAR1": "Parquet",
    b"ARROW1": "Arrow",
    b"FEA1": "Feather",
    b"\xff\xff\xff\xff": "Arrow stream",
}
_METADATA = b"huggingface"
_NO_LABEL = -1  # the value of hidden labels


def columnar_format(name: str | Path) -> str | None:
    """Returns the format of a file by its first bytes, a value of `MAGIC`; None if it is none of them."""
    with Path(name).open("rb") as file:
        magic = file.read(max(map(len, MAGIC)))
    return next((format for begin, format in MAGIC.items() if magic.startswith(begin)), None)


class ColumnarFile:
    """A Parquet, Arrow or Feather file.

    Args:
        path: The path of the file.
        format: The format, a value of `MAGIC`.

    Attributes:
        name: The path as a string.
        format: The format.
    """

    def __init__(self, path: str | Path, format: str) -> None:
        self.name, self.format = str(path), format
        self._path = Path(path)

    def records(self, choose: Choose) -> Iterator[Records]:
        """Reads the records from the start; see `records.Part`. Rows are numbered from 1."""
        with self._broken_told():
            yield from self._records(choose)

    def _records(self, choose: Choose) -> Iterator[Records]:
        stored = _STORED[self.format](self._path)
        there = [str(name) for name in stored.schema.names]
        chosen = choose(there, self.name)
        names = list(chosen)
        labels = {name: of for name, of in label_names(stored.schema).items() if name in names}
        row = 1
        for batch in stored.batches(names):
            batch.validate(full=True)  # or a broken file could read memory that is not its own
            for first in range(0, batch.num_rows, MOST_RECORDS):
                block = batch.slice(first, MOST_RECORDS)
                columns = [self._values(block, name, labels.get(name), row) for name in names]
                yield Records(chosen, range(row, row + block.num_rows), columns)
                row += block.num_rows

    @contextlib.contextmanager
    def _broken_told(self) -> Iterator[None]:
        import pyarrow

        try:
            yield
        except BertKerasError:
            raise
        except (pyarrow.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
            reason = " ".join(str(error).split())
            raise DataError(f"{self.name}: broken {self.format} ({reason:.200}); write the file again") from error

    def _values(self, batch: Any, name: str, labels: Sequence[str] | None, first_row: int) -> Sequence[Any]:
        column = batch.column(batch.schema.get_field_index(name))
        kind = kind_of(column)
        if kind == "text" and labels is None:
            return TextColumn(column)
        if kind == "numbers":
            coded = CodedColumn.of(column)
            if labels is None:
                return coded
            named = [
                self._named(value, labels, first_row + coded.first_row(code)) for code, value in enumerate(coded.values)
            ]
            return CodedColumn(named, coded.codes)
        values = column.to_pylist()
        if labels is not None:
            return [self._named(value, labels, first_row + place) for place, value in enumerate(values)]
        if values and any(isinstance(value, bytes | Decimal) for value in values):
            return [self._plain(value, first_row + place) for place, value in enumerate(values)]
        return values

    def _named(self, value: Any, labels: Sequence[str], row: int) -> Any:
        if isinstance(value, list):
            return [self._named(item, labels, row) for item in value]
        if value is None or value == _NO_LABEL:
            return None
        if not isinstance(value, int | float) or value not in range(len(labels)):
            raise DataError(
                f"{self._place(row)}: the number of a label expected, below {len(labels)}. Received: {value!r:.80}"
            )
        return labels[int(value)]

    def _plain(self, value: Any, row: int) -> Any:
        if isinstance(value, Decimal):
            return float(value)
        try:
            return value.decode() if isinstance(value, bytes) else value
        except UnicodeDecodeError as error:
            raise DataError(f"{self._place(row)}: not UTF-8. Received: {value!r:.80}") from error

    def _place(self, row: int) -> str:
        return f"{self.name}, row {row}"  # whatever the name of the file says

    def names(self) -> list[str]:
        """Returns the names of the columns."""
        with self._broken_told():
            return [str(name) for name in _STORED[self.format](self._path).schema.names]

    def content_hash(self) -> str:
        """Returns a hash of the bytes."""
        return f"{self.format} {sha256_of(self._path)}"

    def stamp(self) -> object:
        """Returns the file's size and modification time."""
        return stamp_of(self._path)


def label_names(schema: Any) -> dict[str, list[str]]:
    """Reads the names of numbered labels, which Hugging Face datasets keeps in the metadata of a schema.

    Args:
        schema: The schema of Arrow.

    Returns:
        The label names by column, in the order of their numbers.
    """
    try:
        features = json.loads((schema.metadata or {})[_METADATA])["info"]["features"]
    except (KeyError, ValueError, TypeError):
        return {}
    found = {}
    for column, feature in features.items() if isinstance(features, dict) else ():
        while isinstance(feature, list) or (isinstance(feature, dict) and "feature" in feature):
            feature = next(iter(feature), None) if isinstance(feature, list) else feature["feature"]
        if (
            isinstance(feature, dict)
            and feature.get("_type") == "ClassLabel"
            and isinstance(feature.get("names"), list)
        ):
            found[column] = [str(name) for name in feature["names"]]
    return found


class _Stored(NamedTuple):
    """An opened file: its schema, and a function that yields batches of some columns."""

    schema: Any
    batches: Any


def _parquet(path: Path) -> _Stored:
    import pyarrow.parquet

    file = pyarrow.parquet.ParquetFile(path)
    return _Stored(file.schema_arrow, lambda names: file.iter_batches(MOST_RECORDS, columns=names))


def _arrow(path: Path) -> _Stored:
    import pyarrow

    reader = pyarrow.ipc.open_file(pyarrow.memory_map(str(path)))
    batches = range(reader.num_record_batches)
    return _Stored(reader.schema, lambda names: (reader.get_batch(place).select(names) for place in batches))


def _arrow_stream(path: Path) -> _Stored:
    import pyarrow

    _check_end_of_stream(path)
    reader = pyarrow.ipc.open_stream(pyarrow.memory_map(str(path)))
    return _Stored(reader.schema, lambda names: (batch.select(names) for batch in reader))


def _check_end_of_stream(path: Path) -> None:
    """Raises ValueError if a stream has no mark of its end: a reader takes any end between two batches for the end."""
    import pyarrow

    source = pyarrow.memory_map(str(path))
    behind, messages = 0, pyarrow.ipc.MessageReader.open_stream(source)
    # The last bytes tell nothing: those of a batch may be the same as the mark.
    with contextlib.suppress(StopIteration):
        while True:
            messages.read_next_message()
            behind = source.tell()
    if behind == source.size():
        raise ValueError("no mark of the end; was it cut off?")


def _feather(path: Path) -> _Stored:
    import pyarrow.feather

    table = pyarrow.feather.read_table(path)
    return _Stored(table.schema, lambda names: table.select(names).to_batches())


_STORED = {"Parquet": _parquet, "Arrow": _arrow, "Feather": _feather, "Arrow stream": _arrow_stream}
