"""Measures token classification, training and prediction from strings, in turns with transformers on PyTorch.

    python benchmarks/tagging_speed.py --data DATA

Both train on the sentences of SQuAD's contexts, whose capitalised words are tagged, in the same steps (16 sentences
grouped by length, padded to the longest), learning rate 5e-5 with linear warm-up and decay, from the default weights,
in float32. PyTorch is a plain loop over `BertForTokenClassification` with sdpa, fused AdamW and clipped gradients, the
labels on first pieces as in the example of transformers. Predicted are entities with their offsets of the same texts:
here by `TokenClassifier.tag` and by an export, there by the pipeline "token-classification" with the strategy "first"
and the batch size that a trial finds fastest, and by its model alone in batches sorted by length.
"""

import argparse
import json
import re
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from default_weights import default_weights
from in_turns import check_same, table_of_turns, take_turns
from peers.protocol import OURS, THEIRS, Worker
from rich.console import Console
from rich.table import Table

ASKED = 1.4  # times transformers
SIZES = (8, 16, 32, 64)
_SENTENCE = re.compile(r"(?<=[.!?]) +(?=[A-Z])")
_WORD = re.compile(r"\w+|[^\w\s]")
console = Console()


def main() -> int:
    """Measures, prints two tables, and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds squad/dev-v2.0.json")
    parser.add_argument("--sentences", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=20, help="of a turn")
    parser.add_argument("--peers", type=Path, default=THEIRS, help="Python of the peers, default %(default)s")
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        rows = write_rows(flags.data / "squad" / "dev-v2.0.json", flags.sentences, folder / "rows.jsonl")
        options = {"model": default_weights(), "rows": rows, "plan": folder / "plan.npz"}
        ours = stack.enter_context(Worker(OURS, "peers.bert_keras_tagging", **options))
        facts = {"ours": ours.ask("facts")}
        theirs = stack.enter_context(Worker(flags.peers, "peers.transformers_tagging", **options))
        facts["theirs"] = theirs.ask("facts")
        check_same(facts)
        for worker in (ours, theirs):  # not counted: the first steps of a process are slow
            worker.ask("steps", count=flags.steps)
        turns = take_turns(ours, theirs, flags.rounds, "steps", count=flags.steps)
        console.print(table_of_turns(turns, facts, f"training, {flags.steps} steps of 16 sentences a turn"))
        for worker in (ours, theirs):
            console.print(f"prediction: {', '.join(worker.ask('prepare', sizes=SIZES)['ways'])}")
        predicted = [(ours.ask("predict"), theirs.ask("predict")) for _ in range(flags.rounds)]
        console.print(table_of_predictions(predicted, flags.sentences))
    return 0


def write_rows(squad: Path, count: int, path: Path) -> Path:
    """Writes sentences as words with tags: a run of capitalised words is an entity, of the type of its first letter."""
    articles = json.loads(squad.read_text(encoding="utf-8"))["data"]
    contexts = (paragraph["context"] for article in articles for paragraph in article["paragraphs"])
    lines: list[str] = []
    for sentence in (sentence for context in contexts for sentence in _SENTENCE.split(context)):
        words, tags = _WORD.findall(sentence), []
        for place, word in enumerate(words):
            inside = place > 0 and word[0].isupper()
            kind = "EARLY" if word[0] < "M" else "LATE"
            goes_on = bool(tags) and tags[-1] != "O"
            tags.append(f"I-{tags[-1][2:]}" if inside and goes_on else f"B-{kind}" if inside else "O")
        lines.append(json.dumps({"tokens": words, "ner_tags": tags}))
        if len(lines) == count:
            break
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def table_of_predictions(turns: list[tuple[dict[str, Any], dict[str, Any]]], rows: int) -> Table:
    """Returns a table with a line for each way, from both answers of each round."""
    seconds = {way: [turn[side][way] for turn in turns] for side in (0, 1) for way in turns[0][side]}
    theirs = list(turns[0][1])
    table = Table("prediction", "texts/s", *(f"times {way}" for way in theirs), title="entities from strings")
    for way, of in seconds.items():
        ratios = (
            statistics.median(slow / fast for fast, slow in zip(of, seconds[other], strict=True)) for other in theirs
        )
        table.add_row(way, f"{rows / statistics.median(of):,.0f}", *(f"{ratio:.2f}" for ratio in ratios))
    table.caption = f"asked: {ASKED} times transformers"
    return table


if __name__ == "__main__":
    sys.exit(main())
