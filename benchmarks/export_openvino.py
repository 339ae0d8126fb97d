"""Times an exported classifier beside OpenVINO with `tokenizers`, both from strings, on the same core.

    taskset -c 0 python benchmarks/export_openvino.py saved_models/NAME --model FOLDER --texts DATA/sst2/dev.tsv

One text of 20 words, 8 and 32 at once, in turns; printed are the medians. FOLDER is one that
`bert_keras.checkpoints.save_hugging_face` writes of the same model. Without `taskset` each has all cores.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

from peers.protocol import THEIRS, Worker
from rich.console import Console
from rich.table import Table
from serving.export_speed import ROUNDS, WORDS, session

from bert_keras.runtime.tensorflow_import import import_tensorflow

Slices = list[tuple[int, int]]


def main() -> int:
    """Measures, prints a table, and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", help="version folder, or model folder")
    parser.add_argument("--model", required=True, type=Path, help="the same model as a Hugging Face folder")
    parser.add_argument(
        "--texts", required=True, type=Path, help="tsv file with a header, whose first column is the text"
    )
    parser.add_argument("--precision", default="float32", choices=("float32", "bfloat16"), help="of OpenVINO")
    flags = parser.parse_args()
    import_tensorflow()
    from bert_keras.serving import version_folder

    texts = [line.split("\t")[0] for line in flags.texts.read_text(encoding="utf-8").splitlines()[1:]]
    run = session(version_folder(flags.export))
    table = Table("request", "the export, ms", "OpenVINO, ms", "ratio")
    with Worker(
        THEIRS, "peers.openvino_prediction", model=flags.model.resolve(), table=flags.texts.resolve()
    ) as openvino:
        for what, (size, slices) in slices_of(texts).items():
            openvino.ask("prepare", precision=flags.precision, hint="LATENCY", batch_size=size)
            ours, theirs = [], []
            for round_ in range(ROUNDS[what] + 1):
                for first, last in slices:
                    begun = time.perf_counter()
                    run({"text": texts[first:last]})
                    taken = time.perf_counter() - begun
                    answer = openvino.ask("classify", first=first, last=last)
                    if round_:  # the first is warm-up
                        ours.append(taken)
                        theirs.append(answer["seconds"])
            mine, other = 1e3 * statistics.median(ours), 1e3 * statistics.median(theirs)
            table.add_row(what, f"{mine:.2f}", f"{other:.2f}", f"{mine / other:.2f}")
    Console().print(table)
    return 0


def slices_of(texts: list[str]) -> dict[str, tuple[int, Slices]]:
    """Returns the rows of each request, first and last, by its name, with their number."""
    single = [(row, row + 1) for row, text in enumerate(texts) if len(text.split()) == WORDS][:5]
    return {
        "one text of 20 words": (1, single),
        "8 texts": (8, [(first, first + 8) for first in range(0, 64, 8)]),
        "32 texts": (32, [(first, first + 32) for first in range(0, 128, 32)]),
    }


if __name__ == "__main__":
    sys.exit(main())
