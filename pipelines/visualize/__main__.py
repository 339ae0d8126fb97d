"""Shows which words and heads decide a model's predictions: in TensorBoard, as an offline page, and as figures."""

from ..command_line.run import run
from .config import PROGRAM, VisualizeConfig


def main(config: VisualizeConfig) -> None:
    """Inspects a model, and writes and prints the results."""
    from .run import visualize

    visualize(config)


if __name__ == "__main__":
    run(PROGRAM, main)
