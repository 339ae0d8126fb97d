"""Measures masked language modelling of MiniLM beside transformers' example on PyTorch: speed, memory, loss.

Both sides begin with the same weights (MiniLM under a fresh head), train on the same full rows in the same steps, mask
15 % of the tokens anew in each, and take turns of some steps. The peer is BertForMaskedLM under
DataCollatorForLanguageModeling with fused AdamW; a row is one text to it, as in transformers' example, while here texts
that share a row are kept apart. The loss is that of the same masked tokens of held-out texts, after all turns.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from in_turns import Turns, take_turns
from peers.protocol import OURS, THEIRS, Worker
from rich.console import Console
from rich.table import Table

RATE = 2e-4
FASTER, LIGHTER = 1.4, 0.8  # what is asked: tokens per second, and peak memory


def main() -> int:
    """Trains both in turns, prints a table, and returns the exit status: 1 if less is reached than asked."""
    flags = parse()
    with tempfile.TemporaryDirectory() as name:
        shared = {"folder": Path(name), "precision": flags.precision, "rate": RATE}
        with Worker(OURS, "peers.bert_keras_pretraining", texts=flags.texts, tokens=flags.tokens, **shared) as ours:
            facts = ours.ask("facts")
            ours.ask("plan")
            with Worker(flags.peers, "peers.pytorch_pretraining", **shared) as theirs:
                for worker in (ours, theirs):  # not counted: the first steps of a process are slow
                    worker.ask("steps", count=2)
                turns = take_turns(ours, theirs, flags.rounds, "steps", count=flags.steps)
                memory = [worker.ask("memory")["highest"] / 10**9 for worker in (ours, theirs)]
                losses = [worker.ask("loss")["loss"] for worker in (ours, theirs)]
    rates = {of: ratio_of(turns, of) for of in ("seconds", "cpu")}
    ratio = rates["seconds"][2]
    Console().print(table_of(flags, rates, memory, losses))
    Console().print(f"{facts['rows']:,} rows, {facts['steps']:,} steps an epoch; {facts['precision']}")
    return int(ratio < FASTER or memory[0] > LIGHTER * memory[1] or losses[0] > losses[1])


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", required=True, type=Path, help="a table with a column of texts")
    parser.add_argument("--tokens", type=int, default=128, help="tokens of a row, default %(default)s")
    parser.add_argument("--steps", type=int, default=10, help="steps of a turn, default %(default)s")
    parser.add_argument("--rounds", type=int, default=8, help="turns of each side, default %(default)s")
    parser.add_argument("--precision", default="float32", choices=("float32", "bfloat16"))
    parser.add_argument("--peers", type=Path, default=THEIRS, help="Python of the peers, default %(default)s")
    return parser.parse_args()


def ratio_of(turns: Turns, of: str) -> tuple[float, float, float]:
    """Returns the median tokens per second of both sides, by the clock or by the processor's, and of their ratios."""
    rates = [[turn[side]["tokens"] / turn[side][of] for turn in turns] for side in (0, 1)]
    ratio = statistics.median(one / other for one, other in zip(*rates, strict=True))
    return statistics.median(rates[0]), statistics.median(rates[1]), ratio


def table_of(
    flags: argparse.Namespace, rates: dict[str, tuple[float, float, float]], memory: list[float], losses: list[float]
) -> Table:
    """Returns a table of what was measured."""
    title = f"masked language modelling, {flags.precision}, rows of {flags.tokens} tokens, {flags.rounds} turns"
    table = Table("", "ours", "PyTorch", "ratio", "asked", title=title)
    for name, of in (("tokens/s", "seconds"), ("tokens/s of processor time", "cpu")):
        ours, theirs, ratio = rates[of]
        table.add_row(name, f"{ours:,.0f}", f"{theirs:,.0f}", f"{ratio:.2f}", f"{FASTER} or more")
    table.add_row(
        "peak memory, GB", *(f"{of:.2f}" for of in memory), f"{memory[0] / memory[1]:.2f}", f"{LIGHTER} or less"
    )
    table.add_row("loss, held out", *(f"{of:.3f}" for of in losses), "", "no higher")
    return table


if __name__ == "__main__":
    sys.exit(main())
