"""Peak memory of one request to an exported span extractor, by the length of the document; each request in a process of its own.

Anonymous memory is what the process holds itself and the system cannot take back. "Idle" is that of the loaded model,
once it has answered about a paragraph. Without an export one is made of the default weights with a fresh head, whose
answers mean nothing but cost the same.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bert_keras.runtime.tensorflow_import import import_tensorflow

SIZES = (10_000, 100_000, 1_000_000)
DOCUMENT = Path(__file__).parents[1] / "pipelines" / "samples" / "questions" / "harbour.txt"
QUESTION = "Who had the breakwater built, and when was it begun?"
MEGABYTE = 10**6


def main() -> int:
    """Measures, prints a table, and returns the exit status: 1 if the longest document takes more above idle than the limit."""
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
    """Reads the command line."""
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
    """Exports the default weights with a fresh head."""
    import_tensorflow()
    from bert_keras import SpanExtractor, checkpoints, serving

    extractor = SpanExtractor.from_preset(checkpoints.DEFAULT_PRESET, new_head=True)
    return str(serving.export(extractor, Path(folder, "reader")))


def in_new_process(export: str, size: int) -> dict[str, Any]:
    """Measures one document."""
    command = [sys.executable, __file__, export, "--measure", str(size)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def measure(export: str, size: int) -> dict[str, Any]:
    """Asks about a document of so many bytes, and watches the memory of this process meanwhile."""
    import_tensorflow()
    import tensorflow as tf

    from bert_keras.serving import version_folder
    from bert_keras.text import BertTokenizer  # noqa: F401  (brings the ops of tensorflow-text)

    signature = tf.saved_model.load(str(version_folder(export))).signatures["serving_default"]
    text = DOCUMENT.read_bytes()
    question, paragraph = tf.constant([QUESTION]), tf.constant([text[:1000].decode(errors="ignore")])
    signature(question=question, context=paragraph)
    document = tf.constant([(text * (size // len(text) + 1))[:size].decode(errors="ignore")])
    idle, peak, ended = anonymous(), [0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.005):
            peak[0] = max(peak[0], anonymous())

    thread = threading.Thread(target=watch)
    thread.start()
    begun = time.monotonic()
    answer = signature(question=question, context=document)["end"].numpy()
    seconds = time.monotonic() - begun
    ended.set()
    thread.join()
    return {"size": size, "idle": idle, "peak": peak[0], "seconds": seconds, "end": int(answer[0])}


def anonymous() -> int:
    """Anonymous memory of this process, in bytes."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["RssAnon"].split()[0]) * 1024


def table_of(found: list[dict[str, Any]]) -> Table:
    """A line for each document."""
    table = Table(
        "document", "seconds", "idle, MB", "peak, MB", "above idle, MB", title="anonymous memory of one request"
    )
    for one in found:
        memory = (f"{number / MEGABYTE:,.0f}" for number in (one["idle"], one["peak"], one["peak"] - one["idle"]))
        table.add_row(f"{one['size'] / 1000:,.0f} kB", f"{one['seconds']:.1f}", *memory)
    return table


if __name__ == "__main__":
    sys.exit(main())
