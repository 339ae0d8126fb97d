"""Compares finished runs on the rows that they were measured on: are they different by more than chance, and where?"""

from ..command_line.run import run
from ..console.consoles import console
from .config import PROGRAM, CompareConfig


def main(config: CompareConfig) -> None:
    """Reads, compares, shows and writes."""
    from bert_keras import reporting

    if config.output is not None:
        reporting.check_output(config.output)
    runs = [reporting.read_run(folder, config.split) for folder in config.runs]
    # A wrong folder is told before all that compares and draws is loaded.
    from .tables import show_comparison

    comparison = reporting.compare(runs, config.split, config.examples)
    show_comparison(comparison)
    if config.output is not None:
        reporting.write_comparison(comparison, config.output)
        console.print(f"\nwritten {config.output}")


if __name__ == "__main__":
    run(PROGRAM, main)
