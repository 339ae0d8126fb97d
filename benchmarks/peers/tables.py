"""The tables that contestants train on: a part of SST-2, or made-up rows of an exact length."""

import random
from pathlib import Path

HEADER = "sentence\tlabel\n"


def sst2(data: Path, name: str) -> Path:
    """Finds a table of SST-2, and ends the program where it is not there."""
    file = (data / "sst2" / name).absolute()
    if not file.is_file():
        raise SystemExit(
            f"{file}: no such file; --data names a folder that holds sst2/train.tsv and sst2/dev.tsv (GLUE)"
        )
    return file


def part_of(table: Path, rows: int, to: Path) -> Path:
    """Writes the first rows of a table in an order drawn once and for all; returns the new table."""
    header, *lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    random.Random(0).shuffle(lines)
    to.write_text(header + "".join(lines[:rows]), encoding="utf-8")
    return to


def rows_of_length(tokens: int, rows: int, vocabulary: Path, to: Path) -> Path:
    """Writes rows of random words that are a token each, so that all have the same length, special tokens included."""
    chance = random.Random(0)
    tokens_known = vocabulary.read_text(encoding="utf-8").split("\n")
    words = [token for token in tokens_known if token.isascii() and token.isalpha() and token.islower()]
    lines = (" ".join(chance.choices(words, k=tokens - 2)) + f"\t{chance.randrange(2)}\n" for _ in range(rows))
    to.write_text(HEADER + "".join(lines), encoding="utf-8")
    return to
