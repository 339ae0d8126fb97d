"""Trains a text encoder on pairs, triples, scored pairs or labelled texts, scores it, and exports it."""

from ..command_line.run import run
from .config import PROGRAM, ContrastConfig


def main(config: ContrastConfig) -> None:
    """Trains, evaluates, reports and exports a text encoder."""
    from ..training.run import run_training
    from .data import ContrastData
    from .report import ContrastResults

    run_training(config, ContrastData, ContrastResults)


if __name__ == "__main__":
    run(PROGRAM, main)
