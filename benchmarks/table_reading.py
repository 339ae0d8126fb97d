"""Measures reading and encoding of a csv and of the Parquet file of the same rows, beside an older build.

The files are made on the spot: rows of 120 bytes on average, some of them long, a fifth with commas and quote marks,
some in other scripts. Each measurement is a process of its own, which encodes a file into an empty cache; the sides
take turns. The encoded arrays of all sides must be the same.
"""

import argparse
import csv
import hashlib
import io
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from default_weights import default_weights
from peers.process_memory import memory, watched_memory
from rich.console import Console
from rich.table import Table

POOL = 400_000  # distinct rows, written again and again; nothing is remembered for so long
MEGABYTE = 10**6
LABELS = ("praise", "complaint", "question", "offer", "other")
OPENINGS = ("I think", "We heard that", "Nobody says so, but", "Please note:", "Yesterday", "In the end", "As always,")
QUOTED = ('the sign said "closed", as usual', 'they call it "service", we do not', 'a "small" wait, they said')
FOREIGN = (
    "Für die Größe der Küche gab es keine Erklärung, nur höfliches Schweigen.",
    "La réponse est arrivée après trois semaines, déjà périmée.",
    "Поезд пришёл вовремя, а вот автобус пришлось ждать целый час.",
    "Η βιβλιοθήκη κλείνει νωρίς, αλλά ο κήπος μένει ανοιχτός.",
    "房间很安静，早餐也不错，下次还会再来。",
    "Five stars 🙂 — naïve as I am, I believed the façade.",
)


def main() -> int:
    """Makes the files, measures the sides in turns, prints the figures; returns 1 if the encoded rows differ."""
    flags = parse()
    if flags.measure:
        print(json.dumps(measure(flags.measure)))
        return 0
    with tempfile.TemporaryDirectory(dir=flags.folder) as folder:
        table = Path(folder, "rows.csv")
        rows = make_files(table, int(flags.megabytes * MEGABYTE), flags.backslashes)
        size = table.stat().st_size
        print(f"{rows:,} rows, {size / MEGABYTE:,.0f} MB, {size / rows:.0f} bytes a row", flush=True)
        sides = {"csv": (Path(__file__).parents[1], table)}
        if not flags.only_csv:
            sides["Parquet"] = (Path(__file__).parents[1], table.with_suffix(".parquet"))
        if flags.before:
            sides = {"csv, before": (flags.before, table)} | sides
        turns = [{name: in_process(*side) for name, side in sides.items()} for _ in range(flags.rounds)]
    Console().print(table_of(turns, size))
    return int(len({answer["rows"] for turn in turns for answer in turn.values()}) > 1)


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=1000, help="size of the csv, default %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="default %(default)s")
    parser.add_argument("--before", type=lambda name: Path(name).resolve(), help="a checkout of an older commit")
    parser.add_argument("--only_csv", action="store_true", help="without Parquet")
    parser.add_argument("--backslashes", action="store_true", help="with paths of Windows in some rows")
    parser.add_argument("--folder", help="for the temporary files; twice the size is needed")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)  # the other process
    return parser.parse_args()


def make_files(path: Path, size: int, backslashes: bool) -> int:
    """Writes a csv until it reaches a size, and its rows as Parquet beside it; returns the number of rows."""
    import pyarrow
    import pyarrow.parquet

    pool = list(itertools.islice(texts(backslashes), POOL))
    labels = [LABELS[place] for place in np.random.default_rng(1).integers(0, len(LABELS), POOL)]
    lines = io.StringIO(newline="")
    csv.writer(lines, lineterminator="\n").writerows(zip(pool, labels, strict=True))
    raw, whole = lines.getvalue().encode(), pyarrow.table({"text": pool, "label": labels})
    rows = 0
    with (
        path.open("wb") as file,
        pyarrow.parquet.ParquetWriter(path.with_suffix(".parquet"), whole.schema) as parquet,
    ):
        file.write(b"text,label\n")
        while file.tell() < size:
            rest = size - file.tell()
            count = POOL if rest >= len(raw) else max(1, POOL * rest // len(raw))
            some = io.StringIO(newline="")
            csv.writer(some, lineterminator="\n").writerows(zip(pool[:count], labels[:count], strict=True))
            file.write(raw if count == POOL else some.getvalue().encode())
            parquet.write_table(whole.slice(0, count))
            rows += count
    return rows


def texts(backslashes: bool) -> Iterator[str]:
    """Yields texts of words that are as often as in a language: few of them often, and many once."""
    random = np.random.default_rng(0)
    vocabulary = (default_weights() / "vocab.txt").read_text(encoding="utf-8").split("\n")
    known = np.array([word for word in vocabulary if word.isascii() and word.isalpha() and len(word) > 1], object)
    shares = 1 / (np.arange(len(known)) + 2.7) ** 1.05
    while True:
        words = iter(random.choice(known, 200_000, p=shares / shares.sum()))
        rare, kinds = iter(random.integers(0, 10**6, 200_000)), iter(random.random(20_000))
        lengths = random.integers(4, 24, 6_000)
        lengths[random.random(6_000) < 0.004] *= 20
        for length in lengths:
            row = list(itertools.islice(words, int(length)))
            if len(row) < length:
                break
            kind, number = next(kinds), int(next(rare))
            if number % 3 == 0:
                row[number % len(row)] = f"{row[0]}{row[-1]}" if number % 2 else f"{number:,}"
            text = f"{OPENINGS[number % len(OPENINGS)]} {' '.join(row)}."
            if kind < 0.2:
                text = f"{text[: len(text) // 2]}, {QUOTED[number % len(QUOTED)]}, {text[len(text) // 2 :]}"
            elif kind < 0.23:
                text = f"{FOREIGN[number % len(FOREIGN)]} {text}"
            elif kind < 0.24 and backslashes:
                text = rf"C:\Users\{row[0]}, {text}"
            elif kind > 0.99:
                text = text.replace(" ", "\n", 1)
            yield text


def in_process(checkout: Path, file: Path) -> dict[str, Any]:
    """Measures in a new process with the library of a checkout."""
    command = [sys.executable, __file__, "--measure", file]
    there = os.environ | {"PYTHONPATH": str(checkout), "TF_CPP_MIN_LOG_LEVEL": "3"}
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=there)
    return json.loads(answer.stdout)


def measure(file: Path) -> dict[str, Any]:
    """Encodes a file; returns the seconds, the memory in bytes, and a hash of what was encoded."""
    from bert_keras.runtime.tensorflow_import import import_tensorflow

    import_tensorflow()
    from bert_keras import BertTokenizer, data
    from bert_keras.models import TextClassifierPreprocessor

    tokenizer = BertTokenizer(default_weights() / "vocab.txt", lowercase=True)
    preprocessor = TextClassifierPreprocessor(tokenizer, 128)
    preprocessor.pack(["warm up"])
    started = memory()["anonymous"]
    begun = time.perf_counter()
    source = data.Source(str(file), task="single_label")
    opened = time.perf_counter() - begun
    cache = tempfile.mkdtemp(dir=file.parent)
    try:
        with watched_memory() as peak:
            encoded = data.encode(source, preprocessor.pack, preprocessor.fingerprint, cache)
        seconds = opened + peak["seconds"]
        same = hash_of(encoded, with_lines=file.suffix == ".csv")
    finally:
        shutil.rmtree(cache)
    return {
        "seconds": seconds,
        "opened": opened,
        "started": started,
        "anonymous": peak["anonymous"],
        "highest": memory()["highest"],
        **same,
    }


def hash_of(encoded: Any, with_lines: bool) -> dict[str, Any]:
    """Returns hashes of the token ids, the labels, and the lines, computed piece by piece."""
    digests = {"rows": hashlib.sha256(), "lines": hashlib.sha256()}
    names = np.array(encoded.label_names())
    for first in range(0, len(encoded), 2**20):
        rows = np.arange(first, min(first + 2**20, len(encoded)))
        begin, end = encoded.begins[rows[0]], encoded.begins[rows[-1]] + encoded.lengths[rows[-1]]
        digests["rows"].update(encoded.token_ids[begin:end].astype(np.int32))
        digests["rows"].update(encoded.lengths[rows].astype(np.int64))
        digests["rows"].update("\n".join(names[encoded.stored_targets.take(rows)]).encode())
        digests["lines"].update(encoded.lines[rows].astype(np.int64))
    return {"rows": digests["rows"].hexdigest(), "lines": digests["lines"].hexdigest() if with_lines else None}


def table_of(turns: list[dict[str, Any]], size: int) -> Table:
    """Returns a table with a line per side: medians, and the speed of each round."""
    table = Table(
        "",
        "MB/s",
        "by round",
        "times\nbefore",
        "opening, s",
        "highest, MB\nanonymous",
        "above TensorFlow",
        "resident",
        "rows",
        title="reading and encoding, medians",
    )
    first = next(iter(turns[0]))
    for name in turns[0]:
        answers = [turn[name] for turn in turns]
        speeds = [size / MEGABYTE / answer["seconds"] for answer in answers]
        ratio = statistics.median(turn[first]["seconds"] / turn[name]["seconds"] for turn in turns)
        opened = statistics.median(answer["opened"] for answer in answers)
        anonymous, above, highest = (
            max(figures) / MEGABYTE
            for figures in zip(
                *((one["anonymous"], one["anonymous"] - one["started"], one["highest"]) for one in answers), strict=True
            )
        )
        same = all(answer["rows"] == turns[0][first]["rows"] for answer in answers)
        same &= all(answer["lines"] in (None, turns[0][first]["lines"]) for answer in answers)
        table.add_row(
            name,
            f"{statistics.median(speeds):.1f}",
            ", ".join(f"{speed:.1f}" for speed in speeds),
            f"[bold]{ratio:.2f}[/]",
            f"{opened:.2f}",
            *(f"{figure:,.0f}" for figure in (anonymous, above, highest)),
            "the same" if same else "[bold]different[/]",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
