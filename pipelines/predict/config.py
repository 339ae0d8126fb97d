"""The options of `bert-keras predict`."""

import math
from dataclasses import dataclass
from typing import Literal

from bert_keras.data.tables.reading import Reading
from bert_keras.errors import InputError

from ..command_line.options import base_option, file_option, model_option, option
from ..command_line.program import Program
from ..command_line.text_output import STANDARD_STREAM


@dataclass(frozen=True)
class PredictConfig:
    """Options of a prediction.

    Args:
        model: A classifier, a token classifier or a reader: a run (runs/NAME), an exported model (saved_models/NAME or
            one of its versions), a preset, a folder of transformers, PEFT, KerasHub or Google's code with a trained
            head, or hf://USER/MODEL.
        base: For an adapter: the model that it stands over, instead of the one that it names; a folder or another
            MODEL.
        question: For a reader: one or more questions about --context.
        context: For a reader: a text file of any length that holds the answer.
        input: For a classifier or a token classifier: files with columns (csv, tsv, JSON lines, Parquet, xlsx, ...;
            text also .gz), patterns such as 'part-*.csv', folders of parts, TFDS names such as tfds:glue/sst2:test, or
            any other file with one text per line; - is standard input, one text per line. Every row gets an answer, one
            without text too. For a reader: a .json file in SQuAD format, or a .jsonl or Parquet file of objects with
            question and context.
        output: The file that answers are written to; - is standard output.
        text_column: Column with the texts. Default: the first of the usual names (text, sentence, review, ...).
        pair_column: Column with the second texts, for a model of pairs. Default: the usual partner of the column of
            texts (sentence2, hypothesis, question2, ...), or pair. A model of single texts reads none.
        dialect: How delimited text is quoted: csv (quote marks doubled), spark (backslashes within quotes), escaped
            (backslash escapes, no quotes) or plain (neither). Default: found in the file.
        separator: The character between the columns of delimited text, e.g. ';' or tab. Default: found in the file.
        null_threshold: For a reader that is not exported: log-odds of "no answer" against the best span above which
            no answer is given, instead of the reader's own threshold. A Hugging Face folder has none and always
            answers; for one trained on SQuAD 2.0, give 0.
        part_words: For a reader that is not exported: whether an answer may begin and end within a word, instead of
            what the reader does by itself.
        token_budget: Maximum number of tokens per forward pass, padding included.
    """

    model: str = model_option()
    base: str | None = base_option()
    question: list[str] | None = option("QUESTION", None)
    context: str | None = file_option(None)
    input: str | list[str] = file_option(STANDARD_STREAM)
    output: str = option("FILE", STANDARD_STREAM)
    text_column: str | None = option("COLUMN", None)
    pair_column: str | None = option("COLUMN", None)
    dialect: Literal["csv", "spark", "escaped", "plain"] | None = None
    separator: str | None = option("CHARACTER", None)
    null_threshold: float | None = None
    part_words: bool | None = None
    token_budget: int = 4096

    def __post_init__(self) -> None:
        Reading(self.dialect, self.separator)  # which checks its own values
        if self.null_threshold is not None and math.isnan(self.null_threshold):
            raise InputError(f"--null_threshold must be a number. Received: {self.null_threshold}")
        if self.token_budget <= 0:
            raise InputError(f"--token_budget must be above 0. Received: {self.token_budget}")
        if (self.question is None) != (self.context is None):
            given, missing = ("--context", "--question") if self.question is None else ("--question", "--context")
            raise InputError(f'{given} needs {missing}: ask with --question "…" --context FILE')
        if self.input == STANDARD_STREAM and (self.text_column or self.pair_column):
            raise InputError(
                "standard input has a text per line, and no columns; name a file with --input. "
                f"Received: the column {self.text_column or self.pair_column}"
            )
        if self.question is not None and self.input != STANDARD_STREAM:
            raise InputError(
                "--question asks about --context, and --input holds questions of its own; leave one of them out"
            )


PROGRAM = Program(
    name="predict",
    description=(
        "Labels texts with any classifier, answers questions with any reader, or finds entities with any token "
        "classifier; writes one JSON object per line, in order."
    ),
    config=PredictConfig,
    groups={
        "model and texts": ("model", "base", "input", "output", "text_column", "pair_column"),
        "how files are read": ("dialect", "separator"),
        "questions": ("question", "context", "null_threshold", "part_words"),
        "speed and memory": ("token_budget",),
    },
    examples=(
        "predict --model runs/reviews --input reviews.csv --output labelled.jsonl",
        'predict --model minilm_l6_en_squad2 --context report.txt --question "Who wrote it?"',
    ),
)
