"""Lets Ctrl-C and SIGTERM stop a training at the end of a step, rather than within it."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class Stopped(Exception):
    """The training was asked to stop, and has reached a point where it can."""


class StopWish:
    """A record of whether the process was asked to stop."""

    def __init__(self) -> None:
        self._asked = False

    @property
    def asked(self) -> bool:
        """Whether the process was asked to stop."""
        return self._asked

    def check(self) -> None:
        """Raises `Stopped` if the process was asked to stop."""
        if self._asked:
            raise Stopped

    def ask(self, number: int, frame: FrameType | None) -> None:
        """Records the request to stop, as a signal handler; a second signal raises `KeyboardInterrupt` at once."""
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True


@contextlib.contextmanager
def stop_wish() -> Iterator[StopWish]:
    """Records SIGINT and SIGTERM as requests to stop until the block ends.

    Yields:
        The record. Outside of the main thread signals are handled as before, because Python allows nothing else.
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
