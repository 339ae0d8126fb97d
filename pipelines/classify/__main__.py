"""Fine-tunes a text classifier on your own rows, scores it, and exports it as a SavedModel that takes raw strings."""

from ..command_line.run import run
from .config import PROGRAM, ClassifyConfig


def main(config: ClassifyConfig) -> None:
    """Trains, evaluates, reports and exports a classifier."""
    from ..training.run import run_training
    from .data import ClassifyData
    from .report import ClassifyResults

    run_training(config, ClassifyData, ClassifyResults)


if __name__ == "__main__":
    run(PROGRAM, main)
