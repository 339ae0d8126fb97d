"""Measures what explaining a text of 128 tokens costs, all attribution methods and masked words included.

With `--beside FOLDER`, a checkout of another version, both versions are measured in turns, each in its own process, so
that a machine that gets slower slows both. The seconds are of the processor, which depend least on what else runs.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

SENTENCES = (
    "The kettle heats up within two minutes and the handle stays cool.",
    "I was afraid that the lid would rattle, but it closes firmly.",
    "The colour is not what the picture shows, and the cord is far too short for our kitchen.",
    "Two of the three filters were broken, and nobody answered my letters for weeks.",
    "Still, my mother likes it, and she has never liked a kettle before.",
    "For the price I would not buy it again.",
)
PARTS = ("raw", "rollout", "gradient", "norm", "integrated_gradients", "all methods", "record")
MOST = 0.3


def main() -> int:
    """Measures and prints a table; with `--beside`, the status is 1 if this version takes over 0.3 of the other's."""
    flags = _parse()
    if flags.part:
        print(json.dumps(_measure(flags)))
        return 0
    here, there = Path(__file__).parents[1], flags.beside
    turns: dict[str, list[dict[str, float]]] = {"here": [], "beside": []}
    for turn in range(flags.rounds):
        sides = [("here", here), ("beside", there)]
        for side, folder in sides if turn % 2 else sides[::-1]:
            if folder is not None:
                turns[side].append(_in_process(flags, folder))
    medians = {
        side: {part: statistics.median(each[part] for each in of) for part in of[0]} for side, of in turns.items() if of
    }
    Console().print(_table(medians, turns))
    if there is None:
        return 0
    return int(medians["here"]["all methods"] > MOST * medians["beside"]["all methods"])


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--model", default="minilm_l6_en_uncased", help="a preset; without a head, one of random weights"
    )
    parser.add_argument("--beside", type=Path, help="a checkout of another version")
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--part", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _in_process(flags: argparse.Namespace, folder: Path) -> dict[str, float]:
    """Measures a version in a process of its own."""
    command = [sys.executable, __file__, "--part", "--model", flags.model, "--tokens", str(flags.tokens)]
    environment = os.environ | {"PYTHONPATH": str(folder), "TF_CPP_MIN_LOG_LEVEL": "3"}
    made = subprocess.run(command, env=environment, cwd=folder, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(made.stdout.splitlines()[-1])
    return found


def _measure(flags: argparse.Namespace) -> dict[str, float]:
    import bert_keras

    insight = bert_keras.insight
    known = {} if Path(flags.model).exists() else {"labels": ["bad", "good"]}
    model = bert_keras.TextClassifier.from_preset(flags.model, **known)
    seen = insight.attention(model, _text(model, flags.tokens))
    target = insight.target_of(seen)
    work: dict[str, Callable[[], Any]] = {
        name: lambda name=name: insight.attributions(seen, target, [name]) for name in PARTS[:5]
    }
    work["all methods"] = lambda: insight.attributions(seen, target)
    work["record"] = lambda: insight.make_record(seen, name="text")
    work["record"]()  # whatever is done once, in both versions
    return {"tokens": float(len(seen.tokens))} | {name: _seconds(run) for name, run in work.items()}


def _seconds(run: Callable[[], Any]) -> float:
    begin = time.process_time()
    run()
    return time.process_time() - begin


def _text(model: Any, tokens: int) -> str:
    """Returns a text of at most that many tokens, special ones included."""
    words = " ".join(SENTENCES * (1 + tokens // 64)).split()
    count = len(words)
    while len(model.preprocessor.tokenizer([" ".join(words[:count])])[0]) > tokens - 2:
        count -= 1
    return " ".join(words[:count])


def _table(medians: dict[str, dict[str, float]], turns: dict[str, list[dict[str, float]]]) -> Table:
    title = f"processor seconds for {medians['here']['tokens']:.0f} tokens, medians of {len(turns['here'])}"
    table = Table(title=title, caption="record: all methods, the words masked and the labels compared")
    for name in ("", *medians, *(["of the other"] if "beside" in medians else [])):
        table.add_column(name)
    for part in PARTS:
        seconds = [of[part] for of in medians.values()]
        share = [f"{seconds[0] / seconds[1]:.2f}"] if len(seconds) > 1 else []
        table.add_row(part, *(f"{value:.2f}" for value in seconds), *share)
    return table


if __name__ == "__main__":
    sys.exit(main())
