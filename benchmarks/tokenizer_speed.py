"""Strings per second of BertTokenizer against the fastest batch calls of Hugging Face's `tokenizers`, on the same cores.

The two take turns within each round, so that a machine that gets slower slows both; medians over the rounds are
printed. Ids and places are compared too: both must give the same.
"""

import argparse
import itertools
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bert_keras.runtime.tensorflow_import import import_tensorflow

TABLES = (".tsv", ".csv")


@dataclass(frozen=True)
class Contest:
    """Two ways to the same answer.

    Attributes:
        what: The answer.
        ours: BertTokenizer's way.
        theirs: The way of `tokenizers`.
    """

    what: str
    ours: Callable[[], object]
    theirs: Callable[[], object]


def main() -> int:
    """Measures each file, prints a table for each, and returns the exit status: 1 if the answers differ."""
    flags = parse()
    import_tensorflow()
    tokenizers = Tokenizers(flags.vocabulary or default_vocabulary(), flags.lowercase)
    differing = False
    for file in flags.files:
        texts = read_texts(file, flags.column, flags.strings)
        same = tokenizers.count_same(texts)
        differing |= same < len(texts)
        title = (
            f"{file.name}: {len(texts):,} strings, {megabytes_in(texts):.2f} MB, {same:,} with the same ids and offsets"
        )
        table = Table("", "ours\nstrings/s", "MB/s", "tokenizers\nstrings/s", "MB/s", "ratio", "range", title=title)
        for contest in tokenizers.contests(texts):
            table.add_row(contest.what, *figures_of(texts, *time_contest(contest, flags.rounds)))
        Console().print(table)
    return int(differing)


def parse() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help=".tsv or .csv with a header, else a text a line"
    )
    parser.add_argument("--vocabulary", help="vocab.txt or tokenizer.json; without it that of the default weights")
    parser.add_argument("--cased", dest="lowercase", action="store_false", help="for the vocabulary of a cased model")
    parser.add_argument("--column", help="of a table; without it the first that is there of the usual names")
    parser.add_argument("--strings", type=int, default=20_000, help="of each file at most, default %(default)s")
    parser.add_argument("--rounds", type=int, default=7, help="default %(default)s")
    return parser.parse_args()


def default_vocabulary() -> str:
    """The vocabulary of the default weights, that of bert-base-uncased."""
    from bert_keras import checkpoints

    return str(checkpoints.locate(checkpoints.DEFAULT_PRESET) / "vocab.txt")


def read_texts(file: Path, column: str | None, most: int) -> list[str]:
    """The texts of a file; empty lines are left out."""
    from bert_keras.data import Columns, Source

    if file.suffix in TABLES:
        return [row.text for row in itertools.islice(Source(str(file), Columns(text=column)), most)]
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()][:most]


class Tokenizers:
    """Both tokenizers on one vocabulary.

    Args:
        vocabulary: The file.
        lowercase: Whether the model was trained on lower-cased text.
    """

    def __init__(self, vocabulary: str, lowercase: bool) -> None:
        import tensorflow as tf
        from tokenizers import BertWordPieceTokenizer

        from bert_keras import BertTokenizer
        from bert_keras.text.vocabulary import read_vocabulary

        self.ours = BertTokenizer(vocabulary, lowercase=lowercase)
        ids = {token: place for place, token in enumerate(read_vocabulary(vocabulary))}
        # Past its wrapper, which lacks the fast call.
        self.theirs: Any = BertWordPieceTokenizer(ids, lowercase=lowercase)._tokenizer
        strings = [tf.TensorSpec([None], tf.string)]
        self.ids = tf.function(self.ours.tokenize, input_signature=strings)
        self.offsets = tf.function(self.ours.tokenize_with_offsets, input_signature=strings)

    def contests(self, texts: list[str]) -> list[Contest]:
        """What is measured on one file."""
        import tensorflow as tf

        # As texts are in tf.data and on a server; the second contest starts from what `tokenizers` starts from.
        batch = tf.constant(texts)

        def fast() -> object:
            return self.theirs.encode_batch_fast(texts, add_special_tokens=False)

        def with_offsets() -> object:
            return self.theirs.encode_batch(texts, add_special_tokens=False)

        return [
            Contest("ids", lambda: self.ids(batch), fast),
            Contest("ids, from a list", lambda: self.ids(tf.constant(texts)), fast),
            Contest("ids and offsets", lambda: self.offsets(batch), with_offsets),
        ]

    def count_same(self, texts: list[str]) -> int:
        """In how many texts ids and places are the same; text such as "[SEP]" differs by choice."""
        ids, starts, ends = (ragged.to_list() for ragged in self.ours.tokenize_with_offsets(texts))
        wanted = self.theirs.encode_batch(texts, add_special_tokens=False)
        found = [(row, list(zip(*places, strict=True))) for row, *places in zip(ids, starts, ends, strict=True)]
        return sum(row == (one.ids, one.offsets) for row, one in zip(found, wanted, strict=True))


def time_contest(contest: Contest, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of each call, ours and theirs, after one that is not counted."""
    contest.ours(), contest.theirs()
    pairs = [(seconds(contest.ours), seconds(contest.theirs)) for _ in range(rounds)]
    return [ours for ours, _ in pairs], [theirs for _, theirs in pairs]


def seconds(call: Callable[[], object]) -> float:
    """How long a call takes, its answer's disposal included."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def megabytes_in(texts: list[str]) -> float:
    """The size of texts as UTF-8."""
    return sum(len(text.encode()) for text in texts) / 1e6


def figures_of(texts: list[str], ours: list[float], theirs: list[float]) -> list[str]:
    """The cells of a table: strings and megabytes a second of both, their ratio and its range over the rounds."""
    medians = statistics.median(ours), statistics.median(theirs)
    ratios = [other / own for own, other in zip(ours, theirs, strict=True)]
    speeds = [
        cell for median in medians for cell in (f"{len(texts) / median:,.0f}", f"{megabytes_in(texts) / median:.1f}")
    ]
    return [*speeds, f"{statistics.median(ratios):.1f}", f"{min(ratios):.1f}-{max(ratios):.1f}"]


if __name__ == "__main__":
    sys.exit(main())
