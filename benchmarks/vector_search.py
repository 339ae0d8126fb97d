"""Measures a search over a million vectors of 384 numbers in a file: the time of a query, and what is missed.

The vectors are those of real texts, and means of two of them with some noise, all of length 1, so that each has many
near ones; queries are other real texts. Recall is the share of the true ten nearest, by all cosines, that are among the
ten found. Each query is timed alone, once the file has been read; on a busy machine, see the time of the
processor, which one thread takes.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bert_keras.retrieval import VectorFile, nearest

_BLOCK = 50_000
_QUERIES = 200
_NOISE = 0.01


def main() -> None:
    """Makes the vectors, searches, and prints the figures."""
    flags = parse()
    with tempfile.TemporaryDirectory(dir=flags.folder) as folder:
        path = Path(folder, "vectors.npy")
        real = np.load(flags.vectors).astype(np.float32)
        np.random.default_rng(0).shuffle(real)
        queries, real = real[:_QUERIES], real[_QUERIES:]
        write(path, real, flags.rows)
        begin = time.perf_counter()
        file = VectorFile(path)
        index = time.perf_counter() - begin
        begin = time.perf_counter()
        reopened = VectorFile(path)
        opened = time.perf_counter() - begin
        table = Table(
            "rows",
            "numbers",
            "real",
            "index made",
            "opened",
            "median",
            "p95",
            "CPU time",
            "recall at 10",
            "all compared",
        )
        truth, compared, _ = timed(lambda query: nearest(file.vectors, query, 10), queries[: flags.compared])
        timed(lambda query: reopened.search(query, 10), queries[-20:])
        found, seconds, busy = timed(lambda query: reopened.search(query, 10), queries)
        recall = [len(set(a) & set(b)) / len(b) for a, b in zip(found, truth, strict=False)]
        table.add_row(
            f"{len(file):,}",
            str(file.dimension),
            f"{len(real):,}",
            f"{index:.1f} s",
            f"{opened * 1e3:.0f} ms",
            f"{np.median(seconds) * 1e3:.1f} ms",
            f"{np.quantile(seconds, 0.95) * 1e3:.1f} ms",
            f"{np.median(busy) * 1e3:.1f} ms",
            f"{np.mean(recall):.4f}",
            f"{np.median(compared) * 1e3:.0f} ms",
        )
        Console(width=140).print(table)


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", type=Path, required=True, help=".npy of real texts, from embed --output")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--compared", type=int, default=100, help="queries compared with all vectors")
    parser.add_argument("--folder", type=Path, help="where the file is made")
    return parser.parse_args()


def write(path: Path, real: np.ndarray, rows: int) -> None:
    """Writes the real vectors, and mixtures of them up to a number of rows."""
    random = np.random.default_rng(1)
    out = np.lib.format.open_memmap(path, "w+", np.float32, (rows, real.shape[1]))
    out[: len(real)] = real[:rows]
    for first in range(len(real), rows, _BLOCK):
        size = min(_BLOCK, rows - first)
        one, other = (real[random.integers(0, len(real), size)] for _ in range(2))
        share = random.uniform(0.6, 1, (size, 1)).astype(np.float32)
        made = share * one + (1 - share) * other + _NOISE * random.standard_normal(one.shape, np.float32)
        out[first : first + size] = made / np.linalg.norm(made, axis=1, keepdims=True)
    out.flush()


def timed(search: object, queries: np.ndarray) -> tuple[list[list[int]], list[float], list[float]]:
    """Returns the rows found for each query, the seconds that each took, and those of the processor."""
    found, seconds, busy = [], [], []
    for query in queries:
        begin, begun = time.perf_counter(), time.process_time()
        rows, _ = search(query[np.newaxis])  # type: ignore[operator]
        seconds.append(time.perf_counter() - begin)
        busy.append(time.process_time() - begun)
        found.append(rows[0].tolist())
    return found, seconds, busy


if __name__ == "__main__":
    main()
