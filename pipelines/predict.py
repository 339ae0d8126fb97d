"""Labels texts with any classifier, or answers questions with any reader; writes a JSON object a line, in order."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from bert_keras.errors import InputError
from pipelines.predict_lines import lines_of_files, lines_of_questions, lines_of_stream
from pipelines.program import errors, run

_STANDARD_INPUT = _STANDARD_OUTPUT = "-"


@dataclass(frozen=True)
class PredictConfig:
    """Options of a prediction.

    Args:
        model: A classifier or a reader: a run (runs/NAME), an exported model (saved_models/NAME or a version in it), a preset, a
            Hugging Face folder with a BertForSequenceClassification or a BertForQuestionAnswering, or hf://USER/MODEL.
        question: For a reader: what to ask about --context, one question or more.
        context: For a reader: a text file that holds the answer, of any length.
        input: For a classifier, a .tsv or .csv file whose first line names the columns, a .jsonl file of objects, each also with
            .gz, a TFDS name such as tfds:glue/sst2:test, or any other file with a text a line; also a pattern ('part-*.csv') or a
            list of them. - is standard input, with a text a line. Every row gets an answer, one without text too. For a reader, a
            .json file as SQuAD has it, or a .jsonl file of objects with question and context.
        output: Where the answers go; - is standard output.
        text_column: Column of the texts; without it the first that is there of the usual names (text, sentence, review, ...).
        pair_column: Column of second texts; without it that named pair, if there is one.
        null_threshold: For a reader that is not exported: no answer is given where the log-odds of "no answer" against the best
            passage are above this, instead of the reader's own threshold. A Hugging Face folder has none, so that there always is
            an answer; of one that was trained on SQuAD 2.0, say 0.
        token_budget: Most tokens that go through the model together, padding included.
    """

    model: str
    question: list[str] | None = field(default=None, metadata={"texts": "QUESTION"})
    context: str | None = None
    input: str | list[str] = _STANDARD_INPUT
    output: str = _STANDARD_OUTPUT
    text_column: str | None = None
    pair_column: str | None = None
    null_threshold: float | None = None
    token_budget: int = 4096

    def __post_init__(self) -> None:
        if self.token_budget <= 0:
            raise InputError(f"--token_budget must be above 0. Received: {self.token_budget}")
        if (self.question is None) != (self.context is None):
            given, missing = ("--context", "--question") if self.question is None else ("--question", "--context")
            raise InputError(f'{given} needs {missing}: ask with --question "…" --context FILE')
        if self.question is not None and self.input != _STANDARD_INPUT:
            raise InputError("--question asks about --context, and --input holds questions of its own; leave one of them out")


def main(config: PredictConfig) -> None:
    """Reads, asks the model and writes, some lines at a time."""
    from bert_keras.atomic import replaced_file
    from pipelines.progress import progress

    blocks = _blocks(config)
    waits = config.question is None and config.input == _STANDARD_INPUT and sys.stdin.isatty()
    with progress(errors) as bar:
        task = bar.add_task("predicting", total=None, note="", visible=not waits and config.output != _STANDARD_OUTPUT)

        def write(file: IO[str]) -> None:
            for lines in blocks:
                file.writelines(lines)
                file.flush()
                bar.advance(task, len(lines))

        if config.output == _STANDARD_OUTPUT:
            sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
            write(sys.stdout)
        elif Path(config.output).exists() and not Path(config.output).is_file():
            with Path(config.output).open("w", encoding="utf-8") as device:  # /dev/null or a pipe must not be replaced
                write(device)
        else:
            with replaced_file(config.output) as aside, aside.open("w", encoding="utf-8", newline="\n") as file:
                write(file)


def _blocks(config: PredictConfig) -> Iterator[list[str]]:
    if config.question is not None and config.context is not None:
        return lines_of_questions(config, config.question, config.context)
    if config.input == _STANDARD_INPUT:
        return lines_of_stream(config, sys.stdin.buffer)
    return lines_of_files(config)


if __name__ == "__main__":
    run("predict", __doc__, PredictConfig, main)
