"""Compares finished runs on the rows they were evaluated on: do they differ by more than chance, and on which rows?"""

from ..command_line.run import run
from ..console.consoles import console
from .config import PROGRAM, CompareConfig


def main(config: CompareConfig) -> None:
    """Reads and compares runs, prints the comparison, and writes it if an output file is named."""
    from bert_keras import reporting

    if config.output is not None:
        reporting.check_output(config.output)
    runs = [reporting.read_run(folder, config.split) for folder in config.runs]
    # A wrong folder is reported before the modules that compare and draw are imported.
    from .tables import show_comparison

    comparison = reporting.compare(runs, config.split, config.examples)
    show_comparison(comparison)
    if config.output is not None:
        reporting.write_comparison(comparison, config.output)
        console.print(f"\nwritten {config.output}")


if __name__ == "__main__":
    run(PROGRAM, main)
