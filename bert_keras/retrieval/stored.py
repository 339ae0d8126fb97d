"""The files of an index: a description, `index.json`, and the two folders of arrays that it names."""

import contextlib
import dataclasses
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bert_keras.errors import DataError, InputError
from bert_keras.files import replaced_file, shown
from bert_keras.files.synced import sync_folder, synced_file
from bert_keras.retrieval.word_index import WordArrays

FORMAT = 1
DESCRIPTION = "index.json"
_TEXT, _VECTORS = "text-", "vectors-"
_LETTERS = "text.utf8"
_KEYS = {"format", "fingerprint", "folders"}  # by which a description is known, of whatever format
_TRIES = 3


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """A document of an index.

    Attributes:
        name: Its name when it was found last.
        path: Its absolute path.
        size: Its size in bytes.
        modified: Its modification time in nanoseconds.
        sha256: The SHA-256 of its bytes.
        paragraphs: The number of its paragraphs.
        changed: The time in nanoseconds at which the system last noted a change, which no copying tool can set; 0 where
            the three stamps may hide a later change, and the bytes have to be compared.
    """

    name: str
    path: str
    size: int
    modified: int
    sha256: str
    paragraphs: int
    changed: int = 0


class TextArrays(NamedTuple):
    """The paragraphs of all documents in order.

    Attributes:
        letters: Their texts in UTF-8 one behind the other, `[bytes]` uint8.
        bounds: The first byte of each text, and the number of bytes at the end, `[paragraphs + 1]` int64.
        places: The first code point in the document, the exclusive end, the page and the line (0 for none) of each,
            `[paragraphs, 4]` int64.
        words: The words of all paragraphs in order, `[words]` uint64.
        counts: The number of words of each, `[paragraphs]` int64.
    """

    letters: np.ndarray
    bounds: np.ndarray
    places: np.ndarray
    words: np.ndarray
    counts: np.ndarray


class VectorArrays(NamedTuple):
    """The sentence vectors of the paragraphs.

    Attributes:
        vectors: The vectors, `[paragraphs, dimension]` float32; 0 for those without.
        known: Whether each paragraph has its vector, `[paragraphs]` bool.
    """

    vectors: np.ndarray
    known: np.ndarray


@dataclass(frozen=True)
class Stored:
    """What an index holds.

    Attributes:
        fingerprint: What the paragraphs and their words depend on.
        model: The fingerprint of the model of the vectors.
        files: The documents in the order of their paragraphs.
        texts: The paragraphs.
        by_words: The search by words.
        vectors: The vectors.
        folders: The names of the folders of arrays, by what they hold.
        folder: The folder of the index.
    """

    fingerprint: str
    model: str
    files: tuple[IndexedFile, ...]
    texts: TextArrays
    by_words: WordArrays
    vectors: VectorArrays
    folders: dict[str, str]
    folder: Path

    def text(self, number: int) -> str:
        """Returns the text of a paragraph.

        Raises:
            DataError: The index is damaged.
        """
        begin, end = self.texts.bounds[number], self.texts.bounds[number + 1]
        try:
            return self.texts.letters[begin:end].tobytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise _damaged(self.folder, error) from error

    def __len__(self) -> int:
        return len(self.texts.counts)


def read_stored(folder: Path) -> Stored | None:
    """Opens an index; its arrays are memory-mapped, and nothing is unpickled.

    Args:
        folder: The folder of the index.

    Returns:
        What it holds; `None` if there is none, or one of another version of the format.

    Raises:
        DataError: The index is damaged.
        InputError: The folder holds something else.
    """
    for _ in range(_TRIES):  # its writer may replace it between the reading of the description and of the arrays
        described = _description(folder)
        if described is None:
            return None
        try:
            return _opened(folder, described)
        except FileNotFoundError as error:
            missing: Exception = error
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise _damaged(folder, error) from error
    raise _damaged(folder, missing) from missing


def write_texts(folder: Path, texts: TextArrays, by_words: WordArrays) -> str:
    """Writes the paragraphs of an index, which no description names yet; returns the name of their folder."""
    arrays = dict([*list(texts._asdict().items())[1:], *_named(by_words)])
    with _new_folder(folder, _TEXT) as aside:
        with synced_file(aside / _LETTERS) as file:
            file.write(np.ascontiguousarray(texts.letters).data)
        _write_arrays(aside, arrays)
    return aside.name


def write_vectors(folder: Path, arrays: VectorArrays) -> str:
    """Writes vectors as `write_texts` does paragraphs."""
    with _new_folder(folder, _VECTORS) as aside:
        _write_arrays(aside, arrays._asdict())
    return aside.name


def write_description(folder: Path, stored: Stored) -> None:
    """Makes arrays that have been written the index, at one stroke, and removes those that were before."""
    described = {
        "format": FORMAT,
        "fingerprint": stored.fingerprint,
        "model": stored.model,
        "paragraphs": len(stored),
        "folders": stored.folders,
        "files": [dataclasses.asdict(file) for file in stored.files],
    }
    with replaced_file(folder / DESCRIPTION) as aside, synced_file(aside) as file:
        file.write(json.dumps(described, indent=1).encode())
    sync_folder(folder)  # before anything is deleted that the description before this one names
    for path in folder.iterdir():
        if _holds_arrays(path) and path.name not in stored.folders.values():
            shutil.rmtree(path, ignore_errors=True)


def _named(by_words: WordArrays) -> list[tuple[str, np.ndarray]]:
    return [(f"words_{name}", array) for name, array in by_words._asdict().items()]


@contextlib.contextmanager
def _new_folder(folder: Path, prefix: str) -> Iterator[Path]:
    """Makes a folder, which is removed again if the block fails, as on a full disk."""
    folder.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
    try:
        aside.chmod(0o755)
        yield aside
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def _write_arrays(folder: Path, arrays: Mapping[str, np.ndarray]) -> None:
    for name, array in arrays.items():
        with synced_file(folder / f"{name}.npy") as file:
            whole = np.ascontiguousarray(array)
            np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(whole))
            file.write(whole.data)  # unlike np.save, which says nothing of a full disk


def _description(folder: Path) -> dict[str, Any] | None:
    path = folder / DESCRIPTION
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: not an index; name a new folder. Received: a file")
    foreign = sorted(one.name for one in folder.iterdir() if not _is_own(one)) if folder.is_dir() else []
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
        if set(described) >= _KEYS:
            return described if described["format"] == FORMAT else None
        foreign.append(DESCRIPTION)  # of another program
    except FileNotFoundError:
        if not foreign:
            return None
    except (OSError, ValueError, TypeError, RecursionError) as error:
        if not foreign:
            raise _damaged(folder, error) from error
    raise InputError(f"{folder}: not an index, and not empty; name a new folder. Received: {shown(foreign[0])} in it")


def _is_own(path: Path) -> bool:
    return path.name == DESCRIPTION or path.name.startswith(".") or _holds_arrays(path)


def _holds_arrays(path: Path) -> bool:
    """Returns whether a path is a folder of arrays, which an index may delete: of a user's folder it knows nothing."""
    if not path.name.startswith((_TEXT, _VECTORS)) or path.is_symlink():
        return False
    try:
        return all(name == _LETTERS or name.endswith(".npy") for name in os.listdir(path))
    except OSError as error:
        return isinstance(error, FileNotFoundError)  # its writer has replaced it


def _opened(folder: Path, described: dict[str, Any]) -> Stored:
    folders = {name: str(described["folders"][name]) for name in ("texts", "vectors")}
    for name, prefix in (("texts", _TEXT), ("vectors", _VECTORS)):
        if not folders[name].startswith(prefix) or os.sep in folders[name]:
            raise ValueError(f"a folder named {folders[name]!r}")
    of_texts, of_vectors = folder / folders["texts"], folder / folders["vectors"]
    letters = of_texts / _LETTERS
    mapped = np.memmap(letters, np.uint8, "r") if letters.stat().st_size else np.zeros(0, np.uint8)
    texts = TextArrays(mapped, *(_array(of_texts, name) for name in TextArrays._fields[1:]))
    by_words = WordArrays(*(_array(of_texts, f"words_{name}") for name in WordArrays._fields))
    vectors = VectorArrays(*(_array(of_vectors, name) for name in VectorArrays._fields))
    files = tuple(IndexedFile(**file) for file in described["files"])
    stored = Stored(described["fingerprint"], described["model"], files, texts, by_words, vectors, folders, folder)
    _check(stored, int(described["paragraphs"]))
    return stored


def _array(folder: Path, name: str) -> np.ndarray:
    path = folder / f"{name}.npy"
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    return array.view(np.ndarray)  # indexing a memmap has more overhead


def _check(stored: Stored, paragraphs: int) -> None:
    """Raises ValueError where the arrays do not fit each other."""
    texts, words, vectors = stored.texts, stored.by_words, stored.vectors
    fits = (
        len(texts.counts) == len(texts.places) == len(texts.bounds) - 1 == len(vectors.known) == paragraphs
        and len(vectors.vectors) == paragraphs
        and sum(file.paragraphs for file in stored.files) == paragraphs
        and (texts.bounds[-1] if paragraphs else 0) == len(texts.letters)
        and len(words.firsts) == len(words.vocabulary) + 1
        and words.firsts[-1] == len(words.scores) == len(words.paragraphs)
    )
    if not fits:
        raise ValueError("its arrays do not fit each other")


def _damaged(folder: Path, error: Exception) -> DataError:
    return DataError(
        f"{folder}: a damaged index ({' '.join(str(error).split()) or type(error).__name__:.100}); delete the folder, "
        "and it is made anew"
    )
