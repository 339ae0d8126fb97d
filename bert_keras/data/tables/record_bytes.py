"""The bytes of a text file in blocks of whole records, or line by line where a block must be read with care."""

import io
from collections.abc import Iterator

from bert_keras.data.records import MOST_PIECES
from bert_keras.data.tables.strict_csv import BYTE_ORDER_MARK, end_of_records
from bert_keras.errors import DataError
from bert_keras.files.messages import where
from bert_keras.files.text_file import LONGEST_LINE, TextFile


class RecordBytes:
    """A place in a text file, which moves on as blocks or lines are taken.

    Args:
        file: The file.

    Attributes:
        line: The line on which the next bytes begin, from 1.
        place: The number of bytes taken.
        pieces: The number of pieces of 1 MiB read so far.
    """

    def __init__(self, file: TextFile) -> None:
        self._file, self._source = file, file.raw_pieces()
        self._held, self._at, self._size = b"", 0, 0
        self._ended = False
        self.line, self.place, self.pieces = 1, 0, 0
        while len(self._held) < len(BYTE_ORDER_MARK) and self._read_on():
            pass
        self._held = self._held.removeprefix(BYTE_ORDER_MARK)

    def block(self) -> tuple[bytes, bool]:
        """Looks at the next few MiB without taking them.

        Returns:
            The bytes up to the end of a record, nothing at the end of the file; and whether there is such an end. If
            not, as where a quote mark is not closed, the bytes end anywhere.
        """
        while len(self._held) - self._at < MOST_PIECES * self._size and self._read_on():
            pass
        held = self._held[self._at :]
        end = len(held) if self._ended else end_of_records(held)
        return (held[:end], True) if end or not held else (held, False)

    def take(self, block: bytes) -> None:
        """Moves on behind a block."""
        self._move(len(block), block.count(b"\n"))

    def lines(self) -> Iterator[str]:
        """Yields the lines with their ends, and moves on behind each; only a line feed ends a line.

        Raises:
            DataError: A line is not UTF-8, or too long; the message names it.
        """
        while True:
            end = self._held.rfind(b"\n") + 1
            if self._ended and end <= self._at:
                end = len(self._held)
            lines = io.BytesIO(self._held[self._at : end]).readlines() if end > self._at else []
            for raw in lines:
                self._move(len(raw), 1)
                try:
                    yield raw.decode()
                except UnicodeDecodeError as error:
                    raise self._file.not_utf_8(self.line - 2, error) from error
            if lines:
                continue
            if self._ended:
                return
            self._read_on()
            self._check_length()

    def _check_length(self) -> None:
        """Raises a DataError if what is held is a line that is too long, and not yet whole."""
        rest = self._held[self._at :]
        if len(rest) > LONGEST_LINE and b"\n" not in rest and len(rest.decode(errors="replace")) > LONGEST_LINE:
            raise DataError(
                f"{where(self._file.name, self.line)}: no end of line in {LONGEST_LINE:,} characters; "
                "end rows with a line feed"
            )

    def _move(self, size: int, lines: int) -> None:
        self._at += size
        self.place += size
        self.line += lines

    def _read_on(self) -> bool:
        """Reads another piece; returns whether there was one."""
        piece = next(self._source, None)
        if piece is None:
            self._ended = True
            return False
        self._size = max(self._size, len(piece))
        self._held, self._at = self._held[self._at :] + piece, 0
        self.pieces += 1
        return True
