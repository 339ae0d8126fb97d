"""Trains a model that finds entities in texts, scores it as `seqeval` does, and exports it."""

from ..command_line.run import run
from .config import PROGRAM, TagConfig


def main(config: TagConfig) -> None:
    """Trains, evaluates, reports and exports a token classifier."""
    from ..training.run import run_training
    from .data import TagData
    from .report import TagResults

    run_training(config, TagData, TagResults)


if __name__ == "__main__":
    run(PROGRAM, main)
