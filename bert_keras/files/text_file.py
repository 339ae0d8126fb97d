"""Streaming of the lines of text files, plain or gzipped, that may be larger than memory."""

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from bert_keras.errors import DataError
from bert_keras.files.identity import stamp_of
from bert_keras.files.messages import where

LONGEST_LINE = 2**24  # characters
_PIECE = 2**20  # bytes
_GZIP = b"\x1f\x8b"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LOOKED_AT, _FEWEST_NULS = 4096, 4  # bytes


class TextFile:
    """A text file in UTF-8, with or without a byte order mark; gzipped if its name ends with `.gz` or it begins so.

    Args:
        path: The path of the file.
        name: Its name in messages. `None` means the path.

    Attributes:
        path: The path of the file.
        name: The name of the file in messages.
        kind: The file name extension in lower case, without `.gz`, e.g. ".csv".
        pieces: The number of pieces of 1 MiB that the last iteration has read so far.

    Raises:
        DataError: The file cannot be opened.
    """

    def __init__(self, path: str | Path, name: str | None = None) -> None:
        self.path = Path(path)
        self.name = str(path) if name is None else name
        named_gzip = self.path.suffix.lower() == ".gz"
        self.kind = (self.path.with_suffix("") if named_gzip else self.path).suffix.lower()
        self.pieces = 0
        with self._open() as file:
            self._gzipped = named_gzip or self._piece(file, 1, len(_GZIP)) == _GZIP

    def lines(self) -> Iterator[str]:
        """Reads the lines from the start of the file.

        Returns:
            An iterator over all lines, with their unchanged line ends; only a line feed ends a line.

        Raises:
            DataError: The file cannot be read, is not UTF-8, or has a line of more than 2**24 (about 16 million)
                characters; the message names the line.
        """
        return chain.from_iterable(self.line_blocks())

    def line_blocks(self) -> Iterator[list[str]]:
        """Reads the lines as `lines` does, and yields a list of them for each piece of the file."""
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self.pieces, given, rest = 0, 0, ""
        for piece in chain(self.raw_pieces(), [b""]):
            try:
                text = rest + decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                raise self.not_utf_8(given, error) from error
            self.pieces += 1
            end = len(text) if not piece else text.rfind("\n") + 1
            # Unlike str.splitlines, this does not break lines at U+2028 and similar characters.
            lines = io.StringIO(text[:end], newline="\n").readlines()
            rest = text[end:]
            if len(rest) > LONGEST_LINE:
                line = given + len(lines) + 1
                raise DataError(
                    f"{where(self.name, line)}: no end of line in {LONGEST_LINE:,} characters; "
                    "end rows with a line feed"
                )
            given += len(lines)
            yield lines

    def text(self) -> str:
        """Returns the whole content; the length of the lines is not limited.

        Raises:
            DataError: The file cannot be read, or is not UTF-8.
        """
        raw = b"".join(self.raw_pieces())
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise self.not_utf_8(0, error) from error

    def head(self, size: int) -> tuple[bytes, bool]:
        """Reads the beginning.

        Args:
            size: The number of bytes to read, after decompression.

        Returns:
            The first bytes, and whether they are all.

        Raises:
            DataError: The file cannot be read.
        """
        read = b""
        for piece in self.raw_pieces():
            read += piece
            if len(read) > size:
                return read[:size], False
        return read, True

    def content_hash(self) -> str:
        """Returns a hash of the bytes and of the file name extension, which decides how they are read."""
        with self._open() as file:
            try:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError as error:
                raise self._unreadable(error) from error
        return f"{self.kind} {self._gzipped} {digest}"

    def stamp(self) -> object:
        """Returns the file's size and modification time."""
        return stamp_of(self.path)

    def _open(self) -> io.FileIO:
        if self.path.is_dir():
            raise DataError(f"{self.name}: a folder; name a file in it, or all of a kind with '{self.name}/*.csv'")
        try:
            return self.path.open("rb", buffering=0)
        except (OSError, ValueError) as error:  # a NUL in the path raises ValueError
            raise self._unreadable(error) from error

    def raw_pieces(self) -> Iterator[bytes]:
        """Reads the bytes from the start, decompressed, in pieces of 1 MiB.

        Raises:
            DataError: The file cannot be read, or is UTF-16.
        """
        newlines = read = 0
        with self._open() as raw, gzip.GzipFile(fileobj=raw) if self._gzipped else raw as file:
            while piece := self._piece(file, newlines + 1, _PIECE):
                if not read:
                    refuse_wide(piece, self.name)
                read += len(piece)
                newlines += piece.count(b"\n")
                yield piece

    def _piece(self, file: io.FileIO | gzip.GzipFile, line: int, size: int) -> bytes:
        try:
            return file.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            broken = f"{where(self.name, line)}: a broken gzip file ({error}); gzip it again, or name it without .gz"
            raise DataError(broken) from error
        except OSError as error:
            raise self._unreadable(error) from error

    def not_utf_8(self, given: int, error: UnicodeDecodeError) -> DataError:
        """Returns the error about bytes that are not UTF-8, which `given` lines precede."""
        line = given + error.object[: error.start].count(b"\n") + 1
        byte = error.object[error.start]
        return DataError(f"{where(self.name, line)}: not UTF-8. Received: byte 0x{byte:02x}; save the file as UTF-8")

    def _unreadable(self, error: Exception) -> DataError:
        return DataError(f"{self.name}: cannot be read ({getattr(error, 'strerror', None) or error})")


def refuse_wide(begin: bytes, name: str) -> None:
    """Refuses text of two or four bytes a character, which without a byte order mark is UTF-8 too, full of NULs.

    Args:
        begin: The first bytes of the text.
        name: Its name, for the message.

    Raises:
        DataError: It is UTF-16 or UTF-32, or no text.
    """
    if begin.startswith(_UTF_16):
        raise DataError(f"{where(name, 1)}: UTF-16. Received: bytes {begin[:2].hex(' ')}; save the file as UTF-8")
    looked_at = begin[:_LOOKED_AT]
    nuls = looked_at.count(0)
    if nuls >= _FEWEST_NULS and nuls > len(looked_at) / 4:
        raise DataError(
            f"{where(name, 1)}: UTF-16 or UTF-32 without a byte order mark, or no text. Received: NUL for "
            f"{nuls / len(looked_at):.0%} of the first bytes; save the file as UTF-8"
        )
