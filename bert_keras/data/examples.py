"""Tables of labelled texts from files: csv and tsv with a header."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bert_keras.errors import DataError

# Names of columns that are taken where none is given, in this order; case does not matter.
TEXT_COLUMNS = ("text", "sentence", "sentence1", "premise", "question1", "review", "content", "body", "question", "title")
LABEL_COLUMNS = ("label", "category", "intent", "sentiment", "class", "target", "labels")
_NO_LIMIT = 2**31 - 1  # csv refuses fields of more than 131,072 characters unless told otherwise


@dataclass(frozen=True)
class Columns:
    """Names of the columns to read; None takes the first that is there of the usual names (pairs: none).

    Attributes:
        text: Of the texts.
        pair: Of the second texts.
        label: Of the labels.
    """

    text: str | None = None
    pair: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class Examples:
    """The rows of a file that can be used, in order.

    Attributes:
        path: The file.
        texts: The texts.
        pairs: The second texts, or None.
        labels: The labels as they stand in the file, or None where the file was read without.
        lines: The line each row begins in, from 1.
        rows_read: Rows in the file, its header not counted.
        left_out: How many rows were left out, by reason.
    """

    path: Path
    texts: list[str] = field(default_factory=list)
    pairs: list[str] | None = None
    labels: list[str] | None = None
    lines: list[int] = field(default_factory=list)
    rows_read: int = 0
    left_out: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.texts)


def read_examples(path: str | Path, columns: Columns = Columns(), *, labelled: bool = True) -> Examples:  # noqa: B008
    """Reads a table of texts.

    Args:
        path: A csv or tsv file in UTF-8 whose first line names the columns. The name's ending tells which; with another ending,
            a tab in the header does. Fields may be quoted as csv has it.
        columns: Which columns to read.
        labelled: Whether there must be labels.

    Returns:
        The rows. Those with an empty text or label are left out and counted.

    Raises:
        DataError: A file that cannot be read, a column that is not there, a row with too few or too many fields, no rows at all.
            The message names the file and the line.
    """
    path = Path(path)
    if path.is_dir():
        raise DataError(f"{path}: a folder; name a csv or tsv file")
    text = read_text(path)
    rows = _rows(path, text)
    _, header = next(rows, (1, []))
    if not any(header):
        raise DataError(f"{path}: the file is empty; its first line must name the columns, e.g. text and label")
    wanted = _places(path, header, columns, labelled)
    kept: list[tuple[int, list[str]]] = []
    left_out: Counter[str] = Counter()
    for line, row in rows:
        if len(row) != len(header):
            raise DataError(f"{path}, line {line}: {len(header)} fields expected, as the header has. Received: {len(row)}, {row!r:.80}")
        fields = {name: row[place] for name, place in wanted.items()}
        empty = next((name for name in ("text", "label") if name in fields and not fields[name].strip()), None)
        if empty:
            left_out[f"empty {empty}"] += 1
        else:
            kept.append((line, [fields[name] for name in wanted]))
    if not kept:
        raise DataError(f"{path}: no rows to use. Received: {sum(left_out.values())} rows, left out: {dict(left_out) or 'none'}")
    values = {name: [row[place] for _, row in kept] for place, name in enumerate(wanted)}
    return Examples(
        path=path,
        texts=values["text"],
        pairs=values.get("pair"),
        labels=values.get("label"),
        lines=[line for line, _ in kept],
        rows_read=len(kept) + sum(left_out.values()),
        left_out=dict(left_out),
    )


def read_text(path: Path) -> str:
    """Reads a text file.

    Args:
        path: A file in UTF-8, with or without a byte order mark.

    Returns:
        Its text, line ends as they are.

    Raises:
        DataError: It cannot be read, or is not UTF-8; the message names the line.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DataError(f"{path}, line {line}: not UTF-8. Received: byte 0x{raw[error.start]:02x}; save the file as UTF-8") from error


def label_names(examples: Examples) -> list[str]:
    """Lists the labels of a training file.

    Args:
        examples: Rows with labels.

    Returns:
        Their names, sorted; whole numbers by value.

    Raises:
        DataError: Fewer than two.
    """
    names = sorted(set(examples.labels or ()))
    if len(names) < 2:
        raise DataError(f"{examples.path}: at least two different labels are needed to train. Received: {names}")
    return sorted(names, key=int) if all(name.isdecimal() for name in names) else names


def label_indices(examples: Examples, names: Sequence[str]) -> list[int]:
    """Looks up labels.

    Args:
        examples: Rows with labels.
        names: The labels of the model.

    Returns:
        The place of each row's label in `names`.

    Raises:
        DataError: A label that is not among them; the message names its line.
    """
    places = {name: place for place, name in enumerate(names)}
    for line, label in zip(examples.lines, examples.labels or (), strict=True):
        if label not in places:
            raise DataError(f"{examples.path}, line {line}: label {label!r} does not occur in training. Known: {', '.join(names)}")
    return [places[label] for label in examples.labels or ()]


def _rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yields each record with the line it begins in; blank lines are no records."""
    header = text.partition("\n")[0]
    tabs = path.suffix.lower() in (".tsv", ".tab") or (path.suffix.lower() != ".csv" and "\t" in header)
    csv.field_size_limit(_NO_LIMIT)
    # csv wants the line ends as they are; str.splitlines would also break at U+2028 and others.
    lines = (line + "\n" for line in text.split("\n"))
    reader = csv.reader(lines, delimiter="\t" if tabs else ",", strict=True)
    begins = 1
    try:
        for row in reader:
            if row:
                yield begins, row
            begins = reader.line_num + 1
    except csv.Error as error:
        if "new-line" in str(error):
            raise DataError(f"{path}, line {begins}: a carriage return in the midst of a row; end rows with a line feed") from error
        raise DataError(
            f"{path}, line {begins}: broken quoting ({error}). A field that begins with a quote mark must end with one, and quote "
            'marks in it are doubled: "say ""so"""'
        ) from error


def _places(path: Path, header: list[str], columns: Columns, labelled: bool) -> dict[str, int]:
    """The place of each column to read, by what it is."""
    chosen = {"text": _column(path, header, "text", columns.text, TEXT_COLUMNS)}
    if columns.pair is not None:
        chosen["pair"] = _column(path, header, "pair", columns.pair, ())
    if labelled:
        chosen["label"] = _column(path, header, "label", columns.label, LABEL_COLUMNS)
    return chosen


def _column(path: Path, header: list[str], what: str, name: str | None, usual: Sequence[str]) -> int:
    if name is not None and name in header:
        return header.index(name)
    lowered = [column.strip().lower() for column in header]
    found = next((lowered.index(column) for column in usual if column in lowered), None) if name is None else None
    if found is not None:
        return found
    wrong = f"no column {name!r}" if name is not None else f"no column with a usual name for the {what}"
    raise DataError(f"{path}, line 1: {wrong}. Received: {', '.join(header)}; name it with --{what}_column")
