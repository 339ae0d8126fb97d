"""The files of an index: a description, `index.json`, and the two folders of arrays that it names."""

import dataclasses
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bert_keras.errors import DataError, InputError
from bert_keras.files import replaced_file
from bert_keras.retrieval.word_index import WordArrays

FORMAT = 1
DESCRIPTION = "index.json"
_TEXT, _VECTORS = "text-", "vectors-"
_LETTERS = "text.utf8"
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
    """

    name: str
    path: str
    size: int
    modified: int
    sha256: str
    paragraphs: int


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
    """

    fingerprint: str
    model: str
    files: tuple[IndexedFile, ...]
    texts: TextArrays
    by_words: WordArrays
    vectors: VectorArrays
    folders: dict[str, str]

    def text(self, number: int) -> str:
        """Returns the text of a paragraph."""
        begin, end = self.texts.bounds[number], self.texts.bounds[number + 1]
        return self.texts.letters[begin:end].tobytes().decode("utf-8")

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
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _damaged(folder, error) from error
    raise _damaged(folder, missing) from missing


def write_texts(folder: Path, texts: TextArrays, by_words: WordArrays) -> str:
    """Writes the paragraphs of an index, which no description names yet; returns the name of their folder."""
    aside = _new_folder(folder, _TEXT)
    texts.letters.tofile(aside / _LETTERS)
    for name, array in (*list(texts._asdict().items())[1:], *_named(by_words)):
        np.save(aside / f"{name}.npy", array, allow_pickle=False)
    return aside.name


def write_vectors(folder: Path, arrays: VectorArrays) -> str:
    """Writes vectors as `write_texts` does paragraphs."""
    aside = _new_folder(folder, _VECTORS)
    for name, array in arrays._asdict().items():
        np.save(aside / f"{name}.npy", array, allow_pickle=False)
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
    with replaced_file(folder / DESCRIPTION) as aside:
        aside.write_text(json.dumps(described, indent=1), encoding="utf-8")
    for path in folder.iterdir():
        if path.name.startswith((_TEXT, _VECTORS)) and path.name not in stored.folders.values():
            shutil.rmtree(path, ignore_errors=True)


def _named(by_words: WordArrays) -> list[tuple[str, np.ndarray]]:
    return [(f"words_{name}", array) for name, array in by_words._asdict().items()]


def _new_folder(folder: Path, prefix: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
    aside.chmod(0o755)
    return aside


def _description(folder: Path) -> dict[str, Any] | None:
    path = folder / DESCRIPTION
    if not path.exists():
        foreign = [name for name in os.listdir(folder) if not _is_own(name)] if folder.is_dir() else []
        if foreign or (folder.exists() and not folder.is_dir()):
            raise InputError(f"{folder}: not an index, and not empty; name a new folder. Received: {foreign[:1]}")
        return None
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
        return described if described["format"] == FORMAT else None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(folder, error) from error


def _is_own(name: str) -> bool:
    return name.startswith((".", _TEXT, _VECTORS))


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
    stored = Stored(described["fingerprint"], described["model"], files, texts, by_words, vectors, folders)
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
