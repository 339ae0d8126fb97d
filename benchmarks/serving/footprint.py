"""Measures what an export costs a server: memory when it is loaded, memory and processor time of requests.

    python benchmarks/serving/footprint.py saved_models/demo

Runs it through TensorFlow's C API in a process of its own, without Python's TensorFlow, as a C++ server does; memory is
the resident set. `bert-keras deploy` measures the same, but for the long document.
"""

import argparse
import sys

from rich.console import Console
from rich.table import Table

from bert_keras.serving.deploy import footprint_of


def main() -> int:
    """Measures, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", help="version folder, or model folder")
    table = Table("after", "MB", "at most so far, MB", "processor time, ms")
    for what, step in footprint_of(parser.parse_args().export, long=True).steps.items():
        time = f"{step['milliseconds']:.1f}" if "milliseconds" in step else ""
        table.add_row(what, f"{step['megabytes']:.0f}", f"{step['most_megabytes']:.0f}", time)
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
