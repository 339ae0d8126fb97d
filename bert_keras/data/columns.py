"""Selection of the columns of a table, keys of an object or features of a TFDS data set to read."""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bert_keras.data.column_names import (
    LABEL_COLUMNS,
    LIKELY_BESIDE_QUESTION,
    LIKELY_LABELS,
    LIKELY_SECOND,
    PAIR_COLUMN,
    PAIR_COLUMNS,
    SCORE_COLUMNS,
    TEXT_COLUMNS,
    squeezed,
)
from bert_keras.data.header import Header
from bert_keras.errors import InputError

_FIRST = TEXT_COLUMNS[0]  # beside it nothing is taken for a pair of texts by itself


@dataclass(frozen=True)
class Chosen:
    """The columns that are read, by their names in the data; iterating yields the names.

    Attributes:
        text: The column of the texts.
        pair: The column of the second texts; None if there are none.
        labels: The columns of the labels: none, one, or one for each label.
        unused: The columns that have a usual name and are not read, each after what it may contain: "text", "pair" or
            "label".
    """

    text: str
    pair: str | None
    labels: tuple[str, ...]
    unused: tuple[tuple[str, str], ...] = ()

    def __iter__(self) -> Iterator[str]:
        yield from (name for name in (self.text, self.pair, *self.labels) if name is not None)

    def described(self) -> str:
        """Returns the columns as text, e.g. "text 'premise', pair 'hypothesis', label 'label'"."""
        named = [("text", self.text), ("pair", self.pair), *(("label", name) for name in self.labels[:1])]
        more = f" and {len(self.labels) - 1:,} more" if len(self.labels) > 1 else ""
        return ", ".join(f"{what} {name!r}" for what, name in named if name is not None) + more

    def hints(self, why_single: str = "") -> list[str]:
        """Returns a line for each kind of column that is there and not used.

        Args:
            why_single: Why second texts are not read, where no option would change it.

        Returns:
            Lines such as "'pair' is there and not used: --pair_column pair".
        """
        lines = []
        for kind in ("text", "pair", "label"):
            names = [name for what, name in self.unused if what == kind]
            if names:
                option = f"--{kind}_column {shlex.quote(names[0]) if len(names) == 1 else 'NAME'}"
                remedy = why_single if kind == "pair" and why_single else option
                are = "is" if len(names) == 1 else "are"
                lines.append(f"{', '.join(map(repr, names))} {are} there and not used: {remedy}")
        return lines

    def report(self) -> dict[str, Any]:
        """Returns the columns by what they contain, as a JSON object; several columns of labels are a list."""
        label: Any = list(self.labels) if len(self.labels) > 1 else next(iter(self.labels), None)
        return {"text": self.text, "pair": self.pair, "label": label}


@dataclass(frozen=True)
class Columns:
    """The names of the columns to read.

    Attributes:
        text: The column of the texts; None means the first of `TEXT_COLUMNS` that exists.
        pair: The column of the second texts; None means that `pairs` decides.
        label: The column of the labels; None means the first of the usual names that exists. Several names, for
            multi-label data, are columns of 0 and 1, one for each label.
        separator: The separator of labels where one column contains several; None looks for one.
        pairs: Whether rows are pairs of texts, as for a model that takes them: True requires second texts, in the
            column named, in the usual partner of the text's column, or in the column "pair"; False reads none. None
            means that they are if the column is named, or if neither column is named and two exist whose names are a
            usual pair, such as sentence1 and sentence2, and there is no column "text".
        trained: The columns that a model was trained on, taken where they exist and no other is named.
        missing: The strings that mark a missing label; None means `labels.missing.MISSING`.
        label_names: The names of the places in lists of 0 and 1, for multi-label data.

    Raises:
        InputError: `label` is an empty sequence, the separator is empty, two columns are the same, or a column of
            second texts is named where `pairs` is False.
    """

    text: str | None = None
    pair: str | None = None
    label: str | Sequence[str] | None = None
    separator: str | None = None
    pairs: bool | None = None
    trained: Chosen | None = None
    missing: Sequence[str] | None = None
    label_names: Sequence[str] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.label, str | None):
            object.__setattr__(self, "label", tuple(self.label))
        for name in ("missing", "label_names"):
            if (values := getattr(self, name)) is not None:
                object.__setattr__(self, name, tuple(values))
        if self.label == () or self.separator == "":
            raise InputError(
                "a label column and a separator of labels must have a name. "
                f"Received: {self.label!r}, {self.separator!r}"
            )
        if self.pairs is False and self.pair is not None:
            raise InputError(f"single texts have no column of second ones. Received: {self.pair!r}; leave it out")
        named = [name for name in (self.text, self.pair, *self.named_labels) if name is not None]
        twice = next((name for name in named if named.count(name) > 1), None)
        if twice is not None:
            raise InputError(f"text, pair and label are different columns. Received: {twice!r} twice")

    @property
    def named_labels(self) -> tuple[str, ...]:
        """The names of the columns of labels that are given."""
        return () if self.label is None else (self.label,) if isinstance(self.label, str) else tuple(self.label)


def choose(columns: Columns, task: str | None, there: Sequence[str], where: str) -> Chosen:
    """Selects the columns to read.

    Args:
        columns: The names that the user gave.
        task: The task: "single_label", "multi_label" or "regression"; None reads no labels.
        there: The names of the existing columns.
        where: The location of these names, for messages.

    Returns:
        The columns.

    Raises:
        DataError: A column does not exist, or its name is not unique.
    """
    header = Header(there, where)
    text, pair = _texts(columns, header)
    labels = () if task is None else _labels(columns, task, header, (text, pair))
    for name in (text, pair, *labels):
        header.check_unique(name)
    return Chosen(text, pair, labels, tuple(_unused(columns, task, header, Chosen(text, pair, labels))))


def _texts(columns: Columns, header: Header) -> tuple[str, str | None]:
    """Returns the columns of texts and of second texts."""
    labels = columns.named_labels
    if columns.pair is not None:
        pair = header.named(columns.pair, "pair")
        return _text(columns, header, (pair, *labels), header.partner(pair, 0, labels)), pair
    if columns.pairs:
        return _required_pair(columns, header)
    if columns.pairs is None and columns.text is None and header.usual([_FIRST], labels) is None:
        both = next((both for pair in PAIR_COLUMNS if (both := header.both(pair, labels)) is not None), None)
        if both is not None:
            return both
    return _text(columns, header, labels), None


def _required_pair(columns: Columns, header: Header) -> tuple[str, str]:
    labels, trained = columns.named_labels, columns.trained
    if columns.text is None:
        usual = [(_FIRST, PAIR_COLUMN), *PAIR_COLUMNS]
        if trained is not None and trained.pair is not None and {trained.text, trained.pair} <= set(header.there):
            return trained.text, trained.pair
        both = next((both for pair in usual if (both := header.both(pair, labels)) is not None), None)
        if both is not None:
            return both
    text = _text(columns, header, labels)
    trained_pair = None if trained is None or trained.pair in (*labels, text) else trained.pair
    pair = (
        (trained_pair if trained_pair in header.there else None)
        or header.partner(text, 1, labels)
        or header.usual([PAIR_COLUMN], (*labels, text))
    )
    if pair is None:
        raise header.missing(
            f"rows are pairs of texts, and no column has a usual name for those beside {text!r}", "pair"
        )
    return text, pair


def _text(columns: Columns, header: Header, taken: Sequence[str], partner: str | None = None) -> str:
    """Returns the column of texts: the one named, or else the usual partner, that of the training, or a usual one."""
    if columns.text is not None:
        return header.named(columns.text, "text")
    trained = columns.trained.text if columns.trained is not None else None
    found = partner or (trained if trained in header.there and trained not in taken else None)
    found = found or header.usual((*TEXT_COLUMNS, *(first for first, _ in PAIR_COLUMNS)), taken)
    if found is None:
        raise header.missing("no column with a usual name for the text", "text")
    return found


def _labels(columns: Columns, task: str, header: Header, taken: Sequence[str | None]) -> tuple[str, ...]:
    if columns.label is not None:
        return tuple(header.named(name, "label") for name in columns.named_labels)
    trained = columns.trained.labels if columns.trained is not None else ()
    if len(trained) == 1 and trained[0] in header.there and trained[0] not in taken:
        return trained
    found = header.usual(SCORE_COLUMNS if task == "regression" else LABEL_COLUMNS, taken)
    if found is None:
        raise header.missing("no column with a usual name for the label", "label")
    return (found,)


def _unused(columns: Columns, task: str | None, header: Header, chosen: Chosen) -> Iterator[tuple[str, str]]:
    """Yields the columns that are not read although their names are usual ones, after what they may contain."""
    seen: list[str | None] = list(chosen)
    likely: list[tuple[str, Iterable[str]]] = []
    if chosen.pair is None:
        beside = LIKELY_BESIDE_QUESTION if squeezed(chosen.text) == "question" else ()
        likely.append(("pair", (*LIKELY_SECOND, *beside)))
    if columns.text is None:
        likely.append(("text", TEXT_COLUMNS))
    if columns.label is None and task is not None:
        likely.append(("label", LIKELY_LABELS if task != "regression" else (*LIKELY_LABELS, "score")))
    for kind, names in likely:
        while (found := header.usual(names, seen)) is not None:
            seen.append(found)
            yield kind, found
