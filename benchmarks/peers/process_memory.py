"""This process's memory, now and while something runs; on the standard library alone, for all environments."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FIELDS = {"highest": "VmHWM", "resident": "VmRSS", "anonymous": "RssAnon"}


def memory() -> dict[str, int]:
    """Returns this process's memory in bytes.

    Returns:
        `resident`, which is all that lies in memory, mapped files included; `highest`, its maximum so far; `anonymous`,
        which the process holds itself and the system cannot take back.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    status = dict(line.split(":", 1) for line in lines)
    return {name: int(status[field].split()[0]) * 1024 for name, field in _FIELDS.items()}


@contextmanager
def watched_memory(interval: float = 0.05) -> Iterator[dict[str, float]]:
    """Samples this process's memory in a thread while a block runs.

    Args:
        interval: The seconds between two samples.

    Yields:
        The maximum of `resident` and `anonymous` in bytes, and after the block the `seconds` that it took.
    """
    peak: dict[str, float] = {"resident": 0, "anonymous": 0}
    ended = threading.Event()

    def sample() -> None:
        while True:
            now = memory()
            peak.update({name: max(peak[name], now[name]) for name in ("resident", "anonymous")})
            if ended.wait(interval):
                return

    thread = threading.Thread(target=sample)
    begun = time.monotonic()
    thread.start()
    try:
        yield peak
    finally:
        peak["seconds"] = time.monotonic() - begun
        ended.set()
        thread.join()
