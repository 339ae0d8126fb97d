"""Folders of finished runs, as far as a comparison reads them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TEXTS = ("good", "<b>bad</b>", "[bold]film[/]", "a|b", "שלום", "`x`", "cafe", "two\nlines", "$x$", "last")
LABELS = ("no", "<i>yes</i>")


def write_run(folder: Path, task: str, labels: Sequence[str], answers: Sequence[dict[str, Any]]) -> Path:
    """A run that says `answers` of dev, one for each of `TEXTS`, and the same of test."""
    folder.mkdir(parents=True)
    (folder / "report.json").write_text(json.dumps({"model": {"task": task, "labels": list(labels)}}))
    lines = []
    for split in ("dev", "test"):
        for place, (text, answer) in enumerate(zip(TEXTS, answers, strict=True)):
            lines.append({"split": split, "file": f"{split}.tsv", "line": place + 2, "text": text} | answer)
    (folder / "predictions.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return folder


def one_label(gold: str, predicted: str, labels: Sequence[str] = LABELS) -> list[dict[str, Any]]:
    """Answers of one label a text: true and predicted ones as places in `labels`, e.g. `0110`; each is 0.9 sure."""
    rest = 0.1 / (len(labels) - 1)
    answers = []
    for true, best in zip(gold, predicted, strict=True):
        probabilities = {label: 0.9 if place == int(best) else rest for place, label in enumerate(labels)}
        answers.append(
            {"gold": labels[int(true)], "label": labels[int(best)], "probability": 0.9, "probabilities": probabilities}
        )
    return answers


def many_labels(gold: Sequence[str], predicted: Sequence[str]) -> list[dict[str, Any]]:
    """Answers of any number of the labels a and b, e.g. `("ab", "", ...)`."""
    answers = []
    for true, best in zip(gold, predicted, strict=True):
        probabilities = {label: 0.8 if label in best else 0.3 for label in "ab"}
        answers.append({"gold": list(true), "labels": list(best), "probabilities": probabilities})
    return answers


def numbers(gold: Sequence[float], predicted: Sequence[float]) -> list[dict[str, Any]]:
    """Answers that are numbers."""
    return [{"gold": true, "score": score} for true, score in zip(gold, predicted, strict=True)]
