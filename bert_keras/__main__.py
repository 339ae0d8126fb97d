"""The command `bert-keras`, also `python -m bert_keras`: runs a program by its name."""

import importlib
import importlib.util
import sys
from collections.abc import Sequence


def main(typed: Sequence[str] | None = None) -> None:
    """Runs a program and ends the process.

    Args:
        typed: The name of the program and its options. `None` uses the arguments of the process.
    """
    # In a wheel the repository's folder `pipelines/` is a part of this package.
    installed = importlib.util.find_spec("bert_keras.pipelines")
    programs = importlib.import_module("bert_keras.pipelines.__main__" if installed else "pipelines.__main__")
    programs.main(sys.argv[1:] if typed is None else typed)


if __name__ == "__main__":
    main()
