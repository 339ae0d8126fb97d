"""Atomic writes of files and folders."""

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bert_keras.errors import BertKerasError
from bert_keras.files.system_errors import error_of_writing


@contextlib.contextmanager
def replaced_folder(path: str | Path) -> Iterator[Path]:
    """Replaces a folder when the `with` block ends without an error.

    Args:
        path: The folder, which need not exist. Of a link, the folder that it leads to is replaced.

    Yields:
        An empty temporary folder beside `path` to write into. After an error in the block it is removed, and `path` is
        unchanged.

    Raises:
        OSError: The folder cannot be written; the error names `path`, whatever name was written under.
    """
    named, path = Path(path), Path(os.path.realpath(path))
    if path.exists() and not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(named))
    prefix = f".{path.name}."
    with _told_of(named, path.with_name(prefix)):
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=prefix, dir=path.parent))
        try:
            aside.chmod(0o755)
            yield aside
            if path.exists():
                old = Path(tempfile.mkdtemp(prefix=f"{prefix}old.", dir=path.parent))
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
        path: The file, which need not exist. Of a link, the file that it leads to is replaced.

    Yields:
        A temporary path beside `path` to write to. After an error in the block that file is removed, and `path` is
        unchanged.

    Raises:
        OSError: The file cannot be written; the error names `path`, whatever name was written under.
    """
    named, path = Path(path), Path(os.path.realpath(path))
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with _told_of(named, aside):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield aside
            os.replace(aside, path)
        finally:
            with contextlib.suppress(OSError):  # of a file system that cannot be written, which is told
                aside.unlink(missing_ok=True)


@contextlib.contextmanager
def _told_of(path: Path, aside: Path) -> Iterator[None]:
    """Has errors of the file system name what was to be written, whichever library raises them, and in what words."""
    try:
        yield
    except BertKerasError:
        raise
    except Exception as error:
        name = getattr(error, "filename", None)
        if name is not None and not str(name).startswith(str(aside)):
            raise
        number = error_of_writing(error) or (getattr(error, "errno", None) if name is not None else None)
        if number is None:
            raise
        raise OSError(number, os.strerror(number), str(path)) from error
