"""Measures a classifier on parts of labelled data: by a column, by length, by label, by a regular expression."""

from ..command_line.run import run
from .config import PROGRAM, SlicesConfig


def main(config: SlicesConfig) -> None:
    """Answers the rows, measures the parts, prints them, and writes them if an output file is named."""
    from .rows import measured
    from .tables import show_slices, write_slices

    found = measured(config)
    show_slices(found)
    if config.output is not None:
        write_slices(found, config.output)


if __name__ == "__main__":
    run(PROGRAM, main)
