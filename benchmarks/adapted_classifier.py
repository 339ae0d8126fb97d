"""Measures what adapting to a domain's raw text is worth to a classifier of 500 rows.

The domain is film reviews: MiniLM was trained to tell what a sentence is about, not what somebody thinks of it, and
reviewers write unlike Wikipedia. The model reads raw text, without labels, as `pretrain` does: reviews of IMDb, and
sentences of SST-2's train set. Then a classifier of SST-2 is trained on a few other rows of it, from the default
weights and from the adapted ones in turns, with the same rows and seed, and scored on all dev rows, which nothing was
trained on. Intervals are Student's over the seeds, at 95 %; that of the difference is of the pairs.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from rich.console import Console
from rich.table import Table
from student_interval import half_width

from bert_keras import MaskedLM, TextClassifier, checkpoints, data, training
from bert_keras.runtime.lanes import open_lanes

LABELS = ["0", "1"]
WIDTH = 128  # tokens of a row of raw text


def main() -> None:
    """Adapts, trains in turns, prints each result as a line of JSON, and a table at the end."""
    flags = parse()
    open_lanes()
    precision = training.choose_precision(flags.precision)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = texts_of(flags.data / "sst2" / "train.tsv", "sentence")
        order = np.random.default_rng(0).permutation(len(texts))
        reviews = texts_of(flags.data / "imdb" / "train.tsv", "Text")[: flags.reviews]
        raw = [text.replace("<br />", " ") for text in reviews] + [texts[row] for row in order[: flags.sentences]]
        said = adapt(raw, folder / "adapted", flags, precision.policy)
        print(json.dumps(said | {"precision": precision.name}), flush=True)
        reached = compared(folder, order[flags.sentences :], flags, precision.policy)
    Console().print(table_of(reached, f"{flags.rows} rows of SST-2, accuracy on its dev rows"))


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path, help="folder that holds imdb/ and sst2/")
    parser.add_argument("--reviews", type=int, default=300, help="reviews to adapt on, default %(default)s")
    parser.add_argument("--sentences", type=int, default=4000, help="sentences to adapt on, default %(default)s")
    parser.add_argument("--passes", type=int, default=1, help="over this raw text, default %(default)s")
    parser.add_argument("--adapting_rate", type=float, default=1e-4, help="its learning rate, default %(default)s")
    parser.add_argument("--rows", type=int, default=500, help="labelled rows, default %(default)s")
    parser.add_argument("--epochs", type=int, default=3, help="over these, default %(default)s")
    parser.add_argument("--learning_rate", type=float, default=1e-4, help="of the classifier, default %(default)s")
    parser.add_argument("--seeds", type=int, default=5, help="default %(default)s")
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    return parser.parse_args()


def texts_of(path: Path, column: str) -> list[str]:
    """Returns the texts of a table."""
    return [row.text for row in data.Source(str(path), data.Columns(column, pairs=False), None)]


def adapt(texts: Sequence[str], folder: Path, flags: argparse.Namespace, policy: str) -> dict[str, Any]:
    """Trains the default weights on raw texts, saves the result, and returns the perplexity before and after."""
    begin = time.perf_counter()
    model = MaskedLM.from_encoder(checkpoints.DEFAULT_PRESET, max_length=WIDTH, dtype=policy)
    tokenizer = model.preprocessor.tokenizer
    raw = [data.RawDocument(text, "texts", place) for place, text in enumerate(texts, 1)]
    documents = data.tokenize_documents("texts", raw, tokenizer, {})
    rows, held_out = (data.masked_rows(part, tokenizer, WIDTH) for part in documents.held_out(0.03, seed=0))
    before = training.masked_results(model, held_out).scores["perplexity"]
    recipe = training.Recipe(epochs=flags.passes, batch_size=8, learning_rate=flags.adapting_rate, keep="last")
    training.fine_tune(model, rows, None, recipe)
    after = training.masked_results(model, held_out).scores["perplexity"]
    model.save_to_preset(str(folder))
    told = {"tokens": int(documents.lengths.sum()), "rows": len(rows), "seconds": time.perf_counter() - begin}
    return told | {"perplexity_before": before, "perplexity_after": after}


def compared(folder: Path, places: np.ndarray, flags: argparse.Namespace, policy: str) -> dict[str, list[float]]:
    """Trains classifiers from both weights in turns, on rows at some places, and returns the accuracies of each."""
    starts = {"default": checkpoints.DEFAULT_PRESET, "adapted": str(folder / "adapted")}
    reached: dict[str, list[float]] = {start: [] for start in starts}
    splits: dict[str, data.Encoded] = {}
    for seed in range(flags.seeds):
        chosen = np.sort(np.random.default_rng([seed, 1]).choice(places, flags.rows, replace=False))
        for start, preset in starts.items():
            begin = time.perf_counter()
            keras.utils.set_random_seed(seed)  # the weights of a fresh head
            model = TextClassifier.from_preset(preset, labels=LABELS, max_length=64, dtype=policy)
            splits = splits or encoded(flags.data / "sst2", model, folder)  # both have one tokenizer
            recipe = training.Recipe(
                epochs=flags.epochs, batch_size=16, learning_rate=flags.learning_rate, keep="last", seed=seed
            )
            training.fine_tune(model, data.subset(splits["train"], chosen), None, recipe)
            answers = training.predict_outputs(model, splits["dev"]).argmax(axis=1)
            reached[start].append(float(np.mean(answers == splits["dev"].targets)))
            took = {"accuracy": reached[start][-1], "seconds": time.perf_counter() - begin}
            print(json.dumps({"start": start, "seed": seed} | took), flush=True)
    return reached


def encoded(folder: Path, model: TextClassifier, cache: Path) -> dict[str, data.Encoded]:
    """Reads and tokenizes train and dev of SST-2."""
    pre = model.preprocessor
    sources = {split: data.Source(str(folder / f"{split}.tsv"), task="single_label") for split in ("train", "dev")}
    return {
        split: data.encode(source, pre.pack, pre.fingerprint, cache).with_labels(LABELS)
        for split, source in sources.items()
    }


def table_of(reached: dict[str, list[float]], title: str) -> Table:
    """Returns a table of the means with their intervals, and of the mean difference of each seed's pair."""
    table = Table("", "mean", "95 % interval", "by seed", title=title)
    columns = {name: np.array(values) for name, values in reached.items()}
    for name, values in (columns | {"difference": columns["adapted"] - columns["default"]}).items():
        mean, wide = float(values.mean()), half_width(values.tolist())
        each = " ".join(f"{value:.3f}" for value in values)
        table.add_row(name, f"{mean:.4f}", f"{mean - wide:.4f} to {mean + wide:.4f}", each)
    return table


if __name__ == "__main__":
    main()
