"""Corrected labels: what a person wrote into the table of an audit, applied to rows as they are read."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.data.arrow_columns import CodedColumn
from bert_keras.data.labels.spellings import Spellings
from bert_keras.data.tables.formats import parts_of
from bert_keras.data.tables.reading import Reading
from bert_keras.errors import DataError
from bert_keras.files.messages import listed, shown, shown_value, where
from bert_keras.files.text_file import TextFile

COLUMN = "correction"
"""The column that a person fills in; a row where it is blank stays as it is."""
DROP = "(drop)"
"""What stands in the column of corrections for a row to leave out."""
DROPPED = "dropped by a correction"
"""The reason for which dropped rows count as left out."""
_REQUIRED = ("file", "line", "label", "text", COLUMN)
_PAIR = "pair"


@dataclass(frozen=True, slots=True)
class Correction:
    """A corrected row.

    Attributes:
        file: The file of the row, as `Row.file` named it in the audit.
        line: The line of the row in it.
        label: The label of the row in the audit.
        text: The text.
        pair: The second text; None if the table has none.
        corrected: The label to take instead; None to leave the row out.
        place: The location of the correction in its own table, for messages.
    """

    file: str
    line: int
    label: str
    text: str
    pair: str | None
    corrected: str | None
    place: str


class Corrections:
    """The corrections in a table that `bert-keras audit` wrote and a person filled in.

    Args:
        path: The table: tab-separated as it was written, or saved by another tool (csv, xlsx, ...).

    Attributes:
        name: The path as a string.
        corrections: The rows with a correction that changes something.

    Raises:
        DataError: The table cannot be read, or a row is corrected in two ways; the message names the line.
    """

    def __init__(self, path: str | Path) -> None:
        self.name = str(path)
        self._part = parts_of(self.name, "train", _reading(self.name))[0]
        self.corrections = tuple(self._read())
        self._check_unique()

    @property
    def changed(self) -> int:
        """The number of rows that get another label."""
        return sum(each.corrected is not None for each in self.corrections)

    @property
    def dropped(self) -> int:
        """The number of rows that are left out."""
        return len(self.corrections) - self.changed

    def said(self) -> str:
        """Returns a line that says what the corrections do."""
        return f"corrections of {self.name}: {self.changed:,} labels changed, {self.dropped:,} rows dropped"

    def report(self) -> dict[str, Any]:
        """Returns what the corrections do, as a JSON object."""
        return {"file": self.name, "labels_changed": self.changed, "rows_dropped": self.dropped}

    def content_hash(self) -> str:
        """Returns a hash of everything that determines the corrections."""
        return self._part.content_hash()

    def applied_to(self, files: Sequence[str]) -> "Applied":
        """Returns the corrections for one reading of some files.

        Args:
            files: The names of the files that are read, as in `Row.file`.

        Raises:
            DataError: A correction is for another file.
        """
        return Applied(self.corrections, files)

    def _read(self) -> Iterator[Correction]:
        for records in self._part.records(_chosen):
            for line, *values in zip(records.lines, *records.columns, strict=True):
                place = where(self.name, line)
                cells = dict(zip(records.chosen, values, strict=True))
                label, corrected = _cell(cells["label"]), _cell(cells[COLUMN]).strip()
                if not corrected or corrected == label:
                    continue
                yield Correction(
                    _cell(cells["file"]),
                    _line(cells["line"], place),
                    label,
                    _cell(cells["text"]),
                    _cell(cells[_PAIR]) if _PAIR in cells else None,
                    None if corrected == DROP else corrected,
                    place,
                )

    def _check_unique(self) -> None:
        found: dict[tuple[str, int, str], Correction] = {}
        for each in self.corrections:
            first = found.setdefault((each.file, each.line, each.label), each)
            if first.corrected != each.corrected:
                raise DataError(
                    f"{each.place}: {where(each.file, each.line)} is corrected in two ways; keep one. "
                    f"Received: {each.corrected or DROP!r} here, {first.corrected or DROP!r} in {first.place}"
                )


class Applied:
    """Corrections during one reading of the files that they are for.

    Args:
        corrections: The corrections.
        files: The names of the files, as in `Row.file`.

    Raises:
        DataError: A correction is for another file.
    """

    def __init__(self, corrections: Sequence[Correction], files: Sequence[str]) -> None:
        self._corrections, self._files = corrections, list(files)
        self._of_lines: dict[int, dict[int, list[Correction]]] = {}
        for each in corrections:
            self._of_lines.setdefault(self._part(each), {}).setdefault(each.line, []).append(each)
        self._there: dict[tuple[int, int], list[str]] = {}  # the labels met on lines that are corrected
        self._known: dict[str, None] = {}

    def change(
        self, part: int, lines: Sequence[int], texts: Sequence[str], pairs: Sequence[str] | None, targets: Sequence[Any]
    ) -> tuple[Sequence[Any], np.ndarray]:
        """Applies corrections to a block of rows.

        Args:
            part: The index of the file that the rows are from.
            lines: The line of each row.
            texts: The texts.
            pairs: The second texts; None if none are read.
            targets: The label of each row.

        Returns:
            The labels, and whether each row is kept, `[rows]` bool.

        Raises:
            DataError: A row is not the one that was audited any more; the message names the line of the correction.
        """
        there = targets.values if isinstance(targets, CodedColumn) else targets
        self._known.update(dict.fromkeys(label for label in there if label is not None))
        kept = np.ones(len(texts), bool)
        of_lines = self._of_lines.get(part, {})
        rows = np.flatnonzero(np.isin(np.asarray(lines), list(of_lines))).tolist()
        if not rows:
            return targets, kept
        changed = list(targets)
        for row in rows:
            waiting = of_lines[lines[row]]
            for each in waiting:
                self._check_text(each, texts[row], None if pairs is None else pairs[row])
            self._there.setdefault((part, lines[row]), []).append(changed[row])
            found = next((each for each in waiting if _same(each.label, changed[row])), None)
            if found is not None:
                waiting.remove(found)
                kept[row] = found.corrected is not None
                changed[row] = changed[row] if found.corrected is None else found.corrected
        return changed, kept

    def check_end(self) -> None:
        """Checks at the end that each correction had its row, and names a label that the files have.

        Raises:
            DataError: A correction did not; the message names its line.
        """
        known = Spellings(list(self._known))
        for each in self._corrections:
            if each.corrected is not None and known.label(each.corrected) is None:
                near = difflib.get_close_matches(each.corrected, list(self._known), n=1, cutoff=0.5)
                hint = f" (did you mean {near[0]!r:.80}?)" if near else ""
                raise DataError(
                    f"{each.place}: no row that is read has this label{hint}; "
                    f"a new label belongs in the data itself, and {DROP} leaves the row out. "
                    f"Received: {each.corrected!r:.80}"
                )
        for part, of_lines in self._of_lines.items():
            for line, waiting in of_lines.items():
                for each in waiting:
                    there = self._there.get((part, line))
                    now = f"has the label {there[0]!r:.80}" if there else "has no row that is read"
                    raise DataError(
                        f"{each.place}: {where(self._files[part], line)} {now} now; audit the file again, or delete "
                        f"this row. Received: {each.label!r:.80}"
                    )

    def _part(self, each: Correction) -> int:
        """Returns the index of the file that a correction is for: by its name, or else by that without folders."""
        if each.file in self._files:
            return self._files.index(each.file)
        found = [place for place, file in enumerate(self._files) if Path(file).name == Path(each.file).name]
        if len(found) != 1:
            raise DataError(
                f"{each.place}: the corrected row is of {'no' if not found else 'which'} file that is read"
                f"{'' if not found else '?'}; read: {listed(self._files)}. Received: {shown(each.file)}"
            )
        return found[0]

    def _check_text(self, each: Correction, text: str, pair: str | None) -> None:
        """Raises DataError if a row has other texts than when it was audited, blanks aside."""
        for column, then, now in (("text", each.text, text), (_PAIR, each.pair, pair)):
            if then is not None and now is not None and then.split() != now.split():
                raise DataError(
                    f"{each.place}: {where(each.file, each.line)} has another {column} now; audit the file again, or "
                    f"delete this row. Received: {shown(then)!r}; the file has {shown(now)!r}"
                )


def _reading(name: str) -> Reading:
    """Returns how to read a table: as the audit wrote it if there are tabs in its first line."""
    first_line, _, _ = TextFile(name).head(2**12)[0].partition(b"\n")
    return Reading("csv", "\t") if b"\t" in first_line else Reading()


def _chosen(there: Sequence[str], place: str) -> tuple[str, ...]:
    missing = next((name for name in _REQUIRED if there.count(name) != 1), None)
    if missing is not None:
        raise DataError(
            f"{place}: corrections have the columns {', '.join(_REQUIRED)}, as `bert-keras audit` writes them, and "
            f"{missing!r} is {'missing' if missing not in there else 'there twice'}. Received: {listed(there)}"
        )
    return (*_REQUIRED, _PAIR) if _PAIR in there else _REQUIRED


def _line(value: Any, place: str) -> int:
    text = _cell(value).strip()
    if not text.isdecimal():
        raise DataError(f"{place}: a line number expected in the column 'line'. Received: {shown_value(value)}")
    return int(text)


def _cell(value: Any) -> str:
    """Returns a cell as text; spreadsheets turn what looks like a number into one."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else str(value)


def _same(label: str, name: str) -> bool:
    """Returns whether a label in the table is that of a row, but for what spreadsheets change."""
    return label == name or Spellings([label], merge=True).label(name) is not None
