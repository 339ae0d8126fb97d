"""The answers of a model in float32, kept in its export, so that `check` can say how far the export agrees."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

from bert_keras.classification.answers import Answer, MultiLabel, Regression
from bert_keras.models import SpanExtractor, TextClassifier, TokenClassifier

Row: TypeAlias = str | tuple[str, str]
Answering: TypeAlias = TextClassifier | SpanExtractor | TokenClassifier
AGREEMENT_FILE = Path("assets.extra", "float32_answers.json")


def write_agreement(folder: Path, task: Answering, rows: Sequence[Row]) -> None:
    """Writes rows with their answers in float32 into an export.

    Args:
        folder: The version's folder.
        task: The model, in float32.
        rows: Texts, (text, pair) tuples, or for a span extractor (question, context) tuples.
    """
    path = folder / AGREEMENT_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"rows": list(rows), "answers": answers_in_float32(task, rows)}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def answers_in_float32(task: Answering, rows: Sequence[Row]) -> list[Any]:
    """Returns what the agreement of rows goes by.

    Returns:
        The most probable label, the chosen labels, or the number of each row; for a span extractor the start and the
        end of the answer; for a token classifier the start, the end and the label of each entity.
    """
    if isinstance(task, TokenClassifier):
        of_rows = task.tag([str(row) for row in rows])
        return [[[entity.start, entity.end, entity.label] for entity in entities] for entities in of_rows]
    if isinstance(task, SpanExtractor):
        questions, contexts = (list(column) for column in zip(*rows, strict=True))
        return [[answer.start, answer.end] for answer in task.answer(questions, contexts)]
    return [_kept(answer) for answer in task.classify(list(rows))]


def _kept(answer: Answer) -> Any:
    if isinstance(answer, Regression):
        return answer.score
    return list(answer.labels) if isinstance(answer, MultiLabel) else answer.label
