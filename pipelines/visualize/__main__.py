"""Looks inside a model: which words decided, which heads carry it; for TensorBoard, as one offline page, and as figures."""

from ..command_line.run import run
from .config import PROGRAM, VisualizeConfig


def main(config: VisualizeConfig) -> None:
    """Reads, looks, writes, shows."""
    from .run import visualize

    visualize(config)


if __name__ == "__main__":
    run(PROGRAM, main)
