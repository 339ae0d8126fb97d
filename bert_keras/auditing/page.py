"""The page of an audit: what is in doubt, with texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.auditing.suspects import LABEL, NEAR_TEXT, OUTLIER, REASONS, SAME_TEXT, Audit, Suspect
from bert_keras.data import Encoded, Row
from bert_keras.files import where
from bert_keras.reporting.page import write_page

MOST_SHOWN = 100
"""The number of rows of each kind that the page shows; the table has all of them."""
_MOST_PAIRS, _MOST_LABELS = 30, 100
_SECTIONS = {
    LABEL: ("doubt", "In doubt", "Models that have not seen the row find another label more probable."),
    SAME_TEXT: ("same", "Same text", "At least one of the labels is wrong."),
    NEAR_TEXT: ("near", "Nearly the same", "Four fifths of their pairs of adjacent tokens are the same."),
    OUTLIER: ("outliers", "Outliers", "Their vectors are far from those of their ten nearest rows."),
}


@dataclass(frozen=True)
class _Shown:
    """A row on the page."""

    row: Row
    label: str
    suggested: str
    doubt: float
    place: str
    other: str


def write_audit_page(
    path: str | Path, audit: Audit, rows: Encoded, texts: Mapping[int, Row], about: Mapping[str, str]
) -> None:
    """Writes the page, atomically: self-contained, without scripts, all text escaped.

    Args:
        path: The file to write.
        audit: The audit.
        rows: The audited rows.
        texts: The row of each suspect as text, by its index.
        about: Facts about how the audit was made, by name.
    """
    sections = [_section(audit, rows, texts, reason) for reason in _SECTIONS]
    context: dict[str, Any] = {
        "name": rows.name,
        "rows": len(rows),
        "audit": audit,
        "sections": sections,
        "confused": [
            (audit.labels[pair.first], audit.labels[pair.second], pair.first_is_second, pair.second_is_first)
            for pair in audit.confused[:_MOST_PAIRS]
        ],
        "confused_left_out": max(0, len(audit.confused) - _MOST_PAIRS),
        "by_label": label_figures(audit)[:_MOST_LABELS],
        "about": about,
    }
    write_page(path, "audit.html", context)


def label_figures(audit: Audit) -> list[dict[str, Any]]:
    """Returns for each label its rows, and the number and share of those in doubt, the highest share first."""
    rows = np.bincount(audit.given, minlength=len(audit.labels))
    doubted = np.bincount(audit.given[audit.doubts.in_error], minlength=len(audit.labels))
    found = [
        {"label": label, "rows": of, "in_doubt": doubts, "share_in_doubt": doubts / of}
        for label, of, doubts in zip(audit.labels, rows.tolist(), doubted.tolist(), strict=True)
        if of
    ]
    return sorted(found, key=lambda each: (-each["share_in_doubt"], each["label"]))


def _section(audit: Audit, rows: Encoded, texts: Mapping[int, Row], reason: str) -> dict[str, Any]:
    anchor, short, what = _SECTIONS[reason]
    title = REASONS[reason].capitalize()
    suspects = [suspect for suspect in audit.suspects if reason in suspect.reasons]
    if reason == OUTLIER:
        suspects.sort(key=lambda suspect: -float(audit.neighbours.far[suspect.row]))
    shown = [_shown(audit, rows, texts[suspect.row], suspect) for suspect in suspects[:MOST_SHOWN]]
    return {"anchor": anchor, "title": title, "short": short, "what": what, "count": len(suspects), "shown": shown}


def _shown(audit: Audit, rows: Encoded, row: Row, suspect: Suspect) -> _Shown:
    return _Shown(
        row,
        audit.labels[audit.given[suspect.row]],
        audit.labels[suspect.suggested],
        suspect.doubt,
        where(row.file, row.line),
        ""
        if suspect.other is None
        else f"{where(*rows.places(suspect.other))}: {audit.labels[audit.given[suspect.other]]}",
    )
