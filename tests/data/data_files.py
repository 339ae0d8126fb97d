"""Files written on the spot, what is read of them, and the message with which they are refused."""

import gzip
from pathlib import Path

import pytest

from bert_keras.data import Columns, Row, Source
from bert_keras.errors import DataError


def write(folder: Path, content: str | bytes, name: str = "rows.csv") -> str:
    """Writes a file, gzipped where its name ends in .gz; returns its path."""
    raw = content if isinstance(content, bytes) else content.encode()
    (folder / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return str(folder / name)


def read(name: str | list[str], columns: Columns = Columns(), task: str | None = "single_label") -> list[Row]:  # noqa: B008
    """All rows of a source."""
    return list(Source(name, columns, task))


def texts(name: str | list[str], columns: Columns = Columns()) -> list[str]:  # noqa: B008
    """All texts of a source that is read without labels."""
    return [row.text for row in read(name, columns, None)]


def refusal(name: str | list[str], columns: Columns = Columns(), task: str | None = "single_label") -> str:  # noqa: B008
    """The line with which a source is refused, without the file's name in front."""
    with pytest.raises(DataError) as error:
        read(name, columns, task)
    message, file = str(error.value), name if isinstance(name, str) else name[-1]
    assert "\n" not in message
    assert message.startswith(file)
    return message.removeprefix(file)
