"""The table of an audit: a row for each suspect, with a column to fill in."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bert_keras.auditing.suspects import LABEL, NEAR_TEXT, OUTLIER, SAME_TEXT, Audit, Suspect
from bert_keras.data import Encoded, Row
from bert_keras.data.corrections import COLUMN
from bert_keras.files import replaced_file, where

_DECIMALS = 4


def write_corrections_table(path: str | Path, audit: Audit, rows: Encoded, texts: Mapping[int, Row]) -> None:
    """Writes the table that a person fills in and `Corrections` reads, atomically: tab-separated, quoted as csv is.

    Args:
        path: The file to write.
        audit: The audit.
        rows: The audited rows.
        texts: The row of each suspect as text, by its index.
    """
    pairs = any(row.pair is not None for row in texts.values())
    with replaced_file(path) as aside, aside.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(
            ["file", "line", "label", "suggested", "doubt", "why", COLUMN, "text", *(["pair"] if pairs else [])]
        )
        writer.writerows(_lines(audit, rows, texts, pairs))


def why(suspect: Suspect, rows: Encoded) -> str:
    """Returns the reasons to look at a row, as text."""
    place = "" if suspect.other is None else where(*rows.places(suspect.other))
    said = {
        LABEL: "label in doubt",
        SAME_TEXT: f"same text with another label: {place}",
        NEAR_TEXT: f"nearly the same text with another label: {place}",
        OUTLIER: "unlike all others",
    }
    return "; ".join(said[reason] for reason in suspect.reasons)


def _lines(audit: Audit, rows: Encoded, texts: Mapping[int, Row], pairs: bool) -> Iterator[Sequence[str]]:
    for suspect in audit.suspects:
        row = texts[suspect.row]
        yield [
            row.file,
            str(row.line),
            audit.labels[audit.given[suspect.row]],
            audit.labels[suspect.suggested],
            f"{suspect.doubt:.{_DECIMALS}f}",
            why(suspect, rows),
            "",
            row.text,
            *([row.pair or ""] if pairs else []),
        ]
