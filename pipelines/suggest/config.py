"""The options of `bert-keras suggest`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bert_keras.data.tables.reading import Reading
from bert_keras.errors import InputError

from ..command_line.options import base_option, file_option, model_option, option
from ..command_line.program import Program

ALL = "all"
_ENDING = ".tsv"


@dataclass(frozen=True)
class SuggestConfig:
    """Options of suggestions.

    Args:
        input: The rows to choose from: files with columns (csv, tsv, JSON lines, Parquet, xlsx, ...; text also .gz),
            patterns such as 'part-*.csv', folders of parts, TFDS names such as tfds:glue/sst2, or any other file with
            one text per line. A row that has a label there counts as labelled.
        labelled: Files of labelled rows, such as tables of earlier suggestions once they are filled in. Rows whose
            label is blank are left out. Their texts, and nearly the same ones, are not suggested again.
        labels: A file of label names, one a line, each with a description of its texts after a tab if its own words do
            not say it. Rows then have a suggested label from the first round on.
        output: The table to fill in: tab-separated, with the columns label (empty), text, suggested, probability, file
            and line. Classify trains on it once it is filled in; rows that stay empty are left out there.
        count: The number of rows to suggest, or all, which orders all rows without a label by their suggested one.
        overwrite: Replace a table that is there, and with it the labels that somebody filled in.
        model: The model whose vectors the rows are compared by: minilm_l6_en_uncased, a folder of
            sentence-transformers, or hf://USER/MODEL; or a classifier, such as runs/NAME, whose own probabilities then
            take the place of those of a logistic regression on --labelled.
        base: For an adapter: the model that it stands over, instead of the one that it names; a folder or another
            MODEL.
        max_length: Maximum number of tokens of a text; longer ones are cut. Default: the model's.
        text_column: Column with the texts. Default: the first of the usual names (text, sentence, review, ...).
        label_column: Column with the labels. Default: the first of the usual names (label, category, intent, ...).
        missing_labels: What marks a missing label, beside an empty field. Default: NULL, nan, N/A and the like.
        dialect: How delimited text is quoted: csv (quote marks doubled), spark (backslashes within quotes), escaped
            (backslash escapes, no quotes) or plain (neither). Default: found in the file.
        separator: The character between the columns of delimited text, e.g. ';' or tab. Default: found in the file.
        token_budget: Maximum number of tokens per forward pass, padding included.
    """

    input: str | list[str] = file_option()
    output: str = option("FILE.tsv", written="file")
    labelled: str | list[str] | None = file_option(None)
    labels: str | None = file_option(None)
    count: str = option("N|all", "50")
    overwrite: bool = False
    model: str = model_option("minilm_l6_en_uncased")
    base: str | None = base_option()
    max_length: int | None = None
    text_column: str | None = option("COLUMN", None)
    label_column: str | None = option("COLUMN", None)
    missing_labels: list[str] | None = option("MARK", None)
    dialect: Literal["csv", "spark", "escaped", "plain"] | None = None
    separator: str | None = option("CHARACTER", None)
    token_budget: int = 4096

    def __post_init__(self) -> None:
        self.reading()
        if self.count != ALL and not (str(self.count).isdecimal() and int(self.count) >= 1):
            raise InputError(f"--count is a number from 1, or all. Received: {self.count}")
        if self.token_budget < 1:
            raise InputError(f"--token_budget must be 1 or above. Received: {self.token_budget}")
        if Path(self.output).suffix.lower() != _ENDING:
            raise InputError(f"--output ends in {_ENDING}. Received: {self.output}")

    @property
    def rows(self) -> int | None:
        """The number of rows to suggest; `None` means all."""
        return None if self.count == ALL else int(self.count)

    def reading(self) -> Reading:
        """Returns the choices in how files are read.

        Raises:
            InputError: The separator is not one character.
        """
        return Reading(self.dialect, self.separator)


PROGRAM = Program(
    name="suggest",
    description=(
        "Chooses the rows without a label whose label would teach a classifier most, and writes a table to fill in, "
        "which classify trains on; labels rows by the names of labels alone."
    ),
    config=SuggestConfig,
    groups={
        "rows": ("input", "labelled", "labels", "text_column", "label_column", "missing_labels"),
        "how files are read": ("dialect", "separator"),
        "what is written": ("output", "count", "overwrite"),
        "who judges": ("model", "base", "max_length", "token_budget"),
    },
    examples=(
        "suggest --input texts.csv --output first.tsv --count 50",
        "suggest --input texts.csv --labelled first.tsv --output second.tsv --count 50",
        "suggest --input texts.csv --labels names.txt --output labels.tsv --count all",
    ),
)
