"""The results of an export's check on the screen."""

from rich.table import Table
from rich.text import Text

from bert_keras.serving.check.report import AGREEMENT, CheckReport

from ..console.consoles import console


def show_check(report: CheckReport) -> None:
    """Prints that all checks passed, and how far the answers are those of float32, else a table of the failed checks.

    Args:
        report: The result of `bert_keras.serving.check`.
    """
    failed = [row for row in report.rows if not row.ok]
    runtime = f"TensorFlow {report.runtime_version} through its C API, without Python"
    if not failed:
        console.print(f"check   {len(report.rows)} checks ok: {runtime}")
        for row in report.rows:
            if row.what == AGREEMENT:
                console.print(f"        {row.detail}")
        return
    table = Table("check", "what was wrong", title=f"{len(failed)} of {len(report.rows)} checks failed: {runtime}")
    for row in failed:
        table.add_row(Text(row.what), Text(row.detail))
    console.print(table)


def table_of(report: CheckReport) -> Table:
    """Returns a table of all checks of a report."""
    table = Table("check", "", "detail", "seconds", title=Text(str(report.path)))
    for row in report.rows:
        # A string would be read as markup, for example the detail '[1, 2]'.
        verdict = Text("ok", style="green") if row.ok else Text("failed", style="bold red")
        table.add_row(Text(row.what), verdict, Text(row.detail), Text(f"{row.seconds:.2f}", justify="right"))
    return table


def closing_line(report: CheckReport) -> str:
    """Returns a one-line summary of a report."""
    failed = sum(not row.ok for row in report.rows)
    verdict = f"{failed} of {len(report.rows)} checks failed" if failed else f"all {len(report.rows)} checks ok"
    return f"{verdict}; {len(report.ops)} kinds of op; TensorFlow {report.runtime_version or 'unknown'}"
