"""The options of `bert-keras slices`."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bert_keras.data.tables.reading import Reading
from bert_keras.errors import InputError

from ..command_line.options import base_option, file_option, model_option, option
from ..command_line.program import Program

LENGTH, LABEL, COLUMN, REGEX = "length", "label", "column:", "regex:"


@dataclass(frozen=True)
class SlicesConfig:
    """Options of a measurement by parts.

    Args:
        model: A classifier: a run (runs/NAME), an exported model, a preset, or a Hugging Face folder with a trained
            head.
        base: For an adapter: the model that it stands over, instead of the one that it names.
        data: The labelled data, in any format that classify reads.
        by: What the rows are divided by: length (words), label (the true one), column:NAME (the values of any column),
            regex:PATTERN (rows whose text has a match; (?i) at its beginning ignores case). Default: length and label.
        text_column: Column with the texts. Default: the first of the usual names (text, sentence, review, ...).
        pair_column: Column with the second texts, for a model of pairs.
        label_column: Column with the labels. Default: the first of the usual names (label, category, intent, ...).
        dialect: How delimited text is quoted: csv, spark, escaped or plain. Default: found in the file.
        separator: The character between the columns of delimited text, e.g. ';' or tab. Default: found in the file.
        values: Maximum number of values shown of a column, the most frequent ones.
        output: A file that the slices are written to as well: .html or .json.
    """

    model: str = model_option()
    data: str | list[str] = file_option()
    by: list[str] | None = option("PART", None)
    base: str | None = base_option()
    text_column: str | None = option("COLUMN", None)
    pair_column: str | None = option("COLUMN", None)
    label_column: str | None = option("COLUMN", None)
    dialect: Literal["csv", "spark", "escaped", "plain"] | None = None
    separator: str | None = option("CHARACTER", None)
    values: int = 20
    output: str | None = option("FILE", None)

    def __post_init__(self) -> None:
        Reading(self.dialect, self.separator)  # which checks its own values
        for by in self.divided_by:
            _check(by)
        if len(set(self.divided_by)) < len(self.divided_by):
            raise InputError(f"--by names the same twice. Received: {' '.join(self.divided_by)}")
        if self.values < 1:
            raise InputError(f"--values must be 1 or more. Received: {self.values}")
        if self.output is not None and Path(self.output).suffix.lower() not in (".html", ".json"):
            raise InputError(f"--output must end with .html or .json. Received: {self.output}")

    @property
    def divided_by(self) -> list[str]:
        """What the rows are divided by."""
        return [LENGTH, LABEL] if self.by is None else self.by

    @property
    def columns(self) -> list[str]:
        """The columns that the rows are divided by."""
        return [by.removeprefix(COLUMN) for by in self.divided_by if by.startswith(COLUMN)]


def _check(by: str) -> None:
    if by in (LENGTH, LABEL) or (by.startswith(COLUMN) and by != COLUMN):
        return
    if not by.startswith(REGEX) or by == REGEX:
        raise InputError(f"--by must be length, label, column:NAME or regex:PATTERN. Received: {by}")
    try:
        re.compile(by.removeprefix(REGEX))
    except re.error as error:
        raise InputError(f"--by: no regular expression ({error}). Received: {by}") from error


PROGRAM = Program(
    name="slices",
    description=(
        "Measures a classifier on parts of labelled data, with intervals, and says which parts are worse or better "
        "than the other rows by more than chance, however many are looked at."
    ),
    config=SlicesConfig,
    groups={
        "model and data": ("model", "base", "data", "by", "text_column", "pair_column", "label_column"),
        "how files are read": ("dialect", "separator"),
        "what is shown and written": ("values", "output"),
    },
    examples=(
        "slices --model runs/reviews --data dev.tsv --by length label",
        r"slices --model runs/reviews --data dev.csv --by column:source 'regex:(?i)\bnot\b' --output slices.html",
    ),
)
