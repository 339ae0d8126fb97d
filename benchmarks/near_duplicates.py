"""Measures what it costs to find near duplicates between train and dev, beside MinHash, and what either finds.

The rows are made on the spot: words of a long-tailed distribution, as in texts, with a tenth of the dev rows copied
from train and one to three words of them changed. MinHash takes the same token pairs, row by row with NumPy: bands of
the smallest hashes are keys, and the exact Jaccard index of rows that share a key decides.
"""

import argparse
from collections.abc import Callable

import numpy as np
from peers.process_memory import memory, watched_memory
from rich.console import Console
from rich.table import Table

from bert_keras.data import Encoded, find_near_duplicates
from bert_keras.data.stored_targets import NoTargets

WORDS = 30_000
UNKNOWN = 100
COPIED = 0.1
BANDS, HASHES_OF_A_BAND = 10, 4  # finds 99.5 of 100 pairs whose Jaccard index is 0.8


def main() -> None:
    """Makes the rows, measures both in turn, and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000, help="of train, default %(default)s; dev has a tenth")
    parser.add_argument("--tokens", type=int, default=25, help="of a row on average, default %(default)s")
    flags = parser.parse_args()
    train, dev = made_rows(flags.rows, flags.tokens)
    splits = {"train": encoded(train, "train"), "dev": encoded(dev, "dev")}
    figures = [
        ("bert_keras", *timed(lambda: find_near_duplicates(splits, UNKNOWN)["dev"].rows)),
        ("MinHash", *timed(lambda: by_min_hash(train, dev))),
    ]
    table = Table(f"{len(train):,} rows of train, {len(dev):,} of dev", "seconds", "memory added, MB", "found")
    for name, seconds, megabytes, found in figures:
        table.add_row(name, f"{seconds:.2f}", f"{megabytes:,.0f}", f"{found:,}")
    Console().print(table)


def made_rows(rows: int, tokens: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Returns the token ids of the rows of train and dev."""
    random = np.random.default_rng(0)
    train = [tokens_of(random, length) for length in random.poisson(tokens - 3, rows) + 3]
    dev = [tokens_of(random, length) for length in random.poisson(tokens - 3, rows // 10) + 3]
    for place in random.choice(len(dev), int(COPIED * len(dev)), replace=False):
        copy = train[random.integers(rows)].copy()
        changed = random.integers(0, len(copy), random.integers(1, 4))
        copy[changed] = tokens_of(random, len(changed))
        dev[place] = copy
    return train, dev


def tokens_of(random: np.random.Generator, length: int) -> np.ndarray:
    """Returns token ids whose frequencies fall as those of words do."""
    return (random.zipf(1.2, length) % WORDS + 1_000).astype(np.uint16)


def timed(find: Callable[[], int]) -> tuple[float, float, int]:
    """Returns the seconds, the megabytes of memory added, and the number of rows found."""
    before = memory()["anonymous"]
    with watched_memory() as peak:
        found = find()
    return peak["seconds"], (peak["anonymous"] - before) / 1e6, found


def encoded(rows: list[np.ndarray], name: str) -> Encoded:
    """Returns rows with `[CLS]` and `[SEP]`, as files give them."""
    whole = [np.concatenate([[101], row, [102]]) for row in rows]
    lengths = np.array([len(row) for row in whole])
    hashes = np.array([hash(row.tobytes()) for row in whole], np.int64).view(np.uint64)
    ids = np.concatenate(whole).astype(np.uint16)
    places = np.arange(len(rows))
    begins = np.cumsum(lengths) - lengths
    targets = NoTargets(len(rows))
    return Encoded(name, (name,), None, "", len(rows), {}, ids, begins, lengths, lengths, hashes, places, (0,), targets)


def by_min_hash(train: list[np.ndarray], dev: list[np.ndarray]) -> int:
    """Returns the number of near duplicates that MinHash finds."""
    random = np.random.default_rng(1)
    factors = random.integers(1, 2**63, (BANDS * HASHES_OF_A_BAND, 1), np.uint64) | np.uint64(1)
    sets = [[pairs_of(row) for row in split] for split in (train, dev)]
    keys = [np.array([bands_of(row, factors) for row in split]) for split in sets]
    exact = {row.tobytes() for row in train}
    found = 0
    tables: list[dict[int, list[int]]] = [{} for _ in range(BANDS)]
    for place, row in enumerate(keys[0].tolist()):
        for table, key in zip(tables, row, strict=True):
            table.setdefault(key, []).append(place)
    for place, row in enumerate(keys[1].tolist()):
        if dev[place].tobytes() in exact:
            continue
        candidates = {other for table, key in zip(tables, row, strict=True) for other in table.get(key, ())}
        found += any(alike(sets[1][place], sets[0][other]) for other in candidates)
    return found


def pairs_of(row: np.ndarray) -> np.ndarray:
    """Returns the set of a row's pairs of adjacent tokens."""
    return np.unique(row[:-1].astype(np.uint64) << np.uint64(16) | row[1:])


def bands_of(pairs: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Returns a key for each band of a row's smallest hashes."""
    mixed = (pairs + np.uint64(1)) * factors
    smallest = ((mixed ^ (mixed >> np.uint64(31))) * factors).min(axis=1).reshape(BANDS, HASHES_OF_A_BAND)
    return np.array([hash(band.tobytes()) for band in smallest], np.int64)


def alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Returns whether the Jaccard index of two sets is at least 0.8."""
    both = len(np.intersect1d(one, other, assume_unique=True))
    return 5 * both >= 4 * (len(one) + len(other) - both)


if __name__ == "__main__":
    main()
