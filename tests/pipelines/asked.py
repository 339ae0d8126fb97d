"""Tiny questions: which odd word stands in a text, and none where it does not."""

import json
from pathlib import Path
from typing import Any

import numpy as np

_ODD_WORDS = (
    "[/]",
    "[bold]",
    ":smile:",
    "../x",
    '{"a":1}',
    "[SEP]",
    "$x$",
    "é",
    "a",
    "the",
    "film",
    "was",
    ".",
    "2",
    "東京",
    "\U0001f600",
)
_LONG = 60  # words: more than a window holds
# Enough to learn which word is meant.
_RECIPE = ("--epochs", "3", "--batch_size", "8", "--learning_rate", "5e-3", "--max_length", "32", "--seed", "5")
READER_FLAGS = (*_RECIPE, "--probes", "0")  # probes take as long as such a training


def squad(count: int, seed: int, unanswerable: bool = True) -> dict[str, Any]:
    """A parsed SQuAD file: each text asks what is good in it; some have "good" as their answer, some nothing."""
    random = np.random.default_rng(seed)
    paragraphs = []
    for number in range(count):
        words = list(random.choice(_ODD_WORDS, _LONG if number % 10 == 9 else random.integers(3, 12)))
        answers = []
        if number % 3 or not unanswerable:
            place = int(random.integers(0, len(words) + 1))
            words.insert(place, "good")
            answers = [{"text": "good", "answer_start": len(" ".join(words[:place])) + bool(place)}]
        entry: dict[str, Any] = {"id": f"{seed}-{number}", "question": "what is it ?", "answers": answers}
        if unanswerable:
            entry["is_impossible"] = not answers
        paragraphs.append({"context": " ".join(words), "qas": [entry]})
    half = count // 2
    data = [
        {"title": "[b]First[/b]", "paragraphs": paragraphs[:half]},
        {"title": "Second", "paragraphs": paragraphs[half:]},
    ]
    return {"version": "v2.0" if unanswerable else "1.1", "data": data}


def write_squad(path: Path, content: dict[str, Any]) -> Path:
    """Writes a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def questions(content: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Id, context and entry of each question, in order."""
    paragraphs = [paragraph for article in content["data"] for paragraph in article["paragraphs"]]
    return [(entry["id"], paragraph["context"], entry) for paragraph in paragraphs for entry in paragraph["qas"]]
