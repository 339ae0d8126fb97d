"""Atomic writes of files and folders."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replaced_folder(path: str | Path) -> Iterator[Path]:
    """Replaces a folder when the `with` block ends without an error.

    Args:
        path: The folder, which need not exist.

    Yields:
        An empty temporary folder beside `path` to write into. After an error in the block it is removed, and `path` is
        unchanged.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        aside.chmod(0o755)
        yield aside
        if path.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{path.name}.old.", dir=path.parent))
            os.replace(path, old)
            os.replace(aside, path)
            shutil.rmtree(old)
        else:
            os.replace(aside, path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextlib.contextmanager
def replaced_file(path: str | Path) -> Iterator[Path]:
    """Replaces a file when the `with` block ends without an error.

    Args:
        path: The file, which need not exist.

    Yields:
        A temporary path beside `path` to write to. After an error in the block that file is removed, and `path` is
        unchanged.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield aside
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)
