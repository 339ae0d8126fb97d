"""Compares model folders of many kinds with the tools that wrote them: token ids, offsets, logits, pipeline outputs.

The tools write small random models, one in each of the ways in which folders differ, and answer from them in a process
of their own (`peers/tool_folders.py` lists the kinds); this process loads the folders and answers. Then it writes each
model back, and the tool answers from what it wrote.
Run: `python benchmarks/checkpoint_exactness.py [--peers .venv-peers/bin/python] [--kinds plain adapter …]`
"""

import argparse
import json
import logging
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from peers.exactness_texts import LONG, PAIRS, TEXTS
from rich.console import Console
from rich.table import Table

from bert_keras import SpanExtractor, TextClassifier, TextEncoder, checkpoints
from bert_keras.checkpoints.bundled import bundled_folder

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "benchmarks" / "peers" / "tool_folders.py"
TOLERANCE = 1e-5
Answers: TypeAlias = dict[str, Any]


def tool(peers: Path, *arguments: str | Path) -> None:
    """Runs the tools' script, and ends the program if it fails."""
    done = subprocess.run([peers, SCRIPT, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{SCRIPT.name} {arguments[0]} failed:\n{done.stderr[-3000:]}")


def load(folder: Path, expected: Answers) -> Any:
    """Loads a folder as what its tool answers as."""
    if "vectors" in expected:
        return TextEncoder.from_preset(str(folder))
    return (SpanExtractor if is_reader(expected) else TextClassifier).from_preset(str(folder))


def is_reader(expected: Answers) -> bool:
    """Returns whether the answers are those of a reader: two rows of logits for each text."""
    return "logits" in expected and isinstance(expected["logits"][0][0], list)


def answer(model: Any, expected: Answers) -> Answers:
    """Answers from one of our models what its tool answered, in the same form."""
    if "vectors" in expected:
        return {"vectors": model.encode([*TEXTS, LONG])}
    if "ids" not in expected:
        rows = model.classify(list(zip(TEXTS, PAIRS, strict=True)))
        return {"scores": [next(iter(row.probabilities.values())) for row in rows]}
    starts, ends = model.preprocessor.tokenizer.tokenize_with_offsets(TEXTS)[1:]
    offsets = [list(map(list, zip(*both, strict=True))) for both in zip(starts.to_list(), ends.to_list(), strict=True)]
    return {"offsets": offsets} | (of_reader(model) if is_reader(expected) else of_classifier(model, expected))


def of_reader(model: SpanExtractor) -> Answers:
    """Returns the ids and the logits of the rows of all texts; each has a single window."""
    inputs = model.preprocessor((PAIRS, TEXTS))
    logits = [np.asarray(model.logits(inputs)[name]) for name in ("start", "end")]
    ids = without_padding(inputs)
    return {
        "ids": ids,
        "logits": [[of[place][: len(row)] for of in logits] for place, row in enumerate(ids)],
    }


def of_classifier(model: TextClassifier, expected: Answers) -> Answers:
    """Returns the ids, the logits and the best label with its probability of each text."""
    texts = [*TEXTS, LONG]
    inputs = model.preprocessor(texts)
    answers = {"ids": without_padding(inputs), "logits": np.asarray(model.logits(inputs))}
    if "labels" in expected:
        found = [max(row.probabilities.items(), key=lambda item: item[1]) for row in model.classify(texts)]
        answers |= {"labels": [label for label, _ in found], "scores": [score for _, score in found]}
    return answers


def without_padding(inputs: dict[str, Any]) -> list[list[int]]:
    """Returns the token ids of each row."""
    ids, mask = (np.asarray(inputs[name]) for name in ("token_ids", "padding_mask"))
    return [row[kept == 1].tolist() for row, kept in zip(ids, mask, strict=True)]


def difference(found: Answers, expected: Answers) -> float:
    """Returns the largest difference of numbers, relative above 1, and infinite if ids, offsets or labels differ.

    A reader's logits outside of the context, where no answer can be, are not compared.
    """
    both = found.keys() & expected.keys()
    if any(found[name] != expected[name] for name in both & {"ids", "offsets", "labels"}):
        return float("inf")
    largest = 0.0
    for name in both & {"logits", "scores", "vectors"}:
        for ours, theirs in zip(found[name], expected[name], strict=True):
            ours, theirs = np.asarray(ours), np.asarray(theirs)
            off = np.where(ours < -1e8, 0, ours - theirs) / np.maximum(1, np.abs(theirs))
            largest = max(largest, float(np.abs(off).max()))
    return largest


def there(folder: Path) -> tuple[Answers, float]:
    """Answers from a folder, and writes the model back beside it; returns our answers and how far they are off."""
    expected = json.loads(folder.with_suffix(".answers.json").read_text(encoding="utf-8"))
    model = load(folder, expected)
    found = answer(model, expected)
    if "ids" in expected:
        checkpoints.save_hugging_face(model, folder.with_suffix(".back"))
    return found, difference(found, expected)


def back(folder: Path, found: Answers) -> float | None:
    """Returns how far the tool's answers from what we wrote back are off ours; `None` if there is no way back."""
    again = folder.with_suffix(".back.json")
    return difference(found, json.loads(again.read_text(encoding="utf-8"))) if again.exists() else None


def main() -> int:
    """Prints a row per kind, and returns the exit status: 1 if one differs by more than the tolerance."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, default=ROOT / ".venv-peers" / "bin" / "python")
    parser.add_argument("--kinds", nargs="+", help="only these kinds")
    arguments = parser.parse_args()
    logging.getLogger("bert_keras").setLevel(logging.ERROR)
    table = Table("kind", "ours from the tool's", "the tool's from ours, written back")
    off = False
    with tempfile.TemporaryDirectory() as name:
        tool(arguments.peers, "write", Path(name), bundled_folder() / "vocab.txt", *(arguments.kinds or ()))
        folders = [path.with_suffix("").with_suffix("") for path in sorted(Path(name).glob("*.answers.json"))]
        found = {folder: there(folder) for folder in folders}
        tool(arguments.peers, "answer", Path(name))
        for folder, (ours, forth) in found.items():
            again = back(folder, ours)
            table.add_row(folder.name, f"{forth:.1e}", "-" if again is None else f"{again:.1e}")
            off |= max(forth, again or 0) > TOLERANCE
    Console().print(table)
    return int(off)


if __name__ == "__main__":
    sys.exit(main())
