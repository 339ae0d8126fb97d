"""Goes on with a model's pre-training on raw text: predicts masked words, says how well, and exports it."""

from ..command_line.run import run
from .config import PROGRAM, PretrainConfig


def main(config: PretrainConfig) -> None:
    """Trains, evaluates, reports and exports a masked language model."""
    from ..training.run import run_training
    from .data import PretrainData
    from .report import PretrainResults

    run_training(config, PretrainData, PretrainResults)


if __name__ == "__main__":
    run(PROGRAM, main)
