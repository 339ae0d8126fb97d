"""The options of `bert-keras slices`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bert_keras.auditing.divisions import LABEL, LENGTH, check_divisions
from bert_keras.data.tables.reading import Reading
from bert_keras.errors import InputError

from ..command_line.options import base_option, file_option, model_option, option
from ..command_line.program import Program


@dataclass(frozen=True)
class SlicesConfig:
    """Options of a measurement by parts.

    Args:
        model: A classifier: a run (runs/NAME), an exported model, a preset, or a Hugging Face folder with a trained
            head.
        base: For an adapter: the model that it stands over, instead of the one that it names.
        data: The labelled data, in any format that classify reads.
        by: What the rows are divided by: length (words), label (the true one), column:NAME (the values of any column),
            regex:PATTERN (rows whose text has a match; (?i) at its beginning ignores case), cluster or cluster:NUMBER
            (rows that are alike to the model, named by the words that set them apart). Default: length and label.
        text_column: Column with the texts. Default: the first of the usual names (text, sentence, review, ...).
        pair_column: Column with the second texts, for a model of pairs.
        label_column: Column with the labels. Default: the first of the usual names (label, category, intent, ...).
        dialect: How delimited text is quoted: csv, spark, escaped or plain. Default: found in the file.
        separator: The character between the columns of delimited text, e.g. ';' or tab. Default: found in the file.
        values: Maximum number of values shown of a column, the most frequent ones.
        output: A file that the slices are written to as well: .html or .json. A run keeps them too, for compare.
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
    output: str | None = option("FILE", None, written="file")

    def __post_init__(self) -> None:
        Reading(self.dialect, self.separator)  # which checks its own values
        check_divisions("--by", self.divided_by)
        if self.values < 1:
            raise InputError(f"--values must be 1 or more. Received: {self.values}")
        if self.output is not None and Path(self.output).suffix.lower() not in (".html", ".json"):
            raise InputError(f"--output must end with .html or .json. Received: {self.output}")

    @property
    def divided_by(self) -> list[str]:
        """What the rows are divided by."""
        return [LENGTH, LABEL] if self.by is None else self.by


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
        "slices --model runs/reviews --data dev.tsv --by length label cluster",
        r"slices --model runs/reviews --data dev.csv --by column:source 'regex:(?i)\bnot\b' --output slices.html",
    ),
)
