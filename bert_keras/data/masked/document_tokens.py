"""Documents as tokens, each distinct one once."""

import dataclasses
import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from bert_keras.errors import DataError
from bert_keras.text import BertTokenizer

DUPLICATE, EMPTY = "exact duplicate", "no text"
_DIGEST = 12  # bytes of a text's hash
_BLOCK = 1024  # documents that are tokenized together
_LARGEST_BLOCK = 2**22  # characters


@dataclass(frozen=True, slots=True)
class RawDocument:
    """A text and where it stands.

    Attributes:
        text: The text.
        file: The name of its file.
        line: The line on which it begins, from 1.
    """

    text: str
    file: str
    line: int


@dataclass(frozen=True)
class DocumentTokens:
    """The tokens of documents, without special tokens.

    Attributes:
        name: The display name of the source.
        token_ids: The token ids of all documents, `[tokens]` uint16 or int32.
        begins: The index of each document's first token, `[documents]`.
        lengths: The number of tokens of each document, `[documents]`.
        places: The file and the line of each document.
        digests: A hash of the text of each document, `[documents]` V12.
        read: The number of documents that were read.
        left_out: The number of documents left out, by reason.
    """

    name: str
    token_ids: np.ndarray
    begins: np.ndarray
    lengths: np.ndarray
    places: tuple[tuple[str, int], ...]
    digests: np.ndarray
    read: int
    left_out: dict[str, int]

    def __len__(self) -> int:
        return len(self.lengths)

    def held_out(self, share: float, seed: int, least: int = 1) -> tuple["DocumentTokens", "DocumentTokens"]:
        """Draws documents that are held out, not all.

        Args:
            share: The share of the documents.
            seed: The random seed.
            least: The smallest number of documents that are held out.

        Returns:
            The documents that are left, and those held out, both in the order of the source.

        Raises:
            DataError: There is only one document.
        """
        count = len(self)
        if count < 2:
            raise DataError(
                f"{self.name}: a share of the documents is held out, and there is only one; name others with --dev, or "
                "cut this one with --documents paragraph. Received: 1 document"
            )
        drawn = np.random.default_rng(seed).permutation(count)
        held = np.zeros(count, bool)
        held[drawn[: min(count - 1, max(least, round(share * count)))]] = True
        apart = self._some(np.flatnonzero(held), int(held.sum()), {})
        return self._some(np.flatnonzero(~held), self.read - len(apart), self.left_out), apart

    def _some(self, chosen: np.ndarray, read: int, left_out: dict[str, int]) -> "DocumentTokens":
        """Returns some documents, which share the tokens of all."""
        return dataclasses.replace(
            self,
            begins=self.begins[chosen],
            lengths=self.lengths[chosen],
            places=tuple(self.places[document] for document in chosen.tolist()),
            digests=self.digests[chosen],
            read=read,
            left_out=left_out,
        )


def tokenize_documents(
    name: str,
    documents: Iterable[RawDocument],
    tokenizer: BertTokenizer,
    seen: dict[bytes, str],
    on_documents: Callable[[int], object] = lambda documents: None,
) -> DocumentTokens:
    """Tokenizes documents as they come, with the tokens alone in memory; each distinct text once.

    Args:
        name: The display name of the source.
        documents: The documents.
        tokenizer: The tokenizer.
        seen: The texts that are left out by their hashes, and why; those of the documents are added to it.
        on_documents: A function that receives the number of documents of each block when it is tokenized.

    Returns:
        The tokens.

    Raises:
        DataError: No document is left.
    """
    small = tokenizer.vocabulary_size() <= 2**16
    ids, lengths, places, digests, left_out, read = [], [], [], [], Counter[str](), 0
    for block in _blocks(documents):
        read += len(block)
        new = list(new_documents(block, seen, left_out))
        tokens = tokenizer.tokenize([document.text for document in new]) if new else None
        if tokens is not None:
            of_each = tokens.row_lengths().numpy()
            left_out[EMPTY] += int((of_each == 0).sum())
            ids.append(tokens.flat_values.numpy().astype(np.uint16 if small else np.int32))
            lengths.append(of_each[of_each > 0])
            kept = [document for document, length in zip(new, of_each, strict=True) if length]
            places += [(document.file, document.line) for document in kept]
            digests += [_digest(document.text) for document in kept]
        on_documents(len(block))
    counted = {reason: count for reason, count in left_out.items() if count}
    if not places:
        raise DataError(f"{name}: no text to train on. Received: {read:,} documents, left out: {counted or 'none'}")
    of_all = np.concatenate(lengths)
    begins = np.cumsum(of_all) - of_all
    hashes = np.frombuffer(b"".join(digests), f"V{_DIGEST}")
    return DocumentTokens(name, np.concatenate(ids), begins, of_all, tuple(places), hashes, read, counted)


def new_documents(
    documents: Iterable[RawDocument], seen: dict[bytes, str], left_out: Counter[str]
) -> Iterator[RawDocument]:
    """Yields the documents whose texts were not seen before.

    Args:
        documents: The documents.
        seen: The texts that are left out by their hashes, and why; those of the documents are added to it.
        left_out: The number of documents left out, by reason, which is added to.
    """
    for document in documents:
        digest = _digest(document.text)
        if digest in seen:
            left_out[seen[digest]] += 1
        else:
            seen[digest] = DUPLICATE
            yield document


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()


def _blocks(documents: Iterable[RawDocument]) -> Iterator[list[RawDocument]]:
    """Yields documents in blocks of some thousand, or of some million characters."""
    waiting = iter(documents)
    for first in waiting:
        block, characters = [first], len(first.text)
        for document in itertools.islice(waiting, _BLOCK - 1):
            block.append(document)
            characters += len(document.text)
            if characters > _LARGEST_BLOCK:
                break
        yield block
