"""The command line: `python -m bert_keras.serving.check PATH [--runtime DIR]`.

Exit status: 0 all rows are ok, 1 some row failed, 2 the path or the runtime is wrong.
"""

import argparse
import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bert_keras.errors import ExportError
from bert_keras.quiet import import_tensorflow
from bert_keras.serving.check.checker import check
from bert_keras.serving.check.report import CheckReport
from bert_keras.serving.versions import version_folder


def table_of(report: CheckReport) -> Table:
    """The rows of a report as a table."""
    table = Table("check", "", "detail", "seconds", title=Text(str(report.path)))
    for row in report.rows:
        # Text, for a detail such as '[1, 2]' would be read as markup.
        verdict = Text("ok", style="green") if row.ok else Text("failed", style="bold red")
        table.add_row(Text(row.what), verdict, Text(row.detail), Text(f"{row.seconds:.2f}", justify="right"))
    return table


def closing_line(report: CheckReport) -> str:
    """One line that sums a report up."""
    failed = sum(not row.ok for row in report.rows)
    verdict = f"{failed} of {len(report.rows)} checks failed" if failed else f"all {len(report.rows)} checks ok"
    return f"{verdict}; {len(report.ops)} kinds of op; TensorFlow {report.runtime_version or 'unknown'}"


def main(arguments: list[str] | None = None) -> int:
    """Checks one export and prints the table.

    Args:
        arguments: The command line without the program's name; `None` takes `sys.argv`.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(prog="python -m bert_keras.serving.check", description="Prove an export outside Python.")
    parser.add_argument("path", help="version folder, or base folder whose highest version is taken")
    parser.add_argument("--runtime", metavar="DIR", help="folder with another tensorflow/ and tensorflow_text/")
    flags = parser.parse_args(arguments)
    try:
        folder = version_folder(flags.path)  # a wrong path is told before TensorFlow is waited for
        import_tensorflow()
        report = check(folder, runtime=flags.runtime)
    except ExportError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    console = Console()
    console.print(table_of(report))
    console.print(Text(closing_line(report)))
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
