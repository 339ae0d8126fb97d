"""Ctrl-C and SIGTERM as a wish that is asked for at the end of a step, rather than an error in its midst."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class Stopped(Exception):
    """Somebody asked the training to stop, and it is at a point where it can."""


class StopWish:
    """Whether somebody asked to stop."""

    def __init__(self) -> None:
        self._asked = False

    def check(self) -> None:
        """Raises `Stopped` where somebody asked for it."""
        if self._asked:
            raise Stopped

    def ask(self, number: int, frame: FrameType | None) -> None:
        """Notes the wish, as a signal handler; the second one stops at once, whatever is going on."""
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True


@contextlib.contextmanager
def stop_wish() -> Iterator[StopWish]:
    """Turns SIGINT and SIGTERM into a wish until the block ends.

    Yields:
        The wish. In a thread that is not the main one signals stay as they are, as Python has it.
    """
    wish = StopWish()
    if threading.current_thread() is not threading.main_thread():
        yield wish
        return
    before = {number: signal.signal(number, wish.ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield wish
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
