"""Trains with two workers on one machine, in turns with one process that has all its cores as lanes.

On two cores nothing can be gained: what it shows is what the sums of the gradients cost. From that it computes the time
of a step for more machines, by the bytes that each of N workers sends in a step and the speed of a network.
"""

import argparse
import contextlib
import multiprocessing
import socket
import statistics
import sys
import time
from typing import Any

import numpy as np
from peers.protocol import OURS, Worker
from rich.console import Console
from rich.table import Table

from bert_keras.workers import Cluster, join

# Tokens of a row (0: lengths like those of SST-2), rows of a step, and the format of gradients.
CASES = ((0, 32, "float32"), (0, 256, "float32"), (128, 32, "float32"), (128, 32, "bfloat16"))
_SIMULATED = (2, 4, 8, 16, 32, 64)
_NETWORKS = (1, 10, 100)  # Gbit/s
_FLOATS = 10_800_000  # of MiniLM's dense weights


def main() -> int:
    """Measures, and prints the tables."""
    flags, console = parse(), Console(soft_wrap=True)
    table = Table(
        "tokens", "rows", "gradients", "one process\nexamples/s", "two workers\nexamples/s", "ratio", "MB a step"
    )
    fastest = speed_of_sums()
    for tokens, batch_size, gradient_type in CASES[: flags.cases]:
        alone, together, sent = measured(flags, tokens, batch_size, gradient_type)
        ratio = statistics.median(two / one for one, two in zip(alone, together, strict=True))
        speeds = [f"{statistics.median(of):.1f}" for of in (alone, together)]
        table.add_row(
            str(tokens or "SST-2"), str(batch_size), gradient_type, *speeds, f"{ratio:.2f}", f"{sent / 1e6:.1f}"
        )
        if tokens and gradient_type == "float32":
            console.print(
                simulated(batch_size / statistics.median(alone), sent, fastest, f"{batch_size} rows of {tokens} tokens")
            )
    console.print(table)
    return 0


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="minilm_l6_en_uncased", help="what to start from, default %(default)s")
    parser.add_argument("--precision", default="float32", choices=("float32", "bfloat16"), help="default %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="default %(default)s")
    parser.add_argument("--steps", type=int, default=10, help="of each side in a round, default %(default)s")
    parser.add_argument("--cases", type=int, default=len(CASES), help="how many of the cases, default all")
    return parser.parse_args()


def measured(
    flags: argparse.Namespace, tokens: int, batch_size: int, gradient_type: str
) -> tuple[list[float], list[float], float]:
    """Returns the examples per second of both sides in each round, and the bytes that a worker sends in a step."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    given: dict[str, Any] = {
        "model": flags.model,
        "tokens": tokens,
        "batch_size": batch_size,
        "precision": flags.precision,
        "gradient_type": gradient_type,
    }

    def started(rank: int, count: int) -> Worker:
        return Worker(OURS, "peers.bert_keras_worker", rank=rank, count=count, port=port, **given)

    with contextlib.ExitStack() as stack:
        alone, first, _ = (stack.enter_context(started(*place)) for place in ((0, 1), (0, 2), (1, 2)))
        sides = (alone, first)
        for side in sides:  # not counted: the first steps of a process are slow
            side.ask("steps", count=3)
        before = first.ask("sent")["bytes"]
        turns = [[side.ask("steps", count=flags.steps) for side in sides] for _ in range(flags.rounds)]
        sent = (first.ask("sent")["bytes"] - before) / (flags.rounds * flags.steps)
    speeds = [[turn["rows"] / turn["seconds"] for turn in of] for of in zip(*turns, strict=True)]
    return speeds[0], speeds[1], sent


def speed_of_sums() -> float:
    """Returns the bits that two processes of this machine send each other a second while they sum an array."""
    listener = socket.create_server(("127.0.0.1", 0))
    addresses = (f"127.0.0.1:{listener.getsockname()[1]}", "127.0.0.1:0")
    other = multiprocessing.get_context("fork").Process(target=_sum, args=(addresses, 1, None))
    other.start()
    seconds = _sum(addresses, 0, listener)
    other.join()
    return 32 * _FLOATS / seconds


def _sum(addresses: tuple[str, ...], rank: int, listener: socket.socket | None) -> float:
    workers = join(Cluster(addresses, rank), 60, listener)
    values, times = np.ones(_FLOATS, np.float32), []
    for _ in range(10):
        begin = time.perf_counter()
        workers.summed(values)
        times.append(time.perf_counter() - begin)
    workers.mesh.leave()
    return statistics.median(times)


def simulated(seconds: float, sent: float, fastest: float, what: str) -> Table:
    """Returns the computed speed-up of machines like this one over one of them, each with the rows of a step.

    Args:
        seconds: The time of a step of one machine that trains alone.
        sent: The bytes that each of two workers sends in a step.
        fastest: The bits a second at which a worker sends and sums, however fast the network is.
        what: The rows of a step.
    """
    title = f"{what} each, {seconds:.2f} s a step alone; sums take {fastest / 1e9:.1f} Gbit/s at most"
    table = Table("machines", "MB sent a step", *(f"{speed} Gbit/s" for speed in _NETWORKS), title=title)
    for count in _SIMULATED:
        of_step = sent * 2 * (count - 1) / count  # two workers send the size of the gradients once
        cells = [
            f"{count * seconds / (seconds + of_step * 8 / min(speed * 1e9, fastest)):.1f} x" for speed in _NETWORKS
        ]
        table.add_row(str(count), f"{of_step / 1e6:.0f}", *cells)
    return table


if __name__ == "__main__":
    sys.exit(main())
