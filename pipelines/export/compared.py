"""The rows whose answers in float32 an export keeps."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bert_keras import data
from bert_keras.errors import InputError

from ..console.consoles import console
from ..inputs.model_columns import ModelColumns
from ..inputs.questions import asked_in_files
from ..inputs.rows import chunks_of_files
from .config import ExportConfig

if TYPE_CHECKING:
    from bert_keras.serving.agreement import Answering, Row
    from bert_keras.serving.saved_model import Exported

MOST_OF_A_RUN = 500


def rows_compared(config: ExportConfig, model: "Exported", precision: str) -> "list[Row]":
    """Returns the rows of the file that is named, or for bfloat16 the dev rows of a run.

    Raises:
        InputError: The file has no rows.
        DataError: The file cannot be read.
    """
    from bert_keras.models import MaskedLM, TextEncoder

    gives = {TextEncoder: "vectors", MaskedLM: "several candidates"}.get(type(model))
    if gives is not None:
        if config.compare:
            raise InputError(
                f"rows are compared by their answers, and the model gives {gives}; leave --compare out. Received: "
                f"{config.compare}"
            )
        return []
    rows = list(_rows_of_file(config, model) if config.compare else ())
    if config.compare and not rows:
        raise InputError(f"{config.compare}: there are no rows to compare; name a file with texts")
    if not rows and precision != "float32":
        rows = list(itertools.islice(_rows_of_run(Path(config.model, "predictions.jsonl")), MOST_OF_A_RUN))
        if not rows:
            console.print("its answers are not compared with those of float32: name texts with --compare FILE")
    return rows


def _rows_of_file(config: ExportConfig, model: "Answering") -> "Iterator[Row]":
    from bert_keras.models import SpanExtractor

    assert config.compare is not None
    if isinstance(model, SpanExtractor):
        yield from ((asked.question, asked.context) for asked in asked_in_files(config.compare))
        return
    columns = ModelColumns(config.model, getattr(model, "pairs", False), data.Columns(None, None), console.print)
    for chunk in chunks_of_files(config.compare, columns):
        yield from chunk


def _rows_of_run(predictions: Path) -> "Iterator[Row]":
    """Yields the dev rows of the run of a classifier or a token classifier; a reader's predictions hold no contexts."""
    if not predictions.is_file():
        return
    with predictions.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row.get("split") == "dev" and isinstance(row.get("text"), str):
                yield (row["text"], row["pair"]) if row.get("pair") is not None else row["text"]
