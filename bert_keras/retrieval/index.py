"""An index of the paragraphs of documents, in a folder."""

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from bert_keras.errors import InputError
from bert_keras.files import folder_lock
from bert_keras.retrieval.changes import Changes, find_changes
from bert_keras.retrieval.documents.folder import find_documents
from bert_keras.retrieval.encoder import ParagraphEncoder
from bert_keras.retrieval.fusion import best_first, fused
from bert_keras.retrieval.generation import next_arrays, next_vectors, no_vectors, with_dimension
from bert_keras.retrieval.paragraphs import RULES
from bert_keras.retrieval.stored import (
    IndexedFile,
    Stored,
    VectorArrays,
    read_stored,
    write_description,
    write_texts,
    write_vectors,
)
from bert_keras.retrieval.word_index import index_words, word_scores

By: TypeAlias = Literal["both", "words", "vectors"]
_RANKED = 100  # paragraphs of each ranking that are merged
_CHUNK = 128  # paragraphs, of which those of similar length fill a pass for each core; the time is looked at between
_SECONDS_A_COMMIT = 30.0  # what a killed process loses at most


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph that was found.

    Attributes:
        file: The name of its document.
        text: Its text.
        start: The index of its first code point in the document's text.
        end: The index after its last code point.
        page: The page on which it begins, from 1; `None` if the document has none.
        line: The line in which it begins, from 1; `None` if the document's text has other lines than the file.
        score: By words the BM25 score, by vectors the cosine, by both that of reciprocal rank fusion.
    """

    file: str
    text: str
    start: int
    end: int
    page: int | None
    line: int | None
    score: float


@dataclass(frozen=True, slots=True)
class IndexUpdate:
    """What an update found.

    Attributes:
        documents: The number of documents that can be searched now.
        paragraphs: The number of their paragraphs.
        read: The number of documents that were read, since they are new or have changed.
        removed: The number of documents that were in the index and are no more.
        failed: A line about each document or folder that cannot be read, and each name that there is not.
        others: The number of files of other formats.
    """

    documents: int
    paragraphs: int
    read: int
    removed: int
    failed: tuple[str, ...]
    others: int


class DocumentIndex:
    """The paragraphs of documents, to be searched by words (BM25) and by sentence vectors.

    Its folder is written by one process at a time, and read by any number. A killed process leaves it as it was.

    Args:
        folder: The folder of the index, which need not exist.
        encoder: The model whose tokenizer finds words, and which computes the vectors. `None` means the default one.

    Raises:
        DataError: The index is damaged.
        InputError: The folder holds something else.
    """

    def __init__(self, folder: str | Path, encoder: ParagraphEncoder | None = None) -> None:
        self.folder = Path(folder)
        self._encoder = ParagraphEncoder() if encoder is None else encoder
        self._stored = self._read()

    def __len__(self) -> int:
        """Returns the number of paragraphs."""
        return 0 if self._stored is None else len(self._stored)

    @property
    def files(self) -> tuple[IndexedFile, ...]:
        """The documents."""
        return () if self._stored is None else self._stored.files

    @property
    def embedded(self) -> int:
        """The number of paragraphs that have their vectors."""
        return 0 if self._stored is None else int(self._stored.vectors.known.sum())

    def update(
        self, documents: str | Path | Sequence[str | Path], progress: Callable[[int, int], None] | None = None
    ) -> IndexUpdate:
        """Makes the index that of these documents: reads what is new or has changed, and drops what is not there.

        Vectors are left to `embed`. If no document can be read, the index stays as it is.

        Args:
            documents: Folders, which are searched with those in them, files, and patterns such as `docs/*.txt`: text
                in UTF-8, Markdown, HTML and PDF.
            progress: Is called with the number of documents read and that of all to read.

        Returns:
            What was found.

        Raises:
            DataError: The index is damaged.
            InputError: Another process writes to it.
        """
        names = [str(documents)] if isinstance(documents, str | Path) else list(map(str, documents))
        found = find_documents(names)
        progress = progress or (lambda done, total: None)
        changes = find_changes(found, self.files, progress)
        if not changes.files or changes.files == self.files:  # no lock, so that others can write meanwhile
            return self._told(changes, found.others)
        if changes.keeps_texts:
            self._rename(changes.files)
            return self._told(changes, found.others)
        with self._locked():
            if self.files != changes.before:
                changes = find_changes(found, self.files, progress)
            texts, of = next_arrays(changes, self._stored, self._encoder.words)
            by_words = index_words(texts.words, texts.counts)
            vectors = next_vectors(of, self._stored)
            folders = {
                "texts": write_texts(self.folder, texts, by_words),
                "vectors": write_vectors(self.folder, vectors),
            }
            model = self._encoder.fingerprint
            self._write(Stored(self._fingerprint, model, changes.files, texts, by_words, vectors, folders, self.folder))
        return self._told(changes, found.others)

    def _rename(self, files: tuple[IndexedFile, ...]) -> None:
        """Takes other names and times of the same documents over; they are kept where the folder can be written."""
        assert self._stored is not None
        stored = dataclasses.replace(self._stored, files=files)
        with contextlib.suppress(OSError, InputError), self._locked():
            if self._stored is None or self._stored.folders != stored.folders:
                return  # another process has written it meanwhile
            write_description(self.folder, stored)
        self._stored = stored

    def _told(self, changes: Changes, others: int) -> IndexUpdate:
        searched = len(self) if changes.files else 0
        return IndexUpdate(len(changes.files), searched, len(changes.read), changes.removed, changes.failed, others)

    def embed(self, progress: Callable[[int, int], None] | None = None, seconds: float | None = None) -> int:
        """Computes the vectors that are missing, and keeps them as it goes.

        Args:
            progress: Is called with the number of paragraphs done and that of all to do.
            seconds: The time after which no further ones are begun; `None` means until all are done.

        Returns:
            The number of paragraphs that have no vector yet.

        Raises:
            DataError: The index is damaged.
            InputError: Another process writes to it.
        """
        if self.embedded == len(self):
            return 0
        with self._locked():
            stored = self._stored
            if stored is None:
                return 0
            missing = np.flatnonzero(~stored.vectors.known)
            arrays = with_dimension(stored.vectors, self._encoder.dimension)
            begin = committed = time.monotonic()
            for first in range(0, len(missing), _CHUNK):
                if seconds is not None and time.monotonic() - begin >= seconds:
                    break
                chunk = missing[first : first + _CHUNK]
                arrays.vectors[chunk] = self._encoder.encode([stored.text(number) for number in chunk.tolist()])
                arrays.known[chunk] = True
                if progress is not None:
                    progress(min(first + _CHUNK, len(missing)), len(missing))
                if time.monotonic() - committed >= _SECONDS_A_COMMIT:
                    self._commit(arrays)
                    committed = time.monotonic()
            self._commit(arrays)
        return len(self) - self.embedded

    def search(self, question: str, count: int = 10, by: By = "both") -> list[Passage]:
        """Finds the paragraphs that fit a question best.

        Args:
            question: The question.
            count: The maximum number of paragraphs.
            by: How they are ranked: by their words (BM25), by the cosine of their sentence vectors, or by both,
                merged by rank. Paragraphs without a vector are ranked by their words alone.

        Returns:
            The paragraphs, best first.

        Raises:
            InputError: The question is blank, or not a text, or `count` is below 1.
        """
        if not isinstance(question, str) or not question.strip():
            raise InputError(f"a question must be a text that asks something. Received: {question!r:.80}")
        if count < 1:
            raise InputError(f"count must be 1 or above. Received: {count}")
        if self._stored is None:
            return []
        numbers, scores = self._ranked(self._stored, question, count, by)
        return [
            self._passage(self._stored, number, score)
            for number, score in zip(numbers.tolist(), scores.tolist(), strict=True)
        ]

    def _ranked(self, stored: Stored, question: str, count: int, by: By) -> tuple[np.ndarray, np.ndarray]:
        if by == "words":
            return self._by_words(stored, question, count)
        known = stored.vectors.known
        if by == "vectors":
            return self._by_vectors(stored, question, count)
        by_words = self._by_words(stored, question, max(count, _RANKED))[0]
        if not known.any():
            return fused([by_words], count)
        # What has no vector yet stands among the vectors where its words put it.
        without = np.where(known[by_words], -1, by_words)
        return fused([by_words, self._by_vectors(stored, question, max(count, _RANKED))[0], without], count)

    def _by_words(self, stored: Stored, question: str, count: int) -> tuple[np.ndarray, np.ndarray]:
        scores = word_scores(stored.by_words, self._encoder.words.of([question])[0], len(stored))
        best = best_first(scores, count)
        best = best[scores[best] > 0]
        return best, scores[best]

    def _by_vectors(self, stored: Stored, question: str, count: int) -> tuple[np.ndarray, np.ndarray]:
        vectors, known = stored.vectors
        if not known.any():
            return np.zeros(0, np.int64), np.zeros(0)
        cosines = np.where(known, vectors @ self._encoder.encode_question(question), -np.inf)
        best = best_first(cosines, min(count, int(known.sum())))
        return best, cosines[best]

    @staticmethod
    def _passage(stored: Stored, number: int, score: float) -> Passage:
        ends = np.cumsum([file.paragraphs for file in stored.files])
        file = stored.files[int(np.searchsorted(ends, number, side="right"))]
        start, end, page, line = stored.texts.places[number].tolist()
        return Passage(file.name, stored.text(number), start, end, page or None, line or None, score)

    @property
    def _fingerprint(self) -> str:
        return f"{RULES} {self._encoder.tokenizer.fingerprint}"

    def _read(self) -> Stored | None:
        stored = read_stored(self.folder)
        if stored is None or stored.fingerprint != self._fingerprint:
            return None  # of other rules or words, so that it has to be made anew
        if stored.model == self._encoder.fingerprint:
            return stored
        return dataclasses.replace(stored, vectors=no_vectors(len(stored)))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Keeps other processes from writing, and takes over what they have written."""
        with folder_lock(self.folder, "another process writes to this index", "wait for it, or name another folder"):
            self._stored = self._read()
            yield

    def _commit(self, arrays: VectorArrays) -> None:
        """Writes vectors."""
        assert self._stored is not None
        folders = self._stored.folders | {"vectors": write_vectors(self.folder, arrays)}
        model = self._encoder.fingerprint
        self._write(dataclasses.replace(self._stored, model=model, vectors=arrays, folders=folders))

    def _write(self, stored: Stored) -> None:
        write_description(self.folder, stored)
        self._stored = self._read()
