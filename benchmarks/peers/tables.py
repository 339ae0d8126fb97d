"""The tables that both sides train on: SST-2, a part of it, or random rows of an exact length."""

import random
from pathlib import Path

HEADER = "sentence\tlabel\n"


def sst2(data: Path, name: str) -> Path:
    """Returns the path of an SST-2 table, and ends the program if it is missing."""
    file = (data / "sst2" / name).absolute()
    if not file.is_file():
        raise SystemExit(
            f"{file}: no such file; --data names a folder that holds sst2/train.tsv and sst2/dev.tsv (GLUE)"
        )
    return file


def part_of(table: Path, rows: int, to: Path) -> Path:
    """Writes a random sample of a table's rows, always the same; returns the path of the new table."""
    header, *lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    random.Random(0).shuffle(lines)
    to.write_text(header + "".join(lines[:rows]), encoding="utf-8")
    return to


def rows_of_length(tokens: int, rows: int, vocabulary: Path, to: Path, shortest: int | None = None) -> Path:
    """Writes labelled rows of random words of one token each, so that the lengths of rows are known.

    Args:
        tokens: The number of tokens per row, special tokens included.
        rows: The number of rows.
        vocabulary: The vocabulary file, one token per line.
        to: The table to write.
        shortest: The smallest number of tokens per row, if they vary.

    Returns:
        The path of the table.
    """
    chance = random.Random(0)
    tokens_known = vocabulary.read_text(encoding="utf-8").split("\n")
    words = [token for token in tokens_known if token.isascii() and token.isalpha() and token.islower()]
    lengths = (tokens if shortest is None else chance.randint(shortest, tokens) for _ in range(rows))
    lines = (" ".join(chance.choices(words, k=length - 2)) + f"\t{chance.randrange(2)}\n" for length in lengths)
    to.write_text(HEADER + "".join(lines), encoding="utf-8")
    return to


def random_steps(steps: int, vocabulary: Path, folder: Path) -> Path:
    """Writes a table of random rows for BERT-base: 32 rows of 128 tokens per step; returns its path."""
    return rows_of_length(128, 32 * steps, vocabulary, folder / "train.tsv")
