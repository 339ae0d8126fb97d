"""How a program tells of a mistake: in one line, with nothing written."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from programs import Ended


def assert_told_in_a_line(ended: Ended, message: str) -> None:
    assert ended.status == 2
    assert ended.err.startswith("error: ")
    assert message in ended.err
    assert ended.err.count("\n") == 1


@contextlib.contextmanager
def nothing_written(folder: Path) -> Iterator[None]:
    """Asserts that the block changes no file below a folder, and leaves no other there."""
    before = _times(folder)
    yield
    assert _times(folder) == before


def _times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
