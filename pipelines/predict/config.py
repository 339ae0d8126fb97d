"""The options of `bert-keras predict`."""

import math
from dataclasses import dataclass
from typing import Literal

from bert_keras.data.tables.reading import Reading
from bert_keras.errors import InputError

from ..command_line.idle_options import Idle, refuse_all_idle
from ..command_line.options import base_option, file_option, model_option, option
from ..command_line.program import Program
from ..command_line.text_output import STANDARD_STREAM

OF_COLUMNS = ("text_column", "pair_column", "dialect", "separator")
"""Options of files with columns, which files of questions have not."""
OF_QUESTIONS = "is of texts in columns, and the model reads questions, which have names of their own; leave it out"


@dataclass(frozen=True)
class PredictConfig:
    """Options of a prediction.

    Args:
        model: A classifier, a token classifier, a reader or a masked language model: a run (runs/NAME), an exported
            model (saved_models/NAME or one of its versions), a preset, a folder of transformers, PEFT, KerasHub or
            Google's code with a trained head, or hf://USER/MODEL.
        base: For an adapter: the model that it stands over, instead of the one that it names; a folder or another
            MODEL.
        question: For a reader: one or more questions about --context.
        context: For a reader: a text file of any length that holds the answer.
        input: For a classifier or a token classifier: files with columns (csv, tsv, JSON lines, Parquet, xlsx, ...;
            text also .gz), patterns such as 'part-*.csv', folders of parts, TFDS names such as tfds:glue/sst2:test, or
            any other file with one text per line (.conll and its like: per sentence); - is standard input, one text per
            line. Every row gets an answer, one without text too. For a reader: a .json file in SQuAD format, or a
            .jsonl or Parquet file of objects with question and context. For a masked language model: texts as for a
            classifier, in which each [MASK] is a mask, there alone.
        output: The file that answers are written to; - is standard output. With --engine ray a folder.
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
        across_paragraphs: For a reader that is not exported: whether an answer may run over a blank line or the end of
            a page, instead of what the reader does by itself.
        top: For a masked language model: the number of candidates for each mask. Default: 5; an export has up to 10.
        pair_head: Tell of pairs of texts whether the second follows the first, by the head that pretrain --pairs trains
            and BertForPreTraining has, instead of filling masks.
        token_budget: Maximum number of tokens per forward pass, padding included.
        engine: local, this process, or ray: many processes, here or on a cluster, for files of many rows. The
            output is then a folder with a Parquet file for each block of rows; the same command goes on with a
            prediction that was stopped. A text encoder gives vectors there.
        workers: With --engine ray: the number of processes. Default: one for each GPU, or else for each core.
        cluster: With --engine ray: the address of a cluster, such as auto, HOST:PORT or ray://HOST:PORT. Default:
            this machine.
        block_rows: With --engine ray: the number of rows in a block, which are lost if a process dies and done again.
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
    across_paragraphs: bool | None = None
    top: int | None = None
    pair_head: bool = False
    token_budget: int = 4096
    engine: Literal["local", "ray"] = "local"
    workers: int | None = None
    cluster: str | None = option("ADDRESS", None)
    block_rows: int = 2500

    def __post_init__(self) -> None:
        Reading(self.dialect, self.separator)  # which checks its own values
        refuse_all_idle(self, IDLE)
        if self.null_threshold is not None and math.isnan(self.null_threshold):
            raise InputError(f"--null_threshold must be a number. Received: {self.null_threshold}")
        for name in ("token_budget", "block_rows", "top", "workers"):
            if getattr(self, name) is not None and getattr(self, name) <= 0:
                raise InputError(f"--{name} must be above 0. Received: {getattr(self, name)}")
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
        if self.engine == "ray" and STANDARD_STREAM in (self.input, self.output):
            missing = "--input FILE" if self.input == STANDARD_STREAM else "--output FOLDER"
            raise InputError(f"--engine ray reads files and writes a folder; add {missing}. Received: a stream")


IDLE = (
    Idle(
        OF_COLUMNS,
        lambda config: config.question is not None,
        "is of files with columns, and --question asks about --context; leave it out",
    ),
    Idle(
        ("dialect", "separator"),
        lambda config: config.input == STANDARD_STREAM,
        "is of files with columns; name one with --input",
    ),
    Idle(
        ("workers", "cluster", "block_rows"),
        lambda config: config.engine == "local",
        "is for many processes; add --engine ray",
    ),
)

PROGRAM = Program(
    name="predict",
    description=(
        "Labels texts with any classifier, finds entities with any token classifier, answers questions with any "
        "reader, or fills the masks of texts with any masked language model; writes one JSON object per line, in order."
    ),
    config=PredictConfig,
    groups={
        "model and texts": ("model", "base", "input", "output", "text_column", "pair_column"),
        "how files are read": ("dialect", "separator"),
        "questions": ("question", "context", "null_threshold", "part_words", "across_paragraphs"),
        "models from pre-training": ("top", "pair_head"),
        "speed and memory": ("token_budget",),
        "many processes": ("engine", "workers", "cluster", "block_rows"),
    },
    examples=(
        "predict --model runs/reviews --input reviews.csv --output labelled.jsonl",
        'predict --model minilm_l6_en_squad2 --context report.txt --question "Who wrote it?"',
        "predict --model saved_models/reviews --input 'corpus/*.parquet' --engine ray --output labelled",
    ),
)
