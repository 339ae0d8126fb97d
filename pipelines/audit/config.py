"""The options of `bert-keras audit`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bert_keras.data.tables.reading import Reading
from bert_keras.errors import InputError

from ..command_line.folder_names import plain_name
from ..command_line.idle_options import Idle, refuse_all_idle
from ..command_line.options import base_option, file_option, model_option, option
from ..command_line.program import Program
from ..training.config import run_name

_OF_TRAINING = ("epochs", "batch_size", "learning_rate", "seed")


@dataclass(frozen=True)
class AuditConfig:
    """Options of an audit.

    Args:
        train: The labelled data, in any format that classify reads: files, patterns such as 'part-*.csv', folders of
            parts, or TFDS names such as tfds:glue/sst2.
        text_column: Column with the texts. Default: the first of the usual names (text, sentence, review, ...).
        pair_column: Column with the second texts, for tasks on pairs of texts. Default: as classify finds it.
        label_column: Column with the labels. Default: the first of the usual names (label, category, intent, ...).
        missing_labels: What marks a missing label, beside an empty field. Default: NULL, nan, N/A and the like.
        merge_labels: Take labels that differ only in blanks, case, Unicode form or number format as one.
        corrections: A table of an earlier audit with its column filled in; it is applied to the rows first.
        dialect: How delimited text is quoted: csv (quote marks doubled), spark (backslashes within quotes), escaped
            (backslash escapes, no quotes) or plain (neither). Default: found in the file.
        separator: The character between the columns of delimited text, e.g. ';' or tab. Default: found in the file.
        annotators: Which labels count where several people labelled one text: majority (more than half of them), all
            (each a row of its own), or first.
        model: The model whose vectors of the texts are used as they are, or that is trained with --whole_training:
            minilm_l6_en_uncased, a folder (Hugging Face, Google, KerasHub), hf://USER/MODEL, or a name of KerasHub's.
            Not one that was trained on these rows: it has learnt their wrong labels.
        base: For an adapter: the model that it stands over, instead of the one that it names; a folder or another
            MODEL.
        max_length: Maximum number of tokens per row; longer rows are cut. Default: 256, or as many as the model has
            positions for.
        folds: Number of parts of the data; each is judged by a model that learnt from the others.
        whole_training: Train the whole model for each fold, in place of a logistic regression on its vectors. It takes
            as long as that many trainings.
        epochs: With --whole_training, the number of passes over the data.
        batch_size: With --whole_training, the number of rows per step.
        learning_rate: With --whole_training, the peak learning rate.
        seed: With --whole_training, the seed of the order of rows, the weights of the head, and dropout.
        name: Name of the folder in --runs. Default: the name of the training file's folder, and -audit.
        runs: Folder of the runs.
        output: The folder to write into, in place of one in --runs.
        overwrite: Replace the files of an earlier audit, a table with corrections among them.
    """

    train: str | list[str] = file_option()
    text_column: str | None = option("COLUMN", None)
    pair_column: str | None = option("COLUMN", None)
    label_column: str | None = option("COLUMN", None)
    missing_labels: list[str] | None = option("MARK", None)
    merge_labels: bool = False
    corrections: str | None = file_option(None)
    dialect: Literal["csv", "spark", "escaped", "plain"] | None = None
    separator: str | None = option("CHARACTER", None)
    annotators: Literal["majority", "all", "first"] = "majority"
    model: str = model_option("minilm_l6_en_uncased")
    base: str | None = base_option()
    max_length: int | None = None
    folds: int = 5
    whole_training: bool = False
    epochs: int = 3
    batch_size: int = 32
    learning_rate: float = 5e-5
    seed: int = 0
    name: str | None = option("NAME", None)
    runs: str = option("FOLDER", "runs", written="folder")
    output: str | None = option("FOLDER", None, written="folder")
    overwrite: bool = False

    def __post_init__(self) -> None:
        self.reading()
        if self.name is not None:
            plain_name(self.name)
            if self.output is not None:
                raise InputError(f"--output is the folder itself; leave --name out. Received: {self.name}")
        refuse_all_idle(self, IDLE)
        if self.folds < 2:
            raise InputError(f"--folds must be 2 or more. Received: {self.folds}")

    @property
    def folder(self) -> Path:
        """The folder to write into."""
        if self.output is not None:
            return Path(self.output)
        return Path(self.runs, self.name or f"{run_name(self.train)}-audit")

    def reading(self) -> Reading:
        """Returns the choices in how files are read.

        Raises:
            InputError: The separator is not one character.
        """
        return Reading(self.dialect, self.separator, self.annotators)


IDLE = (
    Idle(
        _OF_TRAINING,
        lambda config: not config.whole_training,
        "is of a training, and nothing is trained without --whole_training; add it",
    ),
)

PROGRAM = Program(
    name="audit",
    description=(
        "Finds labels that are probably wrong, equal texts with different labels, outliers and confused labels; writes "
        "a table to correct, which classify --corrections takes, and a page."
    ),
    config=AuditConfig,
    groups={
        "data": (
            "train",
            "text_column",
            "pair_column",
            "label_column",
            "missing_labels",
            "merge_labels",
            "max_length",
            "corrections",
        ),
        "how files are read": ("dialect", "separator", "annotators"),
        "who judges": ("model", "base", "folds", "whole_training", "epochs", "batch_size", "learning_rate", "seed"),
        "what is written": ("name", "runs", "output", "overwrite"),
    },
    examples=(
        "audit --train train.tsv",
        "audit --train train.tsv --whole_training true --output doubts",
        "classify --train train.tsv --dev dev.tsv --corrections runs/reviews-audit/audit.tsv",
    ),
)
