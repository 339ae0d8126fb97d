"""`bert-keras` and `python -m bert_keras`: the programs, wherever they are installed."""

import importlib
import importlib.util
import sys
from collections.abc import Sequence


def main(typed: Sequence[str] | None = None) -> None:
    """Runs a program and ends the process.

    Args:
        typed: Its name and options; None takes those of the process.
    """
    # The folder `pipelines/` of the repository is a part of this package where it was installed from a wheel.
    installed = importlib.util.find_spec("bert_keras.pipelines")
    programs = importlib.import_module("bert_keras.pipelines.__main__" if installed else "pipelines.__main__")
    programs.main(sys.argv[1:] if typed is None else typed)


if __name__ == "__main__":
    main()
