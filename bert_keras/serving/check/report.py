"""The report of a check."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Verdict = tuple[Sequence[str], str]
"""The faults of a check, and the detail to report if there are none."""
AGREEMENT = "agreement with float32"
"""The name of the check whose finding is told when all is well too."""


@dataclass(frozen=True)
class CheckRow:
    """The result of one check.

    Attributes:
        what: The name of the check, such as `serving_default, batch of 7`.
        ok: Whether it passed.
        detail: The finding, or the faults.
        seconds: The duration.
    """

    what: str
    ok: bool
    detail: str
    seconds: float


@dataclass(frozen=True)
class CheckReport:
    """The results of all checks of an export.

    Attributes:
        path: The version's folder.
        rows: The results in order; without those that need the loaded export if it does not load.
        ops: The distinct ops in the graph and its functions, sorted.
        runtime_version: The version of the TensorFlow that ran the export; empty if it did not even start.
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
    """Returns the row of a verdict, which names at most `most` faults and counts the rest."""
    faults, detail = verdict
    more = [f"and {len(faults) - most} more"] if len(faults) > most else []
    return CheckRow(what, not faults, "; ".join([*faults[:most], *more]) if faults else detail, seconds)


def timed_row(what: str, examine: Callable[[], Verdict]) -> CheckRow:
    """Runs and times an examination, and returns its row."""
    start = time.perf_counter()
    verdict = examine()
    return row_of(what, verdict, time.perf_counter() - start)
