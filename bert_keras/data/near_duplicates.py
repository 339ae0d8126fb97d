"""Detection of rows that are nearly the same as a row of the training split.

Two rows are near duplicates if the Jaccard index of their sets of adjacent token pairs is at least 0.8. Two such sets
share one of their rarest members, so that rows are compared if they do (Bayardo et al. 2007, "Scaling up all pairs
similarity search"). Unlike MinHash, whose sample of hashes misses some, this finds all; where very many training rows
have even the rarest pairs of a row in common, it compares with some of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from bert_keras.data.encoded import Encoded
from bert_keras.data.stored_targets import together

# At least 4/5 of the members of both sets together are in both.
_SHARED, _OF = 4, 5
_MOST_ROWS = 200_000
_MOST_TOKENS = 2**24
_TOKENS_AT_A_TIME = 2**18
_MOST_OF_A_PAIR = 32  # training rows that are taken for a token pair; more have it only where rows follow a pattern
_MOST_OF_A_ROW = 16  # training rows that a row is compared with, those first that share most
# A number is a row's place in the upper bits and a token pair's hash in the lower ones.
_HASH_BITS, _SIZE_BITS, _BUCKET_BITS = 40, 16, 20
_HASH = np.uint64(2**_HASH_BITS - 1)
_MIXES = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93], np.uint64)


@dataclass(frozen=True)
class NearDuplicates:
    """The rows of a split that are nearly the same as a row of the training split, and not exactly.

    Attributes:
        rows: The number of these rows.
        first: The first of them, by file and line; None if there are none.
        first_of_train: The row of the training split that it resembles.
        compared: The number of rows that were compared, evenly spread over the split.
        compared_with: The number of rows of the training split that they were compared with.
    """

    rows: int
    first: tuple[str, int] | None
    first_of_train: tuple[str, int] | None
    compared: int
    compared_with: int


def find_near_duplicates(
    splits: Mapping[str, Encoded], unknown_id: int, train: str = "train"
) -> dict[str, NearDuplicates]:
    """Finds near duplicates of training rows, in bounded time and memory.

    Token pairs with `[UNK]` do not count: rows of a script that the vocabulary lacks would all be alike. Of more than
    200,000 rows or 16 million tokens, evenly spread rows are compared.

    Args:
        splits: The rows of each split by its name.
        unknown_id: The token id of `[UNK]`.
        train: The name of the training split, with which the others are compared.

    Returns:
        The near duplicates by split, without the training split.
    """
    others = {name: rows for name, rows in splits.items() if name != train}
    if train not in splits or not others:
        return {}
    index = _Index(splits[train], unknown_id)
    return {name: _near_duplicates(rows, index, unknown_id) for name, rows in others.items()}


def near_pairs(split: Encoded, unknown_id: int) -> np.ndarray:
    """Finds rows of a split that are nearly the same as others of it, and not exactly; see `find_near_duplicates`.

    Args:
        split: The rows.
        unknown_id: The token id of `[UNK]`.

    Returns:
        The indices of both rows of each pair, the lower one first, `[pairs, 2]` int64 and sorted. Of rows that very
        many others resemble, some pairs are left out.
    """
    index = _Index(split, unknown_id)
    parts = [
        np.stack([ours, theirs], axis=1) for ours, theirs in _matches(split, index.rows, index, unknown_id) if len(ours)
    ]
    if not parts:
        return np.zeros([0, 2], np.int64)
    pairs = np.concatenate(parts)
    pairs = pairs[split.hashes[pairs[:, 0]] != split.hashes[pairs[:, 1]]]
    return np.unique(np.sort(pairs, axis=1), axis=0)


class _Index:
    """The rarest token pairs of training rows, and the rows that have them.

    Args:
        train: The training rows.
        unknown_id: The token id of `[UNK]`.
    """

    def __init__(self, train: Encoded, unknown_id: int) -> None:
        self.train, self.rows = train, _spread(train)
        # Any order of token pairs gives the same near duplicates; rare ones first gives the fewest comparisons.
        self._counts = np.zeros(2**_BUCKET_BITS, np.int64)
        for _, members in _members_of(train, self.rows, unknown_id):
            self._counts += np.bincount(_buckets(members & _HASH).astype(np.int64), minlength=len(self._counts))
        self._counts = np.minimum(self._counts, 2 ** (_HASH_BITS - _BUCKET_BITS) - 1)
        parts = [self.rarest(members, first) for first, members in _members_of(train, self.rows, unknown_id)]
        rows, pairs, sizes = (np.concatenate(column) for column in zip(*parts, strict=True))
        keys = _keys(pairs, sizes)
        order = np.argsort(keys, kind="stable")
        self._keys, self._rows_of_keys = keys[order], rows[order]

    def rarest(self, members: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Returns the rarest token pairs of rows: as many as one must be shared of by a near duplicate.

        Args:
            members: The token pairs of a block of rows, as `_members` returns them.
            first: The number of rows before the block.

        Returns:
            The row of each, its hash, and the number of token pairs of the row, each `[pairs]`.
        """
        pairs, rows = members & _HASH, members >> np.uint64(_HASH_BITS)
        rarity = self._counts[_buckets(pairs).astype(np.int64)].astype(np.uint64)
        low = pairs & np.uint64(2 ** (_HASH_BITS - _BUCKET_BITS) - 1)
        order = np.argsort((rows << np.uint64(_HASH_BITS)) | (rarity << np.uint64(_BUCKET_BITS)) | low, kind="stable")
        pairs, rows = pairs[order], rows[order].astype(np.int64)
        sizes = np.bincount(rows)[rows]
        within = np.arange(len(rows)) - np.searchsorted(rows, rows)
        kept = within < sizes - -(-_SHARED * sizes // _OF) + 1
        return rows[kept] + first, pairs[kept], sizes[kept]

    def candidates(self, rows: np.ndarray, pairs: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns the training rows to compare rows with, given their rarest token pairs.

        Args:
            rows: The row of each token pair, ascending.
            pairs: The hash of each token pair.
            sizes: The number of token pairs of its row.

        Returns:
            The rows and the places in `self.rows` of the training rows, each `[comparisons]`.
        """
        # Sets whose sizes differ by more than a fifth cannot share four fifths.
        begins = np.searchsorted(self._keys, _keys(pairs, -(-_SHARED * sizes // _OF)), side="left")
        ends = np.searchsorted(self._keys, _keys(pairs, _OF * sizes // _SHARED), side="right")
        counts = np.minimum(ends - begins, _MOST_OF_A_PAIR)
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        steps = np.repeat((ends - begins) / np.maximum(counts, 1), counts)
        trained = self._rows_of_keys[np.repeat(begins, counts) + (within * steps).astype(np.int64)]
        both, shared = np.unique(np.repeat(rows, counts) * len(self.rows) + trained, return_counts=True)
        rows, trained = np.divmod(both, len(self.rows))
        order = np.lexsort((-shared, rows))
        rows, trained = rows[order], trained[order]
        kept = np.arange(len(rows)) - np.searchsorted(rows, rows) < _MOST_OF_A_ROW
        return rows[kept], trained[kept]


def _near_duplicates(split: Encoded, index: _Index, unknown_id: int) -> NearDuplicates:
    compared = _spread(split)
    new = compared[~_exactly_in(index.train, split.hashes[compared])]  # these are counted apart
    matches: dict[int, int] = {}
    for ours, theirs in _matches(split, new, index, unknown_id):
        for row, of_train in zip(ours.tolist(), theirs.tolist(), strict=True):
            matches.setdefault(row, of_train)
    row = min(matches, default=None)
    return NearDuplicates(
        rows=len(matches),
        first=None if row is None else split.places(row),
        first_of_train=None if row is None else index.train.places(matches[row]),
        compared=len(compared),
        compared_with=len(index.rows),
    )


def _matches(
    split: Encoded, rows: np.ndarray, index: _Index, unknown_id: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields rows of a split, and for each a row of the index that it is nearly or exactly the same as."""
    for first, members in _members_of(split, rows, unknown_id):
        places, trained = index.candidates(*index.rarest(members, first))
        ours, theirs = rows[places], index.rows[trained]
        for begin, end in _blocks(split.lengths[ours].astype(np.int64) + index.train.lengths[theirs]):
            alike = begin + np.flatnonzero(
                _alike(
                    _members(split, ours[begin:end], unknown_id),
                    _members(index.train, theirs[begin:end], unknown_id),
                    end - begin,
                )
            )
            yield ours[alike], theirs[alike]


def _exactly_in(train: Encoded, hashes: np.ndarray) -> np.ndarray:
    """Returns whether any training row has each hash, `[rows]` bool."""
    found = np.zeros(len(hashes), bool)
    for rows in together(len(train)):
        found |= np.isin(hashes, train.hashes[rows])
    return found


def _alike(ours: np.ndarray, theirs: np.ndarray, rows: int) -> np.ndarray:
    """Returns whether two sets of token pairs are near duplicates, `[rows]` bool, given the members of both."""
    both = _sizes(np.intersect1d(ours, theirs, assume_unique=True), rows)
    either = _sizes(ours, rows) + _sizes(theirs, rows) - both
    return (_OF * both >= _SHARED * either) & (both > 0)


def _sizes(members: np.ndarray, rows: int) -> np.ndarray:
    return np.bincount((members >> np.uint64(_HASH_BITS)).astype(np.int64), minlength=rows)


def _spread(split: Encoded) -> np.ndarray:
    """Returns the rows to compare: all, or evenly spread ones."""
    tokens = max(1, int(split.lengths.sum(dtype=np.int64)))
    most = max(1, min(len(split), _MOST_ROWS, len(split) * _MOST_TOKENS // tokens))
    return np.arange(most) * len(split) // most


def _members_of(split: Encoded, rows: np.ndarray, unknown_id: int) -> Iterator[tuple[int, np.ndarray]]:
    """Yields the token pairs of rows in blocks, each after the number of rows before it."""
    for begin, end in _blocks(split.lengths[rows]):
        yield begin, _members(split, rows[begin:end], unknown_id)


def _blocks(tokens: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yields the begin and end of blocks of rows with about 260,000 tokens each, given the tokens of each row."""
    ends = np.cumsum(tokens, dtype=np.int64)
    begin = 0
    while begin < len(tokens):
        before = int(ends[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, before + _TOKENS_AT_A_TIME, side="right")))
        yield begin, end
        begin = end


def _members(split: Encoded, rows: np.ndarray, unknown_id: int) -> np.ndarray:
    """Returns the token pairs of rows as sorted numbers without repetition: the row's place, and the pair's hash.

    The pairs are those of adjacent tokens between `[CLS]` and the last `[SEP]`. A single token counts as a pair.
    """
    lengths = split.lengths[rows].astype(np.int64)
    inner = np.maximum(lengths - 2, 0)
    counts = np.where(inner == 1, 1, np.maximum(inner - 1, 0))
    of = np.repeat(np.arange(len(rows)), counts)
    within = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
    places = split.begins[rows].astype(np.int64)[of] + 1 + within
    first = split.token_ids[places].astype(np.uint64)
    second = split.token_ids[np.minimum(places + 1, len(split.token_ids) - 1)].astype(np.uint64)
    second[inner[of] == 1] = np.uint64(2**32)  # no token
    known = (first != unknown_id) & (second != unknown_id)
    mixed = (first + np.uint64(1)) * _MIXES[0] ^ (second + np.uint64(1)) * _MIXES[1]
    mixed = (mixed ^ (mixed >> np.uint64(32))) * _MIXES[2]
    hashes = mixed >> np.uint64(64 - _HASH_BITS)
    members = np.sort(((of.astype(np.uint64) << np.uint64(_HASH_BITS)) | hashes)[known])  # faster than np.unique
    return members[np.append(True, members[1:] != members[:-1])[: len(members)]]


def _buckets(pairs: np.ndarray) -> np.ndarray:
    return pairs >> np.uint64(_HASH_BITS - _BUCKET_BITS)


def _keys(pairs: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Returns numbers that sort token pairs by hash, then by the size of their row's set."""
    limited = np.minimum(sizes, 2**_SIZE_BITS - 1).astype(np.uint64)
    return (pairs << np.uint64(_SIZE_BITS)) | limited
