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
import itertools
import statistics
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from local_servers import served
from loops import Load, closed_loop, connections_for, open_loop
from rich.console import Console
from rich.table import Column, Table
from senders import sender_of

Measured = dict[str, list[Load]]


def main() -> int:
    """Measures, prints a table, and returns the exit status: 1 if a request was not answered."""
    flags = parse()
    texts = read_texts(flags.texts)
    with contextlib.ExitStack() as stack:
        servers = {address: address for address in flags.addresses}
        for export in flags.export:
            servers[export] = stack.enter_context(served(export, flags.model, flags.grpc, flags.serve_flag))
        for address in servers.values():
            warm = asyncio.run(at_clients(address, flags.model, texts, 4, flags.warm_up))
            if not warm.latencies:
                sys.exit(f"{address} answers nothing: {', '.join(warm.errors)[:300]}")
        found = in_turns(flags, texts, servers)
    Console().print(table_of(found, flags))
    errors = sum(
        (load.errors for measured in found.values() for loads in measured.values() for load in loads), Counter()
    )
    for error, count in errors.most_common(5):
        print(f"{count} requests: {error}")
    return int(bool(errors))


def in_turns(flags: argparse.Namespace, texts: Sequence[str], servers: Mapping[str, str]) -> dict[str, Measured]:
    """Loads the servers in turns, level by level; returns the loads of each round by server and level."""
    found: dict[str, Measured] = {name: {} for name in servers}
    for _, clients, (name, address) in itertools.product(range(flags.rounds), flags.clients, servers.items()):
        load = asyncio.run(at_clients(address, flags.model, texts, clients, flags.seconds))
        found[name].setdefault(f"{clients}", []).append(load)
    if flags.open:
        rate = flags.rate or _median_rate(next(iter(found.values()))[f"{flags.clients[-1]}"]) / 2
        for _, (name, address) in itertools.product(range(flags.rounds), servers.items()):
            load = asyncio.run(at_rate(address, flags.model, texts, rate, flags.seconds))
            found[name].setdefault(f"open, {rate:.0f}/s", []).append(load)
    return found


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


def table_of(found: Mapping[str, Measured], flags: argparse.Namespace) -> Table:
    """Returns a table with a line for each level and server, medians over the rounds."""
    columns = ("requests/s", "ratio", "p50, ms", "p99, ms", "errors")
    title = f"{flags.rounds} rounds of {flags.seconds:g} s, medians"
    table = Table("clients", Column("server", overflow="fold"), *columns, title=title)
    first = next(iter(found.values()))
    for level in first:
        for name, measured in found.items():
            loads = measured[level]
            rate = _median_rate(loads)
            times = "" if measured is first else f"{rate / _median_rate(first[level]):.2f}"
            p50, p99 = (f"{statistics.median(load.quantile(q) for load in loads) * 1e3:.1f}" for q in (0.5, 0.99))
            errors = sum(load.errors.total() for load in loads)
            table.add_row(level, name, f"{rate:.0f}", times, p50, p99, str(errors))
        table.add_section()
    return table


def _median_rate(loads: Sequence[Load]) -> float:
    return statistics.median(load.rate for load in loads)


if __name__ == "__main__":
    sys.exit(main())
