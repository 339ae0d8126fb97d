r"""Measures what each set of questions brings to a reader: an ablation over sets, with as many questions of each.

    python benchmarks/reader_sets.py --base DATA/squad/train-v2.0.json --sets DATA/reader/*.json \
        --dev DATA/squad/dev-v2.0.json

Every reader learns adapters for one epoch: from --base_questions of the base, and as many of one set as --questions
says. The first row has that many more of the base instead, so all rows cost about the same. --of_all adds rows with
more and more of all sets together: the learning curve. All start from the default weights, which take some 5,000
questions to answer anything, or from a reader (--model), which shows with few what each set adds. The scores are those
of reader_scores.py on dev, where null odds up to 0 are answered; the first row of --model is that reader as it was.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from reader_scores import HEADS as SCORES, figures_of
from rich.console import Console
from rich.table import Table

from bert_keras.runtime.tensorflow_import import import_tensorflow

HEADS = ("learned from", "questions", "windows", *SCORES[2:], "seconds")
DEFAULT = "minilm_l6_en_uncased"
console = Console(width=120)  # its columns are many


def main() -> int:
    """Trains all readers, and prints the table after each."""
    flags = parse()
    import_tensorflow()
    from bert_keras.runtime.lanes import open_lanes

    open_lanes()
    table = Table(*HEADS, title=f"{flags.dev.name}, adapters of rank {flags.rank}, one epoch, seed {flags.seed}")
    if flags.model != DEFAULT:
        table.add_row("nothing more", "0", "0", *figures_of(started(flags), str(flags.dev))[1:], "0")
    for name, shares in mixtures(flags):
        table.add_row(name, *learned(flags, shares))
        console.print(table)
    return 0


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True, type=Path, help="a SQuAD 2.0 file, of which all learn")
    parser.add_argument("--sets", required=True, nargs="+", type=Path, help="files of questions, one row each")
    parser.add_argument("--dev", required=True, type=Path, help="a SQuAD 2.0 file")
    parser.add_argument("--model", default=DEFAULT, help="a reader to start from; default %(default)s, with a new head")
    parser.add_argument("--base_questions", type=int, default=2000, help="default %(default)s")
    parser.add_argument("--questions", type=int, default=2000, help="of each set, default %(default)s")
    parser.add_argument("--of_all", nargs="*", type=int, default=[], help="questions of all sets together")
    parser.add_argument("--rank", type=int, default=32, help="default %(default)s")
    parser.add_argument("--rate", type=float, default=1e-3, help="peak learning rate, default %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default %(default)s")
    return parser.parse_args()


def mixtures(flags: argparse.Namespace) -> Iterator[tuple[str, list[tuple[Path, int]]]]:
    """Yields the name of each row, and how many questions of which files it learns from."""
    base, count = flags.base, flags.base_questions
    yield "the base alone", [(base, count + flags.questions)]
    for path in flags.sets:
        yield f"and {path.stem}", [(base, count), (path, flags.questions)]
    for most in flags.of_all:
        each = most // len(flags.sets)
        yield "and all sets", [(base, count), *((path, each) for path in flags.sets)]


def started(flags: argparse.Namespace) -> Any:
    """Returns the reader that all start from."""
    import keras

    from bert_keras import SpanExtractor
    from bert_keras.models import SpanExtractorPreprocessor
    from bert_keras.training.precision import choose_precision

    keras.utils.set_random_seed(flags.seed)
    dtype = choose_precision("auto").policy
    reader = SpanExtractor.from_preset(flags.model, new_head=flags.model == DEFAULT, null_threshold=0.0, dtype=dtype)
    reader.preprocessor = SpanExtractorPreprocessor.from_preset(flags.model, max_length=320)
    return reader


def learned(flags: argparse.Namespace, shares: Sequence[tuple[Path, int]]) -> list[str]:
    """Trains a reader on so many questions of each file, and returns the cells of its row."""
    from bert_keras import data, training

    reader = started(flags)
    reader.adapt(flags.model, flags.rank)
    source = data.QuestionSource([str(path) for path, _ in shares])
    questions = drawn(source, [count for _, count in shares], flags.seed)
    train = data.encode_questions(source, questions, reader.preprocessor).to_train(1.0, "first", flags.seed)
    begun = time.perf_counter()
    recipe = training.Recipe(1, 16, flags.rate, seed=flags.seed, keep="last", token_budget=4096)
    training.fine_tune(reader, train, None, recipe)
    seconds = time.perf_counter() - begun
    return [f"{len(questions):,}", f"{len(train):,}", *figures_of(reader, str(flags.dev))[1:], f"{seconds:,.0f}"]


def drawn(source: Any, counts: Sequence[int], seed: int) -> list[Any]:
    """Draws questions of each file, all of a file that has no more."""
    chance, first, chosen = np.random.default_rng(seed), 0, []
    for last, count in zip(source.ends, counts, strict=True):
        of_file = chance.permutation(np.arange(first, last))[:count]
        chosen += [source.questions[place] for place in np.sort(of_file)]
        first = last
    return chosen


if __name__ == "__main__":
    sys.exit(main())
