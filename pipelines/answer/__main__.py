"""Trains a reader that answers questions with passages of a text, scores it as SQuAD does, and exports it."""

from ..command_line.run import run
from .config import PROGRAM, AnswerConfig


def main(config: AnswerConfig) -> None:
    """Trains, evaluates, reports and exports a reader."""
    from ..training.run import run_training
    from .data import AnswerData
    from .report import AnswerResults

    run_training(config, AnswerData, AnswerResults)


if __name__ == "__main__":
    run(PROGRAM, main)
