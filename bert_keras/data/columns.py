"""Which columns of a table, keys of an object or features of a TFDS data set hold the texts and the labels."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bert_keras.errors import DataError, InputError
from bert_keras.files.messages import listed

# Names of columns that are taken where none is given, in this order; case does not matter.
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
LABEL_COLUMNS = ("label", "category", "intent", "sentiment", "class", "target", "labels")
SCORE_COLUMNS = (*LABEL_COLUMNS, "score")  # of numbers: a score beside a label would be the label's probability


@dataclass(frozen=True)
class Columns:
    """Names of the columns to read; None takes the first that is there of the usual names (pairs: none).

    Attributes:
        text: Of the texts.
        pair: Of the second texts.
        label: Of the labels. Several names, for rows with any number of labels, are columns of 0 and 1, one for each
            label.
        separator: Stands between the labels where one column holds any number of them.

    Raises:
        InputError: Several columns of labels without a name, or an empty separator.
    """

    text: str | None = None
    pair: str | None = None
    label: str | Sequence[str] | None = None
    separator: str = "|"

    def __post_init__(self) -> None:
        if not isinstance(self.label, str | None):
            object.__setattr__(self, "label", tuple(self.label))
        if self.label == () or not self.separator:
            raise InputError(
                f"a label column and a separator of labels must have a name. Received: {self.label!r}, {self.separator!r}"
            )


@dataclass(frozen=True)
class Chosen:
    """The columns that are read, as they are named in the data.

    Attributes:
        text: Of the texts.
        pair: Of the second texts, if there are any.
        labels: Of the labels: none, one, or one for each label.
    """

    text: str
    pair: str | None
    labels: tuple[str, ...]

    def __iter__(self) -> Iterator[str]:
        yield from (name for name in (self.text, self.pair, *self.labels) if name is not None)


def choose(columns: Columns, task: str | None, there: Sequence[str], where: str) -> Chosen:
    """Finds the columns to read.

    Args:
        columns: What the user named.
        task: What labels are: "single_label", "multi_label" or "regression"; None reads none.
        there: The names that are there.
        where: Stands before a message: the file and line of the names.

    Returns:
        The columns.

    Raises:
        DataError: One of them is not there, or more than once.
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
    """A question after the name that may have been meant."""
    names = {column.strip().lower(): column for column in there}
    near = difflib.get_close_matches(name.strip().lower(), names, n=1)
    return f" (did you mean {names[near[0]]!r}?)" if near else ""
