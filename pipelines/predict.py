"""Labels the texts of files or of standard input with any classifier; writes a JSON object a line, in order."""

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from bert_keras.errors import InputError
from pipelines.predict_input import chunks_of_files, chunks_of_stream
from pipelines.program import errors, run

if TYPE_CHECKING:
    from bert_keras.models import Answer
    from bert_keras.models.classify_stream import Row

_STANDARD_INPUT = _STANDARD_OUTPUT = "-"
_json = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True)
class PredictConfig:
    """Options of a prediction.

    Args:
        model: A classifier: a run (runs/NAME), an exported model (saved_models/NAME or a version in it), a preset, a Hugging Face
            folder with a BertForSequenceClassification, or hf://USER/MODEL.
        input: A .tsv or .csv file whose first line names the columns, a .jsonl file of objects, each also with .gz, a TFDS name such
            as tfds:glue/sst2:test, or any other file with a text a line; also a pattern ('part-*.csv') or a list of them. - is
            standard input, with a text a line. Every row gets an answer, one without text too.
        output: Where the answers go; - is standard output.
        text_column: Column of the texts; without it the first that is there of the usual names (text, sentence, review, ...).
        pair_column: Column of second texts; without it that named pair, if there is one.
        token_budget: Most tokens that go through the model together, padding included.
    """

    model: str
    input: str | list[str] = _STANDARD_INPUT
    output: str = _STANDARD_OUTPUT
    text_column: str | None = None
    pair_column: str | None = None
    token_budget: int = 4096

    def __post_init__(self) -> None:
        if self.token_budget <= 0:
            raise InputError(f"--token_budget must be above 0. Received: {self.token_budget}")


def main(config: PredictConfig) -> None:
    """Reads, classifies and writes chunk by chunk."""
    from bert_keras import data, models, serving
    from bert_keras.atomic import replaced_file
    from pipelines.progress import progress

    if config.input == _STANDARD_INPUT:
        chunks = chunks_of_stream(sys.stdin.buffer)
    else:
        chunks = chunks_of_files(config.input, data.Columns(config.text_column, config.pair_column))
    model = serving.SavedClassifier.find(config.model) or models.TextClassifier.from_preset(config.model, dtype="float32")
    interactive = config.input == _STANDARD_INPUT and sys.stdin.isatty()
    with progress(errors) as bar:
        task = bar.add_task("predicting", total=None, note="", visible=not interactive and config.output != _STANDARD_OUTPUT)

        def write(file: IO[str]) -> None:
            for chunk in chunks:
                file.writelines(_lines(chunk, model.classify(chunk, config.token_budget)))
                file.flush()
                bar.advance(task, len(chunk))

        if config.output == _STANDARD_OUTPUT:
            sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
            write(sys.stdout)
        elif Path(config.output).exists() and not Path(config.output).is_file():
            with Path(config.output).open("w", encoding="utf-8") as device:  # /dev/null or a pipe must not be replaced
                write(device)
        else:
            with replaced_file(config.output) as aside, aside.open("w", encoding="utf-8", newline="\n") as file:
                write(file)


def _lines(rows: "Iterable[Row]", answers: "Iterable[Answer]") -> Iterator[str]:
    for row, answer in zip(rows, answers, strict=True):
        given: dict[str, Any] = {"text": row} if isinstance(row, str) else {"text": row[0], "pair": row[1]}
        yield _json(given | {name: getattr(answer, name) for name in answer.__slots__}) + "\n"


if __name__ == "__main__":
    run("predict", __doc__, PredictConfig, main)
