"""A file of vectors that is searched where it lies: a first pass over codes of one bit a number, then exact cosines."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.errors import DataError, InputError
from bert_keras.files import replaced_folder
from bert_keras.files.identity import stamp_of
from bert_keras.files.room import take_room
from bert_keras.retrieval.fusion import best_first
from bert_keras.retrieval.near_vectors import nearest, of_length_one

SUFFIX = ".index"
"""What is added to the name of a file of vectors for the folder of its codes."""
_FORMAT = 1
_DESCRIPTION, _CODES, _MEAN = "index.json", "codes.npy", "mean.npy"
_EXACT_BELOW = 2**26  # numbers in a file (256 MB), which one reads as fast
_CANDIDATES = 5_000  # rows whose cosines are computed exactly, at least
_A_RESULT = 50  # candidates for each row asked for
_ROWS = 2**15  # of a block, whose codes stay in the cache
_WORD = 64  # bits


class VectorFile:
    """The vectors of a `.npy` file, memory-mapped, to be searched by cosine.

    Beside a file of more than 256 MB a folder with codes is kept, `vectors.npy.index` for `vectors.npy`: of each number
    the sign of its difference from the mean of all directions, a 32nd of the file's size. A search compares all codes
    with the query's (Charikar 2002: the share of signs that differ tells the angle), and computes exact cosines for the
    5,000 rows, or 50 for each row asked for, whose codes are nearest. It may miss a row whose code is far although its
    vector is near; `benchmarks/vector_search.py` measures how many. Smaller files are searched exactly.

    Args:
        path: The file, `[rows, dimension]`, of floating-point numbers.
        progress: Is called with the number of rows that have codes and that of all, if the codes have to be made.

    Attributes:
        path: The file.
        vectors: Its vectors.

    Raises:
        DataError: The file cannot be read, holds something else or numbers that are not finite, or the folder of codes
            cannot be written.
        InputError: The folder of codes holds something else.
    """

    def __init__(self, path: str | Path, progress: Callable[[int, int], None] | None = None) -> None:
        self.path = Path(path)
        self.vectors = _mapped(self.path)
        self._stamp = list(stamp_of(self.path))
        self._codes: np.ndarray | None = None
        if self.vectors.size >= _EXACT_BELOW:
            self._codes, self._mean = self._opened() or self._made(progress or (lambda done, total: None))

    def __len__(self) -> int:
        """Returns the number of vectors."""
        return len(self.vectors)

    @property
    def dimension(self) -> int:
        """The size of a vector."""
        return int(self.vectors.shape[1])

    @property
    def exact(self) -> bool:
        """Whether all vectors are compared, so that no row can be missed."""
        return self._codes is None

    def search(self, queries: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Finds the vectors that are nearest to each query.

        Args:
            queries: The queries, `[queries, dimension]`.
            count: The number of vectors to find for each.

        Returns:
            The rows, the nearest first, and their cosines, which are exact, each `[queries, min(count, rows)]`.

        Raises:
            InputError: The queries have another size than the vectors.
        """
        if queries.ndim != 2 or queries.shape[1] != self.dimension:
            raise InputError(
                f"{self.path}: its vectors have {self.dimension:,} numbers, and queries must have as many; name the "
                f"model that made them. Received: {list(queries.shape)}"
            )
        if self._codes is None:
            return nearest(self.vectors, queries, count)
        found = [self._search(query, min(count, len(self))) for query in of_length_one(np.asarray(queries, np.float32))]
        rows, cosines = (np.array(of).reshape(len(queries), -1) for of in zip(*found, strict=True))
        return rows, cosines

    def _search(self, query: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self._candidates(query, max(_CANDIDATES, _A_RESULT * count))
        # No BLAS: for so few numbers its threads wait for each other longer than they compute.
        cosines = np.einsum("rd,d->r", of_length_one(np.asarray(self.vectors[rows], np.float32)), query)
        best = best_first(cosines, count)
        return rows[best], cosines[best]

    def _candidates(self, query: np.ndarray, count: int) -> np.ndarray:
        """Returns the rows whose codes differ least from the query's, at least `count`, in the order of the file."""
        assert self._codes is not None
        words, rows = self._codes.shape
        code = _codes(query[np.newaxis], self._mean)[0]
        differ, counts = np.zeros(rows, np.uint16), np.zeros(_WORD * words + 1, np.int64)
        for first in range(0, rows, _ROWS):
            of = differ[first : first + _ROWS]
            for word in range(words):
                of += np.bitwise_count(self._codes[word, first : first + _ROWS] ^ code[word])
            counts += np.bincount(of, minlength=len(counts))
        most = int(np.searchsorted(np.cumsum(counts), min(count, rows)))
        return np.flatnonzero(differ <= most)

    @property
    def _folder(self) -> Path:
        return self.path.with_name(self.path.name + SUFFIX)

    def _opened(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Opens the codes; `None` if there are none, or those of other vectors."""
        if not self._folder.exists():
            return None
        try:
            about: Any = json.loads((self._folder / _DESCRIPTION).read_text(encoding="utf-8"))
            if about["format"] != _FORMAT or about["vectors"] != self._stamp:
                return None
            codes, mean = (_array(self._folder / name) for name in (_CODES, _MEAN))
        except FileNotFoundError as error:
            raise InputError(f"{self._folder}: is no index of vectors; remove it or move the vectors") from error
        except (OSError, EOFError, ValueError, LookupError, TypeError):
            return None  # damaged
        words = -(-self.dimension // _WORD)
        fits = codes.shape == (words, len(self)) and codes.dtype == np.uint64 and mean.shape == (self.dimension,)
        return (codes, mean) if fits else None

    def _made(self, progress: Callable[[int, int], None]) -> tuple[np.ndarray, np.ndarray]:
        """Writes the codes, as a whole or not at all."""
        rows, words = len(self), -(-self.dimension // _WORD)
        mean = self._mean_of_all()
        try:
            with replaced_folder(self._folder) as aside:
                codes = np.lib.format.open_memmap(aside / _CODES, "w+", np.uint64, (words, rows))
                take_room(aside / _CODES)
                for first in range(0, rows, _ROWS):
                    codes[:, first : first + _ROWS] = _codes(self.vectors[first : first + _ROWS], mean).T
                    progress(min(first + _ROWS, rows), rows)
                codes.flush()
                np.save(aside / _MEAN, mean)
                about = {"format": _FORMAT, "vectors": self._stamp}
                (aside / _DESCRIPTION).write_text(json.dumps(about), encoding="utf-8")
                if list(stamp_of(self.path)) != self._stamp:
                    raise DataError(f"{self.path}: changed while it was read; start again once it is whole")
        except OSError as error:
            raise DataError(f"{self._folder}: cannot be written ({error.strerror or error})") from error
        return _array(self._folder / _CODES), mean

    def _mean_of_all(self) -> np.ndarray:
        total = np.zeros(self.dimension)
        for first in range(0, len(self), _ROWS):
            block = self.vectors[first : first + _ROWS]
            finite = np.isfinite(block).all(axis=1)
            if not finite.all():
                row = first + int(np.flatnonzero(~finite)[0]) + 1
                raise DataError(
                    f"{self.path}, row {row}: a vector of finite numbers expected. Received: NaN or infinity"
                )
            total += of_length_one(block).sum(axis=0, dtype=np.float64)
        return np.asarray(total / len(self), np.float32)


def _codes(vectors: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Returns the signs of directions' differences from the mean, `[rows, words]` uint64; the rest of the last is 0."""
    bits = np.packbits(of_length_one(vectors) > mean, axis=1)
    padded = np.zeros([len(bits), -(-vectors.shape[1] // _WORD) * (_WORD // 8)], np.uint8)
    padded[:, : bits.shape[1]] = bits
    return padded.view(np.uint64)


def _mapped(path: Path) -> np.ndarray:
    try:
        vectors = _array(path)
    except (OSError, ValueError, EOFError) as error:
        said = getattr(error, "strerror", None) or "it is no .npy file of numbers"
        raise DataError(f"{path}: cannot be read as vectors: {said}; write it with embed --output NAME.npy") from error
    if vectors.ndim != 2 or not vectors.size or vectors.dtype.kind != "f":
        raise DataError(
            f"{path}: vectors [rows, dimension] of floating-point numbers expected. Received: {vectors.dtype} "
            f"{list(vectors.shape)}"
        )
    return vectors


def _array(path: Path) -> np.ndarray:
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False)).view(np.ndarray)
