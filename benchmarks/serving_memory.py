"""Measures the peak memory of one request to an exported span extractor, by the length of the document.

Each request has a process of its own. Anonymous memory is what the process holds itself and the system cannot take
back. "Idle" is that of the loaded model after it has answered about a paragraph. Without an export one is made from the
default weights with a new head, whose answers mean nothing but cost the same.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from peers.process_memory import memory, watched_memory
from rich.console import Console
from rich.table import Table

from bert_keras.runtime.tensorflow_import import import_tensorflow

SIZES = (10_000, 100_000, 1_000_000)
DOCUMENT = Path(__file__).parents[1] / "pipelines" / "samples" / "questions" / "harbour.txt"
QUESTION = "Who had the breakwater built, and when was it begun?"
MEGABYTE = 10**6


def main() -> int:
    """Measures, prints a table, and returns the exit status: 1 if a request takes more above idle than the limit."""
    flags = parse()
    if flags.measure:
        print(json.dumps(measure(flags.export, flags.measure)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        export = flags.export or make_export(folder)
        found = [in_new_process(export, size) for size in flags.sizes]
    Console().print(table_of(found))
    return int(any(one["peak"] - one["idle"] > flags.most * MEGABYTE for one in found))


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "export", nargs="?", help="of a span extractor: version folder, or base folder; without it one is made"
    )
    parser.add_argument(
        "--sizes", nargs="+", type=int, default=SIZES, metavar="BYTES", help="of the documents, default %(default)s"
    )
    parser.add_argument(
        "--most", type=int, default=500, metavar="MB", help="above idle, beyond which to fail, default %(default)s"
    )
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)  # the other process
    return parser.parse_args()


def make_export(folder: str) -> str:
    """Exports the default weights with a new head; returns the model's folder."""
    import_tensorflow()
    from bert_keras import SpanExtractor, checkpoints, serving

    extractor = SpanExtractor.from_preset(checkpoints.DEFAULT_PRESET, new_head=True)
    return str(serving.export(extractor, Path(folder, "reader")))


def in_new_process(export: str, size: int) -> dict[str, Any]:
    """Measures one document in a new process."""
    command = [sys.executable, __file__, export, "--measure", str(size)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def measure(export: str, size: int) -> dict[str, Any]:
    """Sends a question about a document of `size` bytes, and returns the memory and the seconds of the request."""
    import_tensorflow()
    import tensorflow as tf

    from bert_keras.serving import version_folder
    from bert_keras.text import BertTokenizer  # noqa: F401  (registers the ops of tensorflow-text)

    signature = tf.saved_model.load(str(version_folder(export))).signatures["serving_default"]
    text = DOCUMENT.read_bytes()
    question, paragraph = tf.constant([QUESTION]), tf.constant([text[:1000].decode(errors="ignore")])
    signature(question=question, context=paragraph)
    document = tf.constant([(text * (size // len(text) + 1))[:size].decode(errors="ignore")])
    idle = memory()["anonymous"]
    with watched_memory(0.005) as peak:
        answer = signature(question=question, context=document)["end"].numpy()
    return {"size": size, "idle": idle, "peak": peak["anonymous"], "seconds": peak["seconds"], "end": int(answer[0])}


def table_of(found: list[dict[str, Any]]) -> Table:
    """Returns a table with a line per document."""
    table = Table(
        "document", "seconds", "idle, MB", "peak, MB", "above idle, MB", title="anonymous memory of one request"
    )
    for one in found:
        memory = (f"{number / MEGABYTE:,.0f}" for number in (one["idle"], one["peak"], one["peak"] - one["idle"]))
        table.add_row(f"{one['size'] / 1000:,.0f} kB", f"{one['seconds']:.1f}", *memory)
    return table


if __name__ == "__main__":
    sys.exit(main())
