"""Checks that what a program writes at its end can be written, before hours of work on it."""

import os
from pathlib import Path

from bert_keras.errors import InputError

from .text_output import STANDARD_STREAM


def check_writable(option: str, named: str, *, is_folder: bool) -> None:
    """Checks that a file or a folder can be written; nothing is made.

    Args:
        option: The option that names it, for messages.
        named: Its name; - is standard output.
        is_folder: Whether it is a folder.

    Raises:
        InputError: It cannot be; the message says why.
    """
    path = Path(os.path.realpath(named))
    if named == STANDARD_STREAM or (not is_folder and path.exists() and not path.is_file() and not path.is_dir()):
        return  # a stream, a device or a pipe
    if path.is_dir() and not is_folder:
        raise InputError(f"--{option} {named}: a folder is there, and a file is to be written; name another place")
    above = path if is_folder else path.parent
    while not above.exists() and above != above.parent:
        above = above.parent
    if not above.is_dir():
        raise InputError(f"--{option} {named}: cannot be made, for {above} is a file; name another place")
    if not os.access(above, os.W_OK | os.X_OK):
        why = "is on a read-only file system" if os.statvfs(above).f_flag & os.ST_RDONLY else "may not be written to"
        raise InputError(f"--{option} {named}: cannot be written, for {above} {why}; name another place")
