"""Finds labels of training data that are probably wrong, and writes a table to correct them and a page to see why."""

from ..command_line.run import run
from .config import PROGRAM, AuditConfig


def main(config: AuditConfig) -> None:
    """Reads the data, doubts its labels, prints a summary, and writes the table, the page and the figures."""
    from .files import AuditFiles

    files = AuditFiles(config)  # a mistake in the output is told before anything is computed
    from .rows import AuditRows
    from .tables import show_audit

    rows = AuditRows(config)
    rows.show()
    found = rows.audit_of(rows.judged())
    show_audit(found, rows.encoded)
    files.write(rows, found)


if __name__ == "__main__":
    run(PROGRAM, main)
