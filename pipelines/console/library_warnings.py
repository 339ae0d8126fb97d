"""Warnings that the library logs, shown on a console."""

import contextlib
import logging
from collections.abc import Iterator

from rich.console import Console

_LIBRARY = "bert_keras"


class _Shown(logging.Handler):
    """Prints each warning as one line."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.WARNING)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Prints a warning."""
        self._console.print(f"warning: {' '.join(record.getMessage().splitlines())}", style="yellow")


@contextlib.contextmanager
def warnings_shown(console: Console) -> Iterator[None]:
    """Shows the warnings of the library until the block ends.

    Args:
        console: The console to print on.
    """
    logger, shown = logging.getLogger(_LIBRARY), _Shown(console)
    logger.addHandler(shown)
    try:
        yield
    finally:
        logger.removeHandler(shown)
