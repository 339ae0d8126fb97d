"""Times exports side by side on one thread, from strings.

    python benchmarks/serving/export_speed.py --texts DATA/sst2/dev.tsv saved_models/old saved_models/new
    python benchmarks/serving/export_speed.py --document FILE saved_models/old_reader saved_models/new_reader

Classifiers read one text, 8 and 32 at once, and 2,500; readers a question on the first 200 words of a document, and on
the document over and over, to 100,000 characters.

Each export runs in a session of its own, as in a C++ server; all take turns on the same texts. Printed are the medians
of wall time, of processor time, and its ratio to that of the first export.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bert_keras.runtime.tensorflow_import import import_tensorflow

WORDS, LONG = 20, 2500
ROUNDS = {
    "one text of 20 words": 60,
    "8 texts": 8,
    "32 texts": 4,
    "2,500 texts": 1,
    "a paragraph of 200 words": 60,
    "100,000 characters": 3,
}
QUESTION = "Who had the breakwater built, and when was it begun?"
# The values of each input of a signature, by its name.
Batch = Mapping[str, Sequence[str]]
Run = Callable[[Batch], Any]


def main() -> int:
    """Measures, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exports", nargs="+", help="version folders, or model folders; the first is compared with")
    of_task = parser.add_mutually_exclusive_group(required=True)
    of_task.add_argument("--texts", type=Path, help="tsv file with a header, whose first column is the text")
    of_task.add_argument("--document", type=Path, help="text file for readers")
    flags = parser.parse_args()
    import_tensorflow()
    from bert_keras.serving import version_folder

    requests = requests_of_texts(flags.texts) if flags.texts else requests_of_document(flags.document)
    runs = {str(name): session(version_folder(name)) for name in flags.exports}
    table = Table("request", "export", "wall, ms", "processor, ms", "ratio")
    for what, batches in requests.items():
        for run in runs.values():
            for batch in batches:
                run(batch)
        times = in_turns(runs, batches, ROUNDS[what])
        first = statistics.median(cpu for _, cpu in times[str(flags.exports[0])])
        for name, pairs in times.items():
            wall, cpu = (statistics.median(column) for column in zip(*pairs, strict=True))
            table.add_row(what, name, f"{1e3 * wall:.2f}", f"{1e3 * cpu:.2f}", f"{cpu / first:.2f}")
    Console().print(table)
    return 0


def requests_of_texts(path: Path) -> dict[str, list[Batch]]:
    """Returns a classifier's requests of each size."""
    texts = [line.split("\t")[0] for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    many = (texts * (LONG // len(texts) + 1))[:LONG]
    requests = {
        "one text of 20 words": [[text] for text in texts if len(text.split()) == WORDS][:5],
        "8 texts": [texts[first : first + 8] for first in range(0, 64, 8)],
        "32 texts": [texts[first : first + 32] for first in range(0, 128, 32)],
        "2,500 texts": [many],
    }
    return {what: [{"text": batch} for batch in batches] for what, batches in requests.items()}


def requests_of_document(path: Path) -> dict[str, list[Batch]]:
    """Returns a reader's requests of each size."""
    document = path.read_text(encoding="utf-8")
    long = (document * (100_000 // len(document) + 1))[:100_000]
    return {
        "a paragraph of 200 words": [{"question": [QUESTION], "context": [" ".join(document.split()[:200])]}],
        "100,000 characters": [{"question": [QUESTION], "context": [long]}],
    }


def session(folder: Path) -> Run:
    """Returns a function that runs `serving_default` of an export on one thread."""
    import tensorflow as tf
    import tensorflow_text  # noqa: F401  (registers its ops)

    v1 = tf.compat.v1
    config = v1.ConfigProto(
        intra_op_parallelism_threads=1, inter_op_parallelism_threads=1, use_per_session_threads=True
    )
    graph = tf.Graph()
    opened = v1.Session(graph=graph, config=config)
    with graph.as_default():
        signature = v1.saved_model.loader.load(opened, ["serve"], str(folder)).signature_def["serving_default"]
    fetches = [output.name for output in signature.outputs.values()]
    call = opened.make_callable(fetches, feed_list=[given.name for given in signature.inputs.values()])
    return lambda batch: call(*(batch[name] for name in signature.inputs))


def in_turns(runs: dict[str, Run], batches: list[Batch], rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Returns the wall and processor times of each request by export."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for _ in range(rounds):
        for batch in batches:
            for name, run in runs.items():
                wall, cpu = time.perf_counter(), time.process_time()
                run(batch)
                times[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    return times


if __name__ == "__main__":
    sys.exit(main())
