"""Selection of the columns of a table, keys of an object or features of a TFDS data set to read."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bert_keras.errors import DataError, InputError
from bert_keras.files.messages import listed

TEXT_COLUMNS = (
    "text",
    "sentence",
    "sentence1",
    "premise",
    "question1",
    "review",
    "content",
    "body",
    "question",
    "title",
)
"""The usual names of the column of texts, tried in this order where no name is given; case does not matter."""
LABEL_COLUMNS = ("label", "category", "intent", "sentiment", "class", "target", "labels")
"""The same for the column of labels."""
SCORE_COLUMNS = (*LABEL_COLUMNS, "score")  # only for regression: beside a label, "score" is often its probability


@dataclass(frozen=True)
class Columns:
    """The names of the columns to read.

    Attributes:
        text: The column of the texts; None means the first of `TEXT_COLUMNS` that exists.
        pair: The column of the second texts; None means no second texts.
        label: The column of the labels; None means the first of the usual names that exists. Several names, for
            multi-label data, are columns of 0 and 1, one for each label.
        separator: The separator of labels where one column contains several; None looks for one.
        missing: The strings that mark a missing label; None means `labels.missing.MISSING`.
        label_names: The names of the places in lists of 0 and 1, for multi-label data.

    Raises:
        InputError: `label` is an empty sequence, or the separator is empty.
    """

    text: str | None = None
    pair: str | None = None
    label: str | Sequence[str] | None = None
    separator: str | None = None
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


@dataclass(frozen=True)
class Chosen:
    """The columns that are read, by their names in the data; iterating yields the names.

    Attributes:
        text: The column of the texts.
        pair: The column of the second texts; None if there are none.
        labels: The columns of the labels: none, one, or one for each label.
    """

    text: str
    pair: str | None
    labels: tuple[str, ...]

    def __iter__(self) -> Iterator[str]:
        yield from (name for name in (self.text, self.pair, *self.labels) if name is not None)


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
    text = _find(columns.text, TEXT_COLUMNS, "text", there, where)
    pair = None if columns.pair is None else _find(columns.pair, (), "pair", there, where)
    if task is None:
        return Chosen(text, pair, ())
    if not isinstance(columns.label, str | None):
        return Chosen(text, pair, tuple(_find(name, (), "label", there, where) for name in columns.label))
    usual = SCORE_COLUMNS if task == "regression" else LABEL_COLUMNS
    return Chosen(text, pair, (_find(columns.label, usual, "label", there, where),))


def _find(name: str | None, usual: Sequence[str], what: str, there: Sequence[str], where: str) -> str:
    lowered = [column.strip().lower() for column in there]
    if name is None:
        found = next((there[lowered.index(column)] for column in usual if column in lowered), None)
    else:
        found = name if name in there else None
    if found is None:
        wrong = (
            f"no column with a usual name for the {what}"
            if name is None
            else f"no column {name!r}{_nearest(name, there)}"
        )
        raise DataError(f"{where}: {wrong}. Received: {listed(there)}; name it with --{what}_column")
    if list(there).count(found) > 1:
        raise DataError(f"{where}: the column {found!r} is there more than once. Received: {listed(there)}; rename one")
    return found


def _nearest(name: str, there: Sequence[str]) -> str:
    """Returns a hint at the most similar existing name, or an empty string."""
    names = {column.strip().lower(): column for column in there}
    near = difflib.get_close_matches(name.strip().lower(), names, n=1)
    return f" (did you mean {names[near[0]]!r}?)" if near else ""
