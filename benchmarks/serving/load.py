"""Loads one or two servers of a classifier, in turns: requests a second, p50 and p99 by the number of clients.

    python benchmarks/serving/load.py --texts DATA/sst2/dev.tsv http://localhost:8501
    python benchmarks/serving/load.py --texts DATA/sst2/dev.tsv --export saved_models/before saved_models/after
    python benchmarks/serving/load.py --texts DATA/sst2/dev.tsv --open grpc://localhost:8500 grpc://other:8500

Each client sends a sentence, waits for the answer and sends the next. With `--open` half of what the last level reached
is then sent at random times, from which p99 is that of users who do not wait for each other. Server and load share the
machine unless the server is elsewhere: both sides of a comparison pay the same for it.
"""

import argparse
import asyncio
import contextlib
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from local_servers import served
from loops import Load, closed_loop, connections_for, open_loop
from rich.console import Console
from rich.table import Column, Table
from senders import sender_of

Measured = dict[str, list[Load]]
OPEN = "open"


def main() -> int:
    """Measures, prints a table, and returns the exit status: 1 if a request was not answered."""
    flags = parse()
    texts = read_texts(flags.texts)
    with contextlib.ExitStack() as stack:
        addresses = list(flags.addresses)
        for export in flags.export:
            addresses.append(stack.enter_context(served(export, flags.model, flags.grpc, flags.serve_flag)))
        names = [*flags.addresses, *flags.export]
        found: list[Measured] = [{} for _ in addresses]
        for address in addresses:
            asyncio.run(at_clients(address, flags.model, texts, 4, flags.warm_up))
        for _ in range(flags.rounds):
            for address, measured in zip(addresses, found, strict=True):
                for clients in flags.clients:
                    load = asyncio.run(at_clients(address, flags.model, texts, clients, flags.seconds))
                    measured.setdefault(f"{clients}", []).append(load)
        if flags.open:
            rate = flags.rate or statistics.median(load.rate for load in found[0][str(flags.clients[-1])]) / 2
            for _ in range(flags.rounds):
                for address, measured in zip(addresses, found, strict=True):
                    load = asyncio.run(at_rate(address, flags.model, texts, rate, flags.seconds))
                    measured.setdefault(f"{OPEN}, {rate:.0f}/s", []).append(load)
    Console().print(table_of(names, found, flags))
    errors = sum((load.errors for measured in found for loads in measured.values() for load in loads), Counter())
    for error, count in errors.most_common(5):
        print(f"{count} requests: {error}")
    return int(bool(errors))


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("addresses", nargs="*", help="http://HOST:PORT or grpc://HOST:PORT")
    parser.add_argument("--export", nargs="+", default=[], metavar="FOLDER", help="served here by `bert-keras serve`")
    parser.add_argument("--grpc", action="store_true", help="with --export: over gRPC")
    parser.add_argument(
        "--serve_flag", nargs="+", default=[], metavar="FLAG", help="of the server, as in enable_batching"
    )
    parser.add_argument("--texts", required=True, type=Path, help="a sentence a line, the first column of a tsv")
    parser.add_argument("--model", default="demo", help="its name in the server, default %(default)s")
    parser.add_argument("--clients", nargs="+", type=int, default=[1, 8, 32], help="at once, default %(default)s")
    parser.add_argument("--seconds", type=float, default=5, help="of a turn, default %(default)s")
    parser.add_argument("--warm_up", type=float, default=2, help="seconds before the first turn, default %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="of turns, default %(default)s")
    parser.add_argument(
        "--open", action="store_true", help="an open loop too, at half of the first server's saturation"
    )
    parser.add_argument("--rate", type=float, help="with --open: requests a second instead of half of saturation")
    flags = parser.parse_args()
    flags.serve_flag = [f"--{flag}" for flag in flags.serve_flag]
    if not flags.addresses and not flags.export:
        parser.error("name a server's address, or folders with --export")
    return flags


def read_texts(path: Path) -> list[str]:
    """Reads sentences, a line each; of a table its first column, without a header."""
    lines = path.read_text(encoding="utf-8").splitlines()
    texts = [line.partition("\t")[0].strip() for line in (lines[1:] if path.suffix == ".tsv" else lines)]
    return [text for text in texts if text]


async def at_clients(address: str, model: str, texts: Sequence[str], clients: int, seconds: float) -> Load:
    """Runs a closed loop."""
    senders = [sender_of(address, model, texts) for _ in range(clients)]
    try:
        return await closed_loop(senders, seconds)
    finally:
        await asyncio.gather(*(sender.close() for sender in senders))


async def at_rate(address: str, model: str, texts: Sequence[str], rate: float, seconds: float) -> Load:
    """Runs an open loop."""
    senders = [sender_of(address, model, texts) for _ in range(connections_for(rate))]
    try:
        return await open_loop(senders, rate, seconds)
    finally:
        await asyncio.gather(*(sender.close() for sender in senders))


def table_of(names: Sequence[str], found: Sequence[Measured], flags: argparse.Namespace) -> Table:
    """Returns a table with a line for each level and server, medians over the rounds."""
    title = f"{flags.rounds} rounds of {flags.seconds:g} s, medians"
    table = Table(
        "clients",
        Column("server", overflow="fold"),
        "requests/s",
        "ratio",
        "p50, ms",
        "p99, ms",
        "errors",
        title=title,
    )
    for level in found[0]:
        first = _median_rate(found[0][level])
        for name, measured in zip(names, found, strict=True):
            loads = measured[level]
            rate = _median_rate(loads)
            times = "" if measured is found[0] else f"{rate / first:.2f}"
            p50, p99 = (f"{statistics.median(load.quantile(q) for load in loads) * 1e3:.1f}" for q in (0.5, 0.99))
            errors = sum(load.errors.total() for load in loads)
            table.add_row(level, name, f"{rate:.0f}", times, p50, p99, str(errors))
        table.add_section()
    return table


def _median_rate(loads: Sequence[Load]) -> float:
    return statistics.median(load.rate for load in loads)


if __name__ == "__main__":
    sys.exit(main())
