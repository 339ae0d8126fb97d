"""Measures strings per second of `BertTokenizer` and of the fastest batch calls of Hugging Face's `tokenizers`.

The two take turns within each round on the same cores, so that a machine that gets slower slows both; medians over the
rounds are printed. Token ids and offsets are compared too: both must return the same. The last two lines of a table are
of the same texts with four entity markers put into each tenth, as tokens that were added to both.
"""

import argparse
import itertools
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from default_weights import default_weights
from rich.console import Console
from rich.table import Table

from bert_keras.runtime.tensorflow_import import import_tensorflow

TABLES = (".tsv", ".csv")
MARKERS = ("[E1]", "[/E1]", "[E2]", "[/E2]")


@dataclass(frozen=True)
class Contest:
    """Two calls with the same result.

    Attributes:
        what: The name of the result.
        ours: The call of `BertTokenizer`.
        theirs: The call of `tokenizers`.
    """

    what: str
    ours: Callable[[], object]
    theirs: Callable[[], object]


def main() -> int:
    """Measures each file, prints a table for each, and returns the exit status: 1 if the results differ."""
    flags = parse()
    import_tensorflow()
    tokenizers = Tokenizers(flags.vocabulary or str(default_weights() / "vocab.txt"), flags.lowercase)
    differing = False
    for file in flags.files:
        texts = read_texts(file, flags.column, flags.strings)
        same = tokenizers.count_same(texts)
        marked = Tokenizers(tokenizers.vocabulary, flags.lowercase, MARKERS)
        texts_with_markers = with_markers(texts)
        differing |= same < len(texts) or marked.count_same(texts_with_markers) < same
        title = (
            f"{file.name}: {len(texts):,} strings, {megabytes_in(texts):.2f} MB, {same:,} with the same ids and offsets"
        )
        table = Table("", "ours\nstrings/s", "MB/s", "tokenizers\nstrings/s", "MB/s", "ratio", "range", title=title)
        for contest in tokenizers.contests(texts):
            table.add_row(contest.what, *figures_of(texts, *time_contest(contest, flags.rounds)))
        for contest in marked.contests(texts_with_markers)[::2]:
            figures = figures_of(texts_with_markers, *time_contest(contest, flags.rounds))
            table.add_row(f"{contest.what}, markers", *figures)
        Console().print(table)
    return int(differing)


def parse() -> argparse.Namespace:
    """Parses the command line."""
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


def read_texts(file: Path, column: str | None, most: int) -> list[str]:
    """Returns the texts of a file without empty lines."""
    from bert_keras.data import Columns, Source

    if file.suffix in TABLES:
        return [row.text for row in itertools.islice(Source(str(file), Columns(text=column)), most)]
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()][:most]


def with_markers(texts: list[str]) -> list[str]:
    """Returns texts with four markers around two words of each tenth, as for a relation between two entities."""

    def mark(text: str) -> str:
        first, *rest = text.split(" ")
        return " ".join([MARKERS[0], first, MARKERS[1], *rest[:-1], MARKERS[2], *rest[-1:], MARKERS[3]])

    return [text if place % 10 else mark(text) for place, text in enumerate(texts)]


class Tokenizers:
    """Both tokenizers with one vocabulary.

    Args:
        vocabulary: The vocabulary file.
        lowercase: Whether the model was trained on lowercased text.
        markers: Special tokens to add.
    """

    def __init__(self, vocabulary: str, lowercase: bool, markers: Sequence[str] = ()) -> None:
        import tensorflow as tf
        from tokenizers import AddedToken, BertWordPieceTokenizer

        from bert_keras import BertTokenizer
        from bert_keras.text.vocabulary import read_vocabulary

        self.vocabulary = vocabulary
        self.ours = BertTokenizer(vocabulary, lowercase=lowercase)
        self.ours.add_tokens([{"content": marker, "special": True} for marker in markers])
        ids = {token: place for place, token in enumerate(read_vocabulary(vocabulary))}
        # Without its wrapper, which lacks the fast call.
        self.theirs: Any = BertWordPieceTokenizer(ids, lowercase=lowercase)._tokenizer
        self.theirs.add_special_tokens([AddedToken(marker, special=True, normalized=False) for marker in markers])
        strings = [tf.TensorSpec([None], tf.string)]
        self.ids = tf.function(self.ours.tokenize, input_signature=strings)
        self.offsets = tf.function(self.ours.tokenize_with_offsets, input_signature=strings)

    def contests(self, texts: list[str]) -> list[Contest]:
        """Returns the calls to measure on the texts of one file."""
        import tensorflow as tf

        # A tensor, as in tf.data and on a server; the second contest starts from a list, as `tokenizers` does.
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
        """Returns the number of texts with the same ids and offsets; text such as "[SEP]" differs by design."""
        ids, starts, ends = (ragged.to_list() for ragged in self.ours.tokenize_with_offsets(texts))
        wanted = self.theirs.encode_batch(texts, add_special_tokens=False)
        found = [(row, list(zip(*places, strict=True))) for row, *places in zip(ids, starts, ends, strict=True)]
        return sum(row == (one.ids, one.offsets) for row, one in zip(found, wanted, strict=True))


def time_contest(contest: Contest, rounds: int) -> tuple[list[float], list[float]]:
    """Returns the seconds of each call, ours and theirs, after one warm-up call each."""
    contest.ours(), contest.theirs()
    pairs = [(seconds(contest.ours), seconds(contest.theirs)) for _ in range(rounds)]
    return [ours for ours, _ in pairs], [theirs for _, theirs in pairs]


def seconds(call: Callable[[], object]) -> float:
    """Returns the seconds of a call, including the disposal of its result."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def megabytes_in(texts: list[str]) -> float:
    """Returns the size of texts in megabytes of UTF-8."""
    return sum(len(text.encode()) for text in texts) / 1e6


def figures_of(texts: list[str], ours: list[float], theirs: list[float]) -> list[str]:
    """Returns the cells of a line: strings and megabytes per second of both, their ratio and its range over rounds."""
    medians = statistics.median(ours), statistics.median(theirs)
    ratios = [other / own for own, other in zip(ours, theirs, strict=True)]
    speeds = [
        cell for median in medians for cell in (f"{len(texts) / median:,.0f}", f"{megabytes_in(texts) / median:.1f}")
    ]
    return [*speeds, f"{statistics.median(ratios):.1f}", f"{min(ratios):.1f}-{max(ratios):.1f}"]


if __name__ == "__main__":
    sys.exit(main())
