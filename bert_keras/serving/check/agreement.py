"""The check that an export answers as the model does in float32."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.serving.agreement import AGREEMENT_FILE
from bert_keras.serving.check.case import Answer, Case, Signature
from bert_keras.serving.check.report import AGREEMENT, Verdict

LEAST = 0.99
"""The share of rows that must have the answer of float32, below which an export is refused."""
_BATCH = 64
_APART = 0.01  # of the deviation of all numbers, by which two numbers of a regression may differ


@dataclass(frozen=True)
class Agreement:
    """Rows with their answers in float32.

    Attributes:
        cases: The rows as calls; empty if the export holds none.
        wanted: The answers in float32.
        faults: The faults of the file.
    """

    cases: list[Case]
    wanted: list[Any]
    faults: list[str]

    def verdict(self, answers: list[Answer]) -> Verdict:
        """Compares the answers of the calls; at least `LEAST` of them must be those of float32."""
        failed = [answer.fault for answer in answers if answer.outputs is None]
        if self.faults or failed:
            return [*self.faults, *failed], ""
        found = [value for answer in answers for value in answers_of_outputs(answer.outputs or {})]
        same = count_same(found, self.wanted)
        share = same / len(self.wanted)
        told = f"{same:,} of {len(self.wanted):,} answers are those of float32 ({share:.2%})"
        return ([] if share >= LEAST else [f"{told}; at least {LEAST:.0%} are wanted"]), told


def read_agreement(folder: Path, signatures: dict[str, Signature]) -> Agreement | None:
    """Reads the answers in float32 that an export holds; `None` if there are none.

    Args:
        folder: The version's folder.
        signatures: The export's signatures by name.
    """
    path = folder / AGREEMENT_FILE
    if not path.is_file() or "serving_default" not in signatures:
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        rows, wanted = content["rows"], content["answers"]
        if len(rows) != len(wanted) or not rows:
            raise ValueError(f"{len(rows)} rows and {len(wanted)} answers")
        inputs = sorted(signatures["serving_default"].inputs, reverse=True)  # text before pair, question before context
        columns = [rows] if len(inputs) == 1 else [list(column) for column in zip(*rows, strict=True)]
        arrays = [np.array([text.encode() for text in column], object) for column in columns]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return Agreement([], [], [f"{AGREEMENT_FILE} cannot be read: {error}"])
    cases = [
        Case(
            AGREEMENT,
            "serving_default",
            {name: array[first : first + _BATCH] for name, array in zip(inputs, arrays, strict=True)},
        )
        for first in range(0, len(rows), _BATCH)
    ]
    return Agreement(cases, wanted, [])


def answers_of_outputs(outputs: dict[str, np.ndarray]) -> list[Any]:
    """Returns what `bert_keras.serving.agreement` keeps of the rows of a call."""
    if "entities" in outputs:
        rows = zip(*(outputs[name].tolist() for name in ("count", "starts", "ends", "labels")), strict=True)
        return [
            [[start, end, label.decode()] for start, end, label in list(zip(*columns, strict=True))[:count]]
            for count, *columns in rows
        ]
    if "answer" in outputs:
        return np.stack([outputs["start"], outputs["end"]], axis=1).tolist()
    if "label" in outputs:
        return [label.decode() for label in outputs["label"]]
    if "chosen" in outputs:
        return [
            [name.decode() for name in names[chosen]]
            for names, chosen in zip(outputs["labels"], outputs["chosen"], strict=True)
        ]
    return outputs["score"].tolist()


def count_same(found: list[Any], wanted: list[Any]) -> int:
    """Counts equal answers; numbers are equal if they differ by little of the deviation of all."""
    if isinstance(wanted[0], float | int):
        apart = np.abs(np.asarray(found, np.float64) - np.asarray(wanted, np.float64))
        return int((apart <= _APART * max(float(np.std(wanted)), 1e-6)).sum())
    return sum(one == other for one, other in zip(found, wanted, strict=True))
