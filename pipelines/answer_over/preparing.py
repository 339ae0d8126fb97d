"""The index of the documents: where it is, brought up to date, and what is told about it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bert_keras.errors import DataError, InputError
from bert_keras.files import shown
from bert_keras.retrieval.documents.folder import find_documents

from ..console.consoles import errors
from .config import AnswerOverConfig

if TYPE_CHECKING:
    from bert_keras.retrieval import DocumentIndex, IndexUpdate

_INDEXES = Path("runs", "indexes")
_LONGEST_NAME = 40


def check_documents(config: AnswerOverConfig) -> None:
    """Checks that there are documents, before anything is loaded.

    Raises:
        DataError: There are none; what was found instead has been told.
    """
    found = find_documents(config.documents)
    if not found.files:
        for line in found.failed:
            _warn(line)
        raise _none_readable(config, found.others)


def prepared_index(config: AnswerOverConfig) -> "DocumentIndex":
    """Brings the index up to date, and tells what it holds and what cannot be read.

    Args:
        config: The options.

    Returns:
        The index.

    Raises:
        DataError: No document can be read, or the index is damaged.
        InputError: Another process writes to the index, or its folder holds something else.
        PresetError: The encoder is no model of sentence-transformers.
    """
    from bert_keras import retrieval

    from ..console.progress import counted_rows

    folder = Path(config.index) if config.index is not None else _INDEXES / index_name(config.documents)
    _refuse_documents(folder, config.documents)
    index = retrieval.DocumentIndex(folder, retrieval.ParagraphEncoder(config.encoder))
    with counted_rows(errors, "reading documents") as advance:
        update = index.update(config.documents, _Counted(advance))
    for line in update.failed:
        _warn(line)
    if not update.documents:
        raise _none_readable(config, update.others)
    errors.print(clean(summary(update, folder)))
    if config.retrieve != "words":
        _embed(index, config)
    return index


def index_name(documents: Sequence[str]) -> str:
    """Returns the name of the index of documents: that of the first, and a hash of all their places."""
    places = sorted(str(Path(name).resolve()) for name in documents)
    digest = hashlib.sha256("\0".join(places).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    name = Path(documents[0]).resolve().stem
    kept = "".join(character if character.isalnum() or character in "-_." else "-" for character in name)
    return f"{kept[:_LONGEST_NAME].strip('.-') or 'documents'}-{digest}"


def summary(update: "IndexUpdate", folder: Path) -> str:
    """Returns a line about an index."""
    parts = [f"{update.documents:,} {_plural('document', update.documents)}, {update.paragraphs:,} paragraphs"]
    parts += [f"{count:,} {what}" for count, what in ((update.read, "read anew"), (update.removed, "removed")) if count]
    if update.failed:
        parts.append(f"{len(update.failed):,} cannot be read")
    if update.others:
        parts.append(f"{update.others:,} {_plural('file', update.others)} of other formats passed over")
    return f"{folder}: {', '.join(parts)}"


def _embed(index: "DocumentIndex", config: AnswerOverConfig) -> None:
    from ..console.progress import counted_rows

    missing = len(index) - index.embedded
    if not missing:
        return
    with counted_rows(errors, "sentence vectors", missing) as advance:
        try:
            left = index.embed(_Counted(advance), config.embed_seconds)
        except (InputError, OSError) as error:  # another process computes them, or they cannot be kept
            if config.retrieve == "vectors" and not index.embedded:
                raise
            _warn(f"{error.filename or index.folder}: {error.strerror}" if isinstance(error, OSError) else str(error))
            left = missing
    if left and config.retrieve == "vectors" and left == len(index):
        raise InputError("--retrieve vectors needs vectors, and none has been computed; give --embed_seconds more")
    if left:
        _warn(
            f"{left:,} of {len(index):,} paragraphs have no sentence vector yet and are found by their words; the next "
            "call goes on"
        )


class _Counted:
    """Turns a number of things that are done into how many have been since."""

    def __init__(self, advance: "object") -> None:
        self._advance, self._done = advance, 0

    def __call__(self, done: int, total: int) -> None:
        self._advance(done - self._done)  # type: ignore[operator]
        self._done = done


def _refuse_documents(folder: Path, documents: Sequence[str]) -> None:
    if any(folder.resolve() == Path(name).resolve() for name in documents):
        raise InputError(f"{folder}: --index is the folder of the documents; name another one")


def _none_readable(config: AnswerOverConfig, others: int) -> DataError:
    passed = f", and {others:,} {_plural('file', others)} of other formats" if others else ""
    return DataError(
        f"{', '.join(map(shown, config.documents))}: no document that can be read{passed}; name text in UTF-8, "
        "Markdown, HTML or PDF"
    )


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"


def _warn(line: str) -> None:
    errors.print(f"warning: {clean(line)}", style="yellow")


def shown_line(line: str) -> str:
    """Returns a line that any terminal can show: bytes of names that are not UTF-8 as escapes."""
    return line.encode("utf-8", "backslashreplace").decode()


def clean(text: str) -> str:
    """Returns a text without what would steer a terminal or begin another line, as names of files may."""
    return "".join(one if one.isprintable() else " " for one in shown_line(text))
