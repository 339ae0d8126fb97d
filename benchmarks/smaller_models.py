"""Measures what a model of fewer layers keeps of a larger one, with and without it as a teacher.

The teacher is the default weights, fine-tuned on some rows of SST-2. Each student begins with some of its layers, and
learns for the same number of passes over the same rows: from the labels alone, or also from the teacher's logits, and
also from its hidden states, and also from rows without labels. Accuracy is on the dev rows of SST-2, of the last epoch;
speed is of one process, tokenizing not counted, in turns with the teacher.
"""

import argparse
import dataclasses
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras import TextClassifier, data, evaluation, training
from bert_keras.models import layers_to_keep, with_layers
from bert_keras.runtime.lanes import open_lanes

LABELS = ["0", "1"]
WAYS = ("labels", "logits", "states", "unlabelled")


def main() -> None:
    """Trains the teacher and all students, and prints a line of JSON for each."""
    flags = parse()
    open_lanes()
    with tempfile.TemporaryDirectory() as cache:
        classifier = TextClassifier.from_preset("minilm_l6_en_uncased", labels=LABELS, max_length=64)
        splits = {split: encoded(flags.data / f"{split}.tsv", classifier, cache) for split in ("train", "dev")}
        order = np.random.default_rng(0).permutation(len(splits["train"]))
        chosen = np.split(order[: flags.rows + flags.unlabelled], [flags.rows])
        labelled, more = (data.subset(splits["train"], np.sort(rows)) for rows in chosen)
        recipe = training.Recipe(epochs=flags.teacher_epochs, keep="last", learning_rate=flags.learning_rate)
        training.fine_tune(classifier, labelled, None, recipe)
        tell(classifier, splits["dev"], classifier, way="the teacher", layers=classifier.backbone.num_layers)
        for settings in students(flags):
            student = learned(classifier, labelled, more, Path(cache), flags, **settings)
            tell(student, splits["dev"], classifier, **settings)


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path, help="folder that holds train.tsv and dev.tsv of SST-2")
    parser.add_argument("--rows", type=int, default=4000, help="labelled rows, default %(default)s")
    parser.add_argument("--unlabelled", type=int, default=8000, help="rows without labels, default %(default)s")
    parser.add_argument("--layers", nargs="+", type=int, default=[3, 2], help="default %(default)s")
    parser.add_argument("--layers_from", nargs="+", default=["even"], help="even, first or last; default %(default)s")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS), help="default: all")
    parser.add_argument("--seeds", type=int, default=3, help="default %(default)s")
    parser.add_argument("--epochs", type=int, default=3, help="default %(default)s")
    parser.add_argument("--teacher_epochs", type=int, default=2, help="default %(default)s")
    parser.add_argument("--learning_rate", type=float, default=5e-5, help="default %(default)s")
    parser.add_argument("--temperature", type=float, default=2.0, help="default %(default)s")
    parser.add_argument("--teacher_weight", type=float, default=0.5, help="default %(default)s")
    parser.add_argument("--states_weight", type=float, default=1.0, help="default %(default)s")
    return parser.parse_args()


def encoded(path: Path, classifier: TextClassifier, cache: str) -> data.Encoded:
    """Reads and tokenizes a table."""
    source, preprocessor = data.Source(str(path), task="single_label"), classifier.preprocessor
    return data.encode(source, preprocessor.pack, preprocessor.fingerprint, cache).with_labels(LABELS)


def students(flags: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yields the settings of each student, all of a seed before the next seed."""
    for seed in range(flags.seeds):
        for layers in flags.layers:
            for layers_from in flags.layers_from:
                yield from (
                    {"way": way, "layers": layers, "layers_from": layers_from, "seed": seed} for way in flags.ways
                )


def learned(
    teacher: TextClassifier,
    labelled: data.Encoded,
    more: data.Encoded,
    cache: Path,
    flags: argparse.Namespace,
    way: str,
    layers: int,
    layers_from: Any,
    seed: int,
) -> TextClassifier:
    """Returns a trained student."""
    whole = teacher.backbone.num_layers
    student = with_layers(teacher, layers_to_keep(whole, layers, layers_from))
    plain = training.Recipe(epochs=flags.epochs, keep="last", learning_rate=flags.learning_rate, seed=seed)
    if way == "labels":
        training.fine_tune(student, labelled, None, plain)
        return student
    own = () if way == "logits" else tuple(range(1, layers))
    its = layers_to_keep(whole, layers)[:-1] if own else ()
    parts = [labelled, *([more] if way == "unlabelled" else [])]
    outputs = [training.teacher_outputs(teacher, rows, cache, its) for rows in parts]
    rows = data.TaughtRows(
        labelled,
        tuple(of.values for of in outputs),
        np.arange(outputs[0].values.shape[1]),
        " ".join(of.key for of in outputs),
        own,
        more if way == "unlabelled" else None,
    )
    values = {name: getattr(flags, name) for name in ("temperature", "teacher_weight", "states_weight")}
    training.fine_tune(student, rows, None, training.DistillationRecipe(**dataclasses.asdict(plain), **values))
    return student


def tell(model: TextClassifier, dev: data.Encoded, teacher: TextClassifier, **settings: Any) -> None:
    """Prints what a model reached, and how fast it is beside the teacher."""
    outputs = training.predict_outputs(model, dev)
    ends = evaluation.intervals("single_label", dev.targets, outputs)["accuracy"]
    right = float(np.mean(outputs.argmax(axis=1) == dev.targets))
    speeds = [training.rows_per_second(of, dev) for of in (teacher, model)]
    told = {"accuracy": right, "interval": [ends.low, ends.high], "parameters": model.count_params()}
    print(json.dumps(settings | told | {"rows_per_second": speeds[1], "times": speeds[1] / speeds[0]}), flush=True)


if __name__ == "__main__":
    main()
