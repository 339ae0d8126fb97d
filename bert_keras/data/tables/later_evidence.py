"""Watch over the backslashes that come after the part of a file from which its dialect was found."""

import re

from bert_keras.data.tables.dialect import STYLES, Dialect
from bert_keras.data.tables.evidence import Evidence
from bert_keras.data.tables.sample import Sample
from bert_keras.data.tables.strict_csv import backslashes_in_quotes
from bert_keras.errors import DataError
from bert_keras.files.messages import shown, where

# What an escaping tool leaves behind outside of quote marks: a null, a doubled backslash.
_ESCAPES = re.compile(rb"\\[N\\]")
# What no escaping tool leaves behind: a single backslash before a letter that is no code.
_TEXT = re.compile(rb"(?<!\\)(?:\\\\)*\\[^tnrbfv0ZN\\\n\"]")


class LaterEvidence:
    """The question whether backslashes still have no meaning, in a file that began without any.

    Args:
        name: The name of the file.
        header: The line or lines with the names of its columns.
        dialect: The dialect that its beginning shows.
    """

    def __init__(self, name: str, header: bytes, dialect: Dialect) -> None:
        self._name, self._separator = name, dialect.separator
        # Whether it may still be of a tool that escapes everywhere, and of one that does so within quote marks.
        self._escaped = self._spark = dialect.unproven
        self._header = header.decode(errors="replace")

    def check(self, block: bytes, line: int, strict: bool) -> None:
        """Looks at a block of records, unless earlier ones have shown that backslashes are text.

        Args:
            block: The bytes.
            line: The line on which it begins.
            strict: Whether its quote marks are in order.

        Raises:
            DataError: The block may be read, or is to be read, in another style.
        """
        if not (self._escaped or self._spark) or b"\\" not in block:
            return
        in_quotes = not strict or backslashes_in_quotes(block)
        escapes = self._separator == "\t" or _ESCAPES.search(block) is not None
        if not (self._spark and in_quotes) and not (self._escaped and escapes):
            return
        # Lines without anything are skipped, and keep the numbers of the others right.
        blank = "\n" * (line - 1 - self._header.count("\n"))
        text = f"{self._header}{blank}{block.decode(errors='replace')}"
        style = Evidence([Sample(self._name, text, False)], self._separator).style()
        if style != "csv":
            place = block.index(b"\\")
            at = line + block.count(b"\n", 0, place)
            begin = block.rfind(b"\n", 0, place) + 1
            received = block[begin : block.find(b"\n", place)].decode(errors="replace")
            raise DataError(
                f"{where(self._name, at)}: the first backslash, and it looks like the dialect {style} "
                f"({STYLES[style]}). "
                f"Received: {shown(received)}; say --dialect {style}, or --dialect csv if backslashes are text"
            )
        if _TEXT.search(block):
            self._escaped = False
            self._spark = self._spark and not in_quotes
