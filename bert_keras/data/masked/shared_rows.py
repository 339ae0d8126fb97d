"""The arrangement of documents in rows: long ones are cut, and short ones share a row."""

from dataclasses import dataclass

import numpy as np

_SPECIAL = 2  # tokens around each piece: [CLS] and [SEP]


@dataclass(frozen=True)
class Pieces:
    """Parts of documents, in the order in which they stand in the rows.

    Attributes:
        rows: The row of each piece, `[pieces]`, ascending.
        documents: The document of each piece, `[pieces]`.
        begins: The index of each piece's first token, `[pieces]`.
        lengths: The number of tokens of each piece without special tokens, `[pieces]`.
    """

    rows: np.ndarray
    documents: np.ndarray
    begins: np.ndarray
    lengths: np.ndarray


def share_rows(begins: np.ndarray, lengths: np.ndarray, begins_word: np.ndarray, width: int) -> Pieces:
    """Arranges documents in rows of a width, each document around its own `[CLS]` and `[SEP]`.

    A document is cut only if it is longer than a row, and between words. The pieces are put into rows by best fit, the
    longest first (Ding et al. 2024, "Fewer Truncations Improve Language Modeling", section 3).

    Args:
        begins: The index of each document's first token, `[documents]`.
        lengths: The number of tokens of each document, at least 1, `[documents]`.
        begins_word: Whether each token begins a word, `[tokens]` bool.
        width: The number of tokens of a row, special tokens included; at least 3.

    Returns:
        The pieces.
    """
    documents, firsts, sizes = cut_documents(begins, lengths, begins_word, width - _SPECIAL)
    rows = _best_fit(sizes + _SPECIAL, width)
    order = np.lexsort((np.arange(len(rows)), rows))
    return Pieces(rows[order], documents[order], firsts[order], sizes[order])


def cut_documents(
    begins: np.ndarray, lengths: np.ndarray, begins_word: np.ndarray, most: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cuts documents into pieces, between words.

    Args:
        begins: The index of each document's first token, `[documents]`.
        lengths: The number of tokens of each document, at least 1, `[documents]`.
        begins_word: Whether each token begins a word, `[tokens]` bool.
        most: The largest number of tokens of a piece.

    Returns:
        The document, the index of the first token, and the number of tokens of each piece, each `[pieces]`.
    """
    places = np.arange(len(begins_word), dtype=np.int64)
    word = np.maximum.accumulate(np.where(begins_word, places, 0))  # the first token of each token's word
    found: list[tuple[int, int, int]] = []
    for document, (begin, length) in enumerate(zip(begins.tolist(), lengths.tolist(), strict=True)):
        at, end = begin, begin + length
        while end - at > most:
            cut = int(word[at + most])
            cut = cut if cut > at else at + most  # a word as long as a row
            found.append((document, at, cut - at))
            at = cut
        found.append((document, at, end - at))
    columns = np.array(found, np.int64).reshape(-1, 3)
    return columns[:, 0], columns[:, 1], columns[:, 2]


def _best_fit(sizes: np.ndarray, width: int) -> np.ndarray:
    """Returns the row of each piece, given the sizes of pieces, `[pieces]`."""
    rows = np.empty(len(sizes), np.int64)
    with_room: list[list[int]] = [[] for _ in range(width + 1)]  # the rows by the room that is left in them
    rooms, count = 0, 0  # a bit for each room that some row has
    for piece in np.argsort(-sizes, kind="stable").tolist():
        size = int(sizes[piece])
        fitting = rooms >> size
        if fitting:
            room = size + (fitting & -fitting).bit_length() - 1
            row = with_room[room].pop()
            if not with_room[room]:
                rooms ^= 1 << room
        else:
            room, row, count = width, count, count + 1
        rows[piece] = row
        with_room[room - size].append(row)
        rooms |= 1 << (room - size)
    return rows
