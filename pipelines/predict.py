"""Labels the texts of a file or of standard input with any classifier; writes a JSON object a line, in order."""

import dataclasses
import itertools
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from bert_keras.errors import DataError, InputError
from pipelines.program import errors, run

_CHUNK = 1024  # rows that are sorted by length together; also the delay before the first answers of a file


@dataclass(frozen=True)
class PredictConfig:
    """Options of a prediction.

    Args:
        model: A classifier: a run (runs/NAME), an exported model (saved_models/NAME or a version in it), a preset, a Hugging Face
            folder with a BertForSequenceClassification, or hf://USER/MODEL.
        input: A .tsv or .csv file whose first line names the columns, a .jsonl file of objects with "text" (and "pair"), or any
            other file with a text a line; - is standard input, with a text a line.
        output: Where the answers go; - is standard output.
        text_column: Column of the texts; without it the first that is there of the usual names (text, sentence, review, ...).
        pair_column: Column of second texts.
        batch_size: Rows that go through the model together.
    """

    model: str
    input: str = "-"
    output: str = "-"
    text_column: str | None = None
    pair_column: str | None = None
    batch_size: int = 32

    def __post_init__(self) -> None:
        if self.batch_size <= 0:
            raise InputError(f"--batch_size must be above 0. Received: {self.batch_size}")


def main(config: PredictConfig) -> None:
    """Reads, classifies and writes chunk by chunk."""
    from bert_keras import models, serving
    from bert_keras.atomic import replaced_file
    from pipelines.progress import progress

    rows = _rows(config)
    model = serving.SavedClassifier.find(config.model) or models.TextClassifier.from_preset(config.model, dtype="float32")
    interactive = config.input == "-" and sys.stdin.isatty()
    total = len(rows) if isinstance(rows, list) else None
    with progress(errors) as bar:
        task = bar.add_task("predicting", total=total, note="", visible=not interactive and config.output != "-")

        def write(file: IO[str]) -> None:
            for chunk in _chunks(rows, 1 if interactive else _CHUNK):
                for row, answer in zip(chunk, model.classify([_model_input(row) for row in chunk], config.batch_size), strict=True):
                    file.write(json.dumps(row | dataclasses.asdict(answer), ensure_ascii=False) + "\n")
                file.flush()
                bar.advance(task, len(chunk))

        if config.output == "-":
            sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
            write(sys.stdout)
        elif Path(config.output).exists() and not Path(config.output).is_file():
            with Path(config.output).open("w", encoding="utf-8") as device:  # /dev/null or a pipe must not be replaced
                write(device)
        else:
            with replaced_file(config.output) as aside, aside.open("w", encoding="utf-8", newline="\n") as file:
                write(file)


def _rows(config: PredictConfig) -> list[dict[str, str]] | Iterator[dict[str, str]]:
    """The rows of the input, as dictionaries with `text` and perhaps `pair`."""
    if config.input == "-":
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace", newline="\n")  # type: ignore[union-attr]
        return ({"text": line.removesuffix("\n").removesuffix("\r")} for line in sys.stdin)
    from bert_keras import data

    path = Path(config.input)
    if path.suffix.lower() in (".tsv", ".csv"):
        examples = data.read_examples(path, data.Columns(config.text_column, config.pair_column), labelled=False)
        _say_what_is_missing(examples)
        if examples.pairs is None:
            return [{"text": text} for text in examples.texts]
        return [{"text": text, "pair": pair} for text, pair in zip(examples.texts, examples.pairs, strict=True)]
    lines = data.read_text(path).removesuffix("\n").split("\n")
    if path.suffix.lower() == ".jsonl":
        return [_json_row(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    return [{"text": line.removesuffix("\r")} for line in lines] if lines != [""] else []


def _json_row(path: Path, number: int, line: str) -> dict[str, str]:
    try:
        row = json.loads(line)
        json.dumps(row, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}, line {number}: no valid JSON ({error})") from error
    strings = isinstance(row, dict) and isinstance(row.get("text"), str) and isinstance(row.get("pair", ""), str)
    if not strings:
        raise DataError(f'{path}, line {number}: expected an object with a string "text" (and "pair"). Received: {line:.80}')
    return {name: row[name] for name in ("text", "pair") if name in row}


def _say_what_is_missing(examples: Any) -> None:
    for reason, count in examples.left_out.items():
        errors.print(f"{examples.path}: {count:,} of {examples.rows_read:,} rows left out, {reason}", style="yellow")


def _model_input(row: dict[str, str]) -> Any:
    return (row["text"], row["pair"]) if "pair" in row else row["text"]


def _chunks(rows: Iterable[dict[str, str]], size: int) -> Iterator[list[dict[str, str]]]:
    rows = iter(rows)
    while chunk := list(itertools.islice(rows, size)):
        yield chunk


if __name__ == "__main__":
    run("predict", __doc__, PredictConfig, main)
