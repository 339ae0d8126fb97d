"""Work that a run can do without: if it fails, one line of warning says why, and the run goes on."""

import contextlib
import logging
from collections.abc import Iterator

_LOG = logging.getLogger(__name__)
_LONGEST_CAUSE = 300


@contextlib.contextmanager
def going_on(what: str) -> Iterator[None]:
    """Runs a block whose failure must not end a run: a picture, a page, a log.

    Any exception of the block is logged as a warning; requests to stop or to exit pass through. Nothing that a run is
    for (checkpoints, the model, the export, the report) belongs in such a block.

    Args:
        what: What the block makes, for the warning, e.g. `the page report.html`.
    """
    try:
        yield
    except Exception as error:
        _LOG.warning("%s: failed and left out, the run goes on (%s)", what, cause_of(error))


def cause_of(error: Exception) -> str:
    """Returns the kind and the message of an exception in one line, e.g. `MemoryError: Unable to allocate 14.9 GiB`."""
    if isinstance(error, OSError) and error.strerror:
        message = f"{error.strerror}{f', {error.filename}' if error.filename else ''}"
    else:
        message = " ".join(str(error).split())
    short = message if len(message) <= _LONGEST_CAUSE else message[: _LONGEST_CAUSE - 1] + "…"
    return f"{type(error).__name__}: {short}" if short else type(error).__name__
