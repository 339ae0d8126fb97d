"""Files written on the spot, what is read of them, and the message with which they are refused."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from bert_keras.data import Columns, Row, Source
from bert_keras.data.tables.reading import Reading
from bert_keras.errors import DataError


def write(folder: Path, content: str | bytes, name: str = "rows.csv") -> str:
    """Writes a file, gzipped where its name ends in .gz; returns its path."""
    raw = content if isinstance(content, bytes) else content.encode()
    (folder / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return str(folder / name)


def read(name: str | list[str], columns: Columns = Columns(), task: str | None = "single_label") -> list[Row]:  # noqa: B008
    """All rows of a source."""
    return list(Source(name, columns, task))


def given(
    name: str | list[str],
    columns: Columns = Columns(),  # noqa: B008
    task: str | None = "single_label",
    reading: Reading = Reading(),  # noqa: B008
) -> tuple[list[tuple[str, Any]], dict[str, int]]:
    """The texts and targets of all rows, and the number of those left out by reason; none is lost."""
    source = Source(name, columns, task, reading=reading)
    rows = list(source)
    assert source.rows_read == len(rows) + sum(source.left_out.values())
    return [(row.text, row.target) for row in rows], source.left_out


def targets(name: str | list[str], columns: Columns = Columns(), task: str | None = "single_label") -> list[Any]:  # noqa: B008
    """The targets of all rows."""
    return [row.target for row in read(name, columns, task)]


def texts(name: str | list[str], columns: Columns = Columns()) -> list[str]:  # noqa: B008
    """All texts of a source that is read without labels."""
    return [row.text for row in read(name, columns, None)]


def refusal(
    name: str | list[str],
    columns: Columns = Columns(),  # noqa: B008
    task: str | None = "single_label",
    reading: Reading = Reading(),  # noqa: B008
) -> str:
    """The line with which a source is refused, without the file's name in front."""
    with pytest.raises(DataError) as error:
        list(Source(name, columns, task, reading=reading))
    message, file = str(error.value), name if isinstance(name, str) else name[-1]
    assert "\n" not in message
    assert message.startswith(file)
    return message.removeprefix(file)
