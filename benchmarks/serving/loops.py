"""The two ways to load a server: clients that wait for their answers, and arrivals that do not."""

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from senders import Sender

_MOST_CONNECTIONS = 256


@dataclass
class Load:
    """What a load measured.

    Attributes:
        seconds: How long it ran.
        latencies: The seconds of each request that was answered.
        errors: What went wrong, and how often.
    """

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """The answers a second."""
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """The seconds within which that share of the requests was answered."""
        ordered = sorted(self.latencies)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else float("nan")


async def closed_loop(senders: Sequence[Sender], seconds: float) -> Load:
    """Has each client send its next request as soon as the last one is answered.

    Args:
        senders: A connection for each client.
        seconds: How long.

    Returns:
        What was measured.
    """
    load, numbers = Load(), itertools.count()
    begun = time.perf_counter()

    async def client(sender: Sender) -> None:
        while time.perf_counter() < begun + seconds:
            await _timed(sender, next(numbers), time.perf_counter(), load)

    await asyncio.gather(*map(client, senders))
    load.seconds = time.perf_counter() - begun
    return load


async def open_loop(senders: Sequence[Sender], rate: float, seconds: float, seed: int = 0) -> Load:
    """Sends requests at random times, whether or not earlier ones are answered, as many users do.

    A request's time counts from the moment at which it was due, so that one that had to wait for a connection counts
    with its waiting.

    Args:
        senders: Connections; the more, the fewer requests wait for one.
        rate: The requests a second.
        seconds: How long.
        seed: The seed of the times.

    Returns:
        What was measured.
    """
    load, arrivals, free = Load(), random.Random(seed), asyncio.Queue[Sender]()
    for sender in senders:
        free.put_nowait(sender)
    begun = time.perf_counter()

    async def request(number: int, due: float) -> None:
        sender = await free.get()
        await _timed(sender, number, due, load)
        free.put_nowait(sender)

    tasks, due = [], begun
    for number in itertools.count():
        due += arrivals.expovariate(rate)
        if due > begun + seconds:
            break
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(request(number, due)))
    await asyncio.gather(*tasks)
    load.seconds = time.perf_counter() - begun
    return load


def connections_for(rate: float) -> int:
    """Returns how many connections an open loop has: enough for a second of requests."""
    return min(_MOST_CONNECTIONS, max(8, int(rate)))


async def _timed(sender: Sender, number: int, begun: float, load: Load) -> None:
    error = await sender.send(number)
    if error:
        load.errors[error] += 1
    else:
        load.latencies.append(time.perf_counter() - begun)
