"""Measures what it costs a training to log the attention of probes, at the defaults of `bert-keras classify`.

The same training runs with probes and without, in turns and each time with a new model, on the demo's reviews or on
other tables. The log does not grow with the rows, so its share of the time falls as a training grows. The cost is
measured in processor time, which depends least on what else the machine does.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bert_keras.runtime.tensorflow_import import import_tensorflow

REVIEWS = Path(__file__).parents[1] / "pipelines" / "samples" / "reviews"
MOST = 0.05


def main() -> int:
    """Measures, prints a table, and returns the exit status: 1 if probes cost more than 5 % of the processor's time."""
    flags = parse()
    import_tensorflow()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        training(flags, folder / "warm", probes(flags), epochs=1)
        turns = []
        for turn in range(flags.rounds):
            ways = [("without", []), ("with", probes(flags))]
            # They alternate in going first, since a machine's speed drifts.
            order = ways if turn % 2 else ways[::-1]
            turns.append({way: training(flags, folder / f"{turn}{way}", of, flags.epochs) for way, of in order})
        octets = sum(path.stat().st_size for path in (folder / "0with").glob("*.bert_keras_attention"))
    shares = [turn["with"]["processor"] / turn["without"]["processor"] - 1 for turn in turns]
    inside = [turn["with"]["inside"] / (turn["with"]["seconds"] - turn["with"]["inside"]) for turn in turns]
    table = Table(
        "",
        "seconds",
        title=f"{flags.train.name}, {flags.epochs} epochs, {flags.probes} probes, {octets / 1e6:.1f} MB logged",
    )
    for way in ("without", "with"):
        for name, unit in (("seconds", "seconds"), ("processor", "processor seconds")):
            table.add_row(f"{way} probes, {unit}", ", ".join(f"{turn[way][name]:.1f}" for turn in turns))
    table.add_row("cost in processor time", ", ".join(f"{share:+.1%}" for share in shares))
    table.add_row("median cost", f"{statistics.median(shares):+.1%}")
    table.add_row("time inside of probes", ", ".join(f"{share:.1%}" for share in inside))
    Console().print(table)
    Console().print(f"load of the machine: {os.getloadavg()[0]:.2f} (one minute)")
    return int(statistics.median(shares) > MOST)


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--train", type=Path, default=REVIEWS / "train.tsv", help="table with a header, default the demo's"
    )
    parser.add_argument("--dev", type=Path, default=REVIEWS / "dev.tsv", help="where probes are taken from")
    parser.add_argument("--rounds", type=int, default=3, help="default %(default)s")
    parser.add_argument("--epochs", type=int, default=3, help="default %(default)s")
    parser.add_argument("--batch", type=int, default=16, help="default %(default)s")
    parser.add_argument("--probes", type=int, default=2, help="default %(default)s")
    return parser.parse_args()


def probes(flags: argparse.Namespace) -> Sequence[Any]:
    """Returns the probes that the program would take from the development table."""
    from pipelines.training.probes import DevRow, probes_of, spread

    header, *lines = flags.dev.read_text(encoding="utf-8").splitlines()
    names = header.split("\t")
    rows = [dict(zip(names, line.split("\t"), strict=True)) for line in lines]
    text, label = (
        next(name for name in names if name in known) for known in (("text", "sentence", "review"), ("label",))
    )
    return probes_of([DevRow(rows[place][text], None, rows[place][label]) for place in spread(len(rows), flags.probes)])


def training(flags: argparse.Namespace, folder: Path, probes: Sequence[Any], epochs: int) -> dict[str, float]:
    """Fine-tunes a new classifier as the program does, with evaluation on dev.

    Args:
        flags: The command line.
        folder: The folder for the log and the cache.
        probes: The probes; empty for none.
        epochs: The number of epochs.

    Returns:
        The `seconds`, the `processor` seconds, and the seconds `inside` the probes' callback.
    """
    import keras

    from bert_keras import TextClassifier, checkpoints, data, training
    from bert_keras.insight.attention_callback import AttentionProbes
    from bert_keras.models import TextClassifierPreprocessor
    from bert_keras.training.precision import choose_precision
    from pipelines.training.run import PROBE_METHODS

    keras.utils.set_random_seed(0)
    preprocessor = TextClassifierPreprocessor.from_preset(checkpoints.DEFAULT_PRESET)
    sources = [data.Source(str(table), task="single_label") for table in (flags.train, flags.dev)]
    rows = [data.encode(source, preprocessor.pack, preprocessor.fingerprint, folder / "cache") for source in sources]
    classifier = TextClassifier.from_preset(
        checkpoints.DEFAULT_PRESET, labels=rows[0].label_names(), new_head=True, dtype=choose_precision("auto").policy
    )
    train, dev = (part.with_labels(classifier.labels) for part in rows)
    looks = [AttentionProbes(folder, probes, methods=PROBE_METHODS)] if probes else []
    inside = [timed_hooks(look) for look in looks]
    recipe = training.Recipe(epochs=epochs, batch_size=flags.batch, learning_rate=1e-4)
    begun, spent = time.perf_counter(), time.process_time()
    training.fine_tune(classifier, train, dev, recipe, looks)
    seconds, processor = time.perf_counter() - begun, time.process_time() - spent
    return {"seconds": seconds, "processor": processor, "inside": sum(map(sum, inside))}


def timed_hooks(callback: Any) -> list[float]:
    """Wraps a callback's hooks, and returns the list to which they append the seconds of each call."""
    seconds = list[float]()

    def timed(hook: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> None:
            begun = time.perf_counter()
            hook(*arguments, **named)
            seconds.append(time.perf_counter() - begun)

        return call

    for name in ("on_train_begin", "on_epoch_end", "on_train_end"):
        setattr(callback, name, timed(getattr(callback, name)))
    return seconds


if __name__ == "__main__":
    sys.exit(main())
