"""What a check found."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Verdict = tuple[Sequence[str], str]
"""The faults that were found, and what to say where there are none."""


@dataclass(frozen=True)
class CheckRow:
    """One thing that was checked.

    Attributes:
        what: Its name, such as `serving_default, batch of 7`.
        ok: Whether it holds.
        detail: What was seen, or what was wrong.
        seconds: How long it took.
    """

    what: str
    ok: bool
    detail: str
    seconds: float


@dataclass(frozen=True)
class CheckReport:
    """Everything a check found.

    Attributes:
        path: The version folder.
        rows: The things checked, in order. Where the export does not load, what needs it loaded is left out.
        ops: The kinds of op in its graph and functions, sorted.
        runtime_version: The version of the TensorFlow that ran it; empty where that did not even start.
    """

    path: Path
    rows: tuple[CheckRow, ...]
    ops: tuple[str, ...]
    runtime_version: str

    @property
    def ok(self) -> bool:
        """Whether every row is ok."""
        return all(row.ok for row in self.rows)


def row_of(what: str, verdict: Verdict, seconds: float, most: int = 3) -> CheckRow:
    """A row from a verdict; of many faults the first few are named."""
    faults, detail = verdict
    more = [f"and {len(faults) - most} more"] if len(faults) > most else []
    return CheckRow(what, not faults, "; ".join([*faults[:most], *more]) if faults else detail, seconds)


def timed_row(what: str, examine: Callable[[], Verdict]) -> CheckRow:
    """A row from an examination that is run, and timed, here."""
    start = time.perf_counter()
    verdict = examine()
    return row_of(what, verdict, time.perf_counter() - start)
