"""Text that a program writes: to standard output, a file, a device or a pipe."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from bert_keras.files.atomic import replaced_file

STANDARD_STREAM = "-"
"""Standard input or output, in place of a file."""
_ODD_BYTES = "backslashreplace"  # of names of files, which need not be UTF-8; an escape of JSON, too


@contextlib.contextmanager
def text_output(name: str) -> Iterator[IO[str]]:
    """Opens what text is written to, in UTF-8.

    Args:
        name: A file, which appears when the `with` block ends without an error; a device or pipe; or - for standard
            output.

    Yields:
        The stream.
    """
    if name == STANDARD_STREAM:
        sys.stdout.reconfigure(encoding="utf-8", errors=_ODD_BYTES)  # type: ignore[union-attr]
        yield sys.stdout
    elif Path(name).exists() and not Path(name).is_file():
        # A device or pipe must not be replaced.
        with Path(name).open("w", encoding="utf-8", errors=_ODD_BYTES) as device:
            yield device
    else:
        with (
            replaced_file(name) as aside,
            aside.open("w", encoding="utf-8", errors=_ODD_BYTES, newline="\n") as file,
        ):
            yield file
