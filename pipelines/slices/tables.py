"""Slices on the screen, as a page and as JSON."""

from pathlib import Path

from rich.table import Table
from rich.text import Text

from bert_keras.auditing import Slice
from bert_keras.reporting.page import write_page

from ..command_line.json_output import write_json
from ..console.consoles import console
from .rows import Measured, as_json


def show_slices(found: Measured) -> None:
    """Prints the slices of each kind, the worst first."""
    table = Table()
    for name in ("by", "rows of"):
        table.add_column(name, overflow="fold")
    for name in ("rows", "accuracy", "95 %", "others"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("p (Holm)", justify="right")
    for each in [found.whole, *ordered(found.slices)]:
        p = "" if each.adjusted_p is None else f"{each.adjusted_p:.3g} {each.verdict}".strip()
        others = "" if each.others is None else f"{each.others:.4f}"
        table.add_row(
            Text(each.by),
            Text(each.value),
            f"{each.rows:,}",
            f"{each.accuracy:.4f}",
            f"{each.low:.3f} to {each.high:.3f}",
            others,
            Text(p, style="red" if each.verdict == "worse" else ""),
        )
    console.print(table)
    for line in found.left_out:
        console.print(line)
    worse = [each for each in ordered(found.slices) if each.verdict == "worse"]
    if not worse:
        console.print("no part is worse than the other rows by more than chance")
    for each in worse:
        console.print(Text(f"worse: {each.by} {each.value}: {each.accuracy:.4f}, others {each.others:.4f}"))


def ordered(slices: list[Slice]) -> list[Slice]:
    """Returns slices by what divides the rows, the least accurate first."""
    kinds = list(dict.fromkeys(each.by for each in slices))
    return sorted(slices, key=lambda each: (kinds.index(each.by), each.accuracy))


def write_slices(found: Measured, path: str) -> None:
    """Writes the slices in the format of the file's suffix, atomically."""
    if Path(path).suffix.lower() == ".html":
        write_page(path, "slices.html", {"found": found, "slices": ordered(found.slices)})
    else:
        write_json(path, as_json(found))
    console.print(f"written {path}")
