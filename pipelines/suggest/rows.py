"""The rows of the input and of labelled files, with the labels that they have."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bert_keras import data
from bert_keras.data.columns import choose
from bert_keras.data.header import Header
from bert_keras.errors import DataError, InputError
from bert_keras.files import TextFile
from bert_keras.labelling.table import COLUMNS

from ..command_line.idle_reading import refuse_idle_reading
from ..inputs.files import files_of, lines_of, parts_by_columns, tables_and_lines
from .config import SuggestConfig

_TASK = "single_label"
_HEAD = 2**12  # bytes, in which the names of the columns are


@dataclass
class Rows:
    """Rows, one list for each of their parts.

    Attributes:
        texts: The texts, none of which is blank.
        labels: The label of each row, `None` where it has none.
        places: The file and the line of each.
    """

    texts: list[str] = field(default_factory=list)
    labels: list[str | None] = field(default_factory=list)
    places: list[tuple[str, int]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)

    def add(self, text: str, label: str | None, file: str, line: int) -> None:
        """Adds a row."""
        self.texts.append(text)
        self.labels.append(label)
        self.places.append((file, line))


def read_rows(config: SuggestConfig, say: Callable[[str], object]) -> tuple[Rows, int]:
    """Reads the input, and after it the labelled files.

    Args:
        config: The options.
        say: A function that shows a line about what is read.

    Returns:
        All rows with a text, and the number of those of the input, which stand first. A text of the input that is in a
        labelled file too has its label.

    Raises:
        DataError: A file cannot be read or has no text; the message names file and line.
    """
    rows = Rows()
    columns = data.Columns(config.text_column, label=config.label_column, pairs=False, missing=config.missing_labels)
    refuse_idle_reading(config, lambda: parts_by_columns(config.input, columns, config.reading()))
    for name, table in tables_and_lines(config.input, columns):
        if table:
            _read_table(rows, name, columns, config.reading(), say)
            continue
        for line, text in enumerate(lines_of(name), 1):
            if text.strip():
                rows.add(text, None, name, line)
    if not len(rows):
        raise DataError(f"{config.input}: there is no text to suggest. Received: no rows")
    of_input = len(rows)
    if config.labelled is not None:
        # The named columns are those of the input; a table of suggestions has its own.
        named = data.Chosen(config.text_column or "", None, (config.label_column or "",))
        of_tables = data.Columns(pairs=False, missing=config.missing_labels, trained=named)
        _add_labelled(rows, data.Source(config.labelled, of_tables, _TASK, reading=_as_written(config.labelled)), say)
    return rows, of_input


def _as_written(labelled: str | Sequence[str]) -> data.Reading:
    """Returns how labelled files are read: as suggestions are written, whatever the texts, if all are such tables."""
    paths = [Path(file) for file in files_of(labelled)]
    heads = (TextFile(path).head(_HEAD)[0].decode(errors="replace").splitlines() for path in paths if path.is_file())
    names = [{cell.strip('"\ufeff') for cell in (head or [""])[0].split("\t")} for head in heads]
    own = len(names) == len(paths) and all(there.issuperset(COLUMNS) for there in names)
    return data.Reading("csv", "\t") if own else data.Reading()


def _read_table(
    rows: Rows, name: str, columns: data.Columns, reading: data.Reading, say: Callable[[str], object]
) -> None:
    """Adds the rows of a table, those with labels too."""
    source = data.Source(name, columns, reading=reading)
    named = dataclasses.replace(columns, text=source.chosen.text)
    label = _label_column(source, named)
    labels: dict[tuple[str, int], str | None] = {}
    if label is not None:
        labelled = data.Source(name, dataclasses.replace(named, label=label), _TASK, reading=reading)
        labels = {(row.file, row.line): str(row.target) for row in _labelled_rows(labelled)}
    before = len(rows)
    for row in source:
        rows.add(row.text, labels.get((row.file, row.line)), row.file, row.line)
    has = "" if label is None else f", label {label!r}: {len(labels):,} of {len(rows) - before:,} rows have one"
    say(f"{source.name}: reads text {source.chosen.text!r}{has}")
    for hint in source.chosen.hints("suggestions are for single texts"):
        say(f"{source.name}: {hint}")
    for reason, count in source.left_out.items():
        say(f"{source.name}: left out: {count:,} rows, {reason}")


def _label_column(source: data.Source, columns: data.Columns) -> str | None:
    """Returns the column of labels; `None` if none is named and none has a usual name."""

    def chosen(there: Sequence[str], where: str) -> data.Chosen:
        usual = Header(there, where).usual(data.LABEL_COLUMNS, (source.chosen.text,)) is not None
        return choose(columns, _TASK if usual or columns.label is not None else None, there, where)

    records = next((records for part in source.parts for records in part.records(chosen)), None)
    return None if records is None else next(iter(records.chosen.labels), None)


def _labelled_rows(source: data.Source) -> list[data.Row]:
    """Returns the rows that have a label; none are an error of `Source` alone."""
    try:
        return list(source)
    except DataError:
        if not source.rows_read or sum(source.left_out.values()) < source.rows_read:
            raise
        return []


def _add_labelled(rows: Rows, source: data.Source, say: Callable[[str], object]) -> None:
    """Gives rows of the input the labels that their texts have in other files, and adds the rows of other texts."""
    found = _labelled_rows(source)
    places: dict[str, list[int]] = {}
    for place, text in enumerate(rows.texts):
        places.setdefault(_squeezed(text), []).append(place)
    for row in found:
        same = [place for place in places.get(_squeezed(row.text), ()) if rows.labels[place] is None]
        for place in same:
            rows.labels[place] = str(row.target)
        if not same:
            rows.add(row.text, str(row.target), row.file, row.line)
    left_out = "".join(f"; left out: {count:,} rows, {reason}" for reason, count in source.left_out.items())
    say(f"{source.name}: {len(found):,} labelled rows, {source.chosen.described()}{left_out}")
    if not found:
        raise InputError(
            f"{source.name}: no row has a label; fill in the column {next(iter(source.chosen.labels))!r}, or leave "
            "--labelled out"
        )


def _squeezed(text: str) -> str:
    """Returns a text as it is whatever tool has saved it: with single blanks."""
    return " ".join(text.split())
