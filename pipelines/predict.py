"""Labels texts with any classifier, or answers questions with any reader; writes a JSON object a line, in order."""

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from bert_keras.errors import InputError
from pipelines.predict_input import chunks_of_files, chunks_of_stream
from pipelines.predict_questions import Asked, answers_to, asked_by_hand, asked_in_files, hold_questions, may_hold_questions
from pipelines.program import errors, run

if TYPE_CHECKING:
    from bert_keras.models import Answer, SpanExtractor, TextClassifier
    from bert_keras.models.classify_stream import Row
    from bert_keras.serving import SavedClassifier, SavedExtractor

    Model: TypeAlias = TextClassifier | SpanExtractor | SavedClassifier | SavedExtractor

_STANDARD_INPUT = _STANDARD_OUTPUT = "-"
_json = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True)
class PredictConfig:
    """Options of a prediction.

    Args:
        model: A classifier or a reader: a run (runs/NAME), an exported model (saved_models/NAME or a version in it), a preset, a
            Hugging Face folder with a BertForSequenceClassification or a BertForQuestionAnswering, or hf://USER/MODEL.
        question: For a reader: what to ask about --context; more than one with --question+, or as a list.
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
    question: str | list[str] | None = None
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

    blocks = _blocks_of_lines(config)
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


def _blocks_of_lines(config: PredictConfig) -> Iterator[list[str]]:
    """Opens what is asked and the model, in that order where it can be told what is asked; the rest is done as it is read."""
    if config.question is not None and config.context is not None:
        asked = asked_by_hand(config.question, config.context)
        return _answers(config, _model(config), asked)
    if config.input == _STANDARD_INPUT:
        return _labels(config, _model(config), chunks_of_stream(sys.stdin.buffer))
    if not hold_questions(config.input):
        chunks = _chunks(config)
        model = _model(config)
        return _from_file(config, model) if _is_reader(model) else _labels(config, model, chunks)
    model = _model(config)
    return _from_file(config, model) if _is_reader(model) else _labels(config, model, _chunks(config))


def _chunks(config: PredictConfig) -> "Iterator[list[Row]]":
    from bert_keras import data

    return chunks_of_files(config.input, data.Columns(config.text_column, config.pair_column))


def _model(config: PredictConfig) -> "Model":
    """Loads whatever there is under the model's name."""
    from bert_keras import models, serving

    model = serving.saved_task(config.model) or models.load_task(config.model, dtype="float32")
    if config.null_threshold is not None:
        if not isinstance(model, models.SpanExtractor):
            what = "an export has its own" if _is_reader(model) else "a classifier has none"
            raise InputError(f"{config.model}: leave --null_threshold out, for {what}. Received: {config.null_threshold}")
        model.null_threshold = config.null_threshold
    return model


def _is_reader(model: "Model") -> bool:
    from bert_keras import models, serving

    return isinstance(model, models.SpanExtractor | serving.SavedExtractor)


def _from_file(config: PredictConfig, model: "Model") -> Iterator[list[str]]:
    if not may_hold_questions(config.input):
        raise _no_questions(config)
    return _answers(config, model, asked_in_files(config.input))


def _no_questions(config: PredictConfig) -> InputError:
    return InputError(
        f'{config.model}: answers questions, and there are none; give --question "…" --context FILE, or --input with a .json file as '
        f"SQuAD has it or a .jsonl file of objects with question and context. Received: --input {config.input}"
    )


def _labels(config: PredictConfig, model: "Model", chunks: "Iterable[list[Row]]") -> Iterator[list[str]]:
    from bert_keras import models, serving

    if not isinstance(model, models.TextClassifier | serving.SavedClassifier):
        raise _no_questions(config)
    return ([*_lines(chunk, model.classify(chunk, config.token_budget))] for chunk in chunks)


def _answers(config: PredictConfig, model: "Model", asked: list[Asked]) -> Iterator[list[str]]:
    from bert_keras import models, serving

    if not isinstance(model, models.SpanExtractor | serving.SavedExtractor):
        raise InputError(f"{config.model}: labels texts, and answers no questions; leave --question out, or name a reader")
    return ([_json(said) + "\n"] for said in answers_to(model, asked, config.token_budget))


def _lines(rows: "Iterable[Row]", answers: "Iterable[Answer]") -> Iterator[str]:
    for row, answer in zip(rows, answers, strict=True):
        given: dict[str, Any] = {"text": row} if isinstance(row, str) else {"text": row[0], "pair": row[1]}
        yield _json(given | {name: getattr(answer, name) for name in answer.__slots__}) + "\n"


if __name__ == "__main__":
    run("predict", __doc__, PredictConfig, main)
