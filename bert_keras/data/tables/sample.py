"""The beginning of a delimited text, from which its dialect is found."""

import io
from typing import NamedTuple, Self

from bert_keras.files.text_file import TextFile

SIZE = 2**22
"""The bytes that are looked at of all files together; that takes less than a second."""
LEAST = 2**16
"""The bytes that are looked at of each file at least."""
_HEAD = 2**20  # characters


class Sample(NamedTuple):
    """The beginning of a file, up to the end of a line.

    Attributes:
        name: The name of the file.
        text: The text.
        whole: Whether it is the whole file.
    """

    name: str
    text: str
    whole: bool

    @classmethod
    def of(cls, file: TextFile, size: int) -> Self:
        """Reads the beginning of a file; bytes that are not UTF-8 are replaced here, and told when rows are read.

        Args:
            file: The file.
            size: The number of bytes to read.

        Returns:
            The sample.

        Raises:
            DataError: The file cannot be read.
        """
        raw, whole = file.head(size)
        if not whole:
            raw = raw[: raw.rfind(b"\n") + 1] or raw
        return cls(file.name, raw.decode("utf-8-sig", errors="replace"), whole)

    def lines(self) -> io.StringIO:
        """Returns the lines with their ends; only a line feed ends a line."""
        return io.StringIO(self.text, newline="\n")

    def first_lines(self, most: int) -> list[str]:
        """Returns up to `most` lines that are not blank, with their ends, from the first million characters."""
        lines = io.StringIO(self.text[:_HEAD], newline="\n")
        return [line for line in lines if line.strip()][:most]
