"""The lines that the server prints: for each request, and for each version that comes or goes."""

import asyncio
import sys
import time
from typing import TYPE_CHECKING

from bert_keras.serving.server.codes import code_name

from ..console.consoles import console

if TYPE_CHECKING:
    from bert_keras.serving.server import RequestRecord, VersionEvent

_SECONDS = 0.2
_MAX_PATH = 120  # characters
_PAGE_FILES = "/ui/"  # opening the page of --ui reads dozens


class RequestLines:
    """Writes a line for each request, several at a time: a write takes as long as reading a request.

    Args:
        on: Whether to write lines.
    """

    def __init__(self, on: bool) -> None:
        self.on = on
        self._lines: list[str] = []

    def add(self, record: "RequestRecord") -> None:
        """Adds the line of a request."""
        if self.on and not (record.status == 200 and record.path.startswith(_PAGE_FILES)):
            self._lines.append(line_of(record, time.strftime("%H:%M:%S")))

    def write(self) -> None:
        """Writes the lines that wait."""
        lines, self._lines = self._lines, []
        if not lines:
            return
        try:
            sys.stdout.write("".join(lines))
            sys.stdout.flush()
        except OSError:  # nobody reads them any more; the server goes on
            self.on = False

    async def write_on(self) -> None:
        """Writes the lines that wait, again and again."""
        while True:
            await asyncio.sleep(_SECONDS)
            self.write()


def line_of(record: "RequestRecord", now: str) -> str:
    """Returns the line of a request.

    Args:
        record: The request.
        now: The time.
    """
    path = record.path if record.path.isascii() and record.path.isprintable() else ascii(record.path)
    rows = f"  {record.rows} row{'s' if record.rows != 1 else ''}" if record.rows else ""
    rest = record.entrypoint == "REST"
    start = f"{now}  {record.method}" if rest else f"{now}  gRPC {record.method}"
    status = record.status if rest else code_name(record.status)
    return f"{start} {path[:_MAX_PATH]}  {status}{rows}  {record.seconds * 1000:.1f} ms\n"


class EventLines:
    """Prints a line for each version that loads, serves, fails or is gone."""

    def __init__(self) -> None:
        self._since: dict[tuple[str, int], float] = {}

    def tell(self, event: "VersionEvent") -> None:
        """Prints the line of an event."""
        status, key = event.status, (event.model, event.status.version)
        name = f"{event.model} {status.version}"
        if status.code or status.message:
            console.print(f"{name}  is not served: {' '.join(status.message.split())}")
        elif status.state == "LOADING":
            self._since[key] = time.monotonic()
            console.print(f"{name}  loads …")
        elif status.state == "AVAILABLE":
            since = self._since.pop(key, None)
            after = "" if since is None else f" after {time.monotonic() - since:.1f} s"
            console.print(f"{name}  is served{after}")
        elif status.state == "END":
            console.print(f"{name}  is gone")
