"""A server under load for minutes, while versions come and go, broken ones among them, and its workers are killed.

    python benchmarks/serving/soak.py saved_models/demo --texts DATA/sst2/dev.tsv --minutes 10

`bert-keras serve` is started on a copy of a classifier's export. Half a minute of closed loop finds how much it can do;
then sentences are sent over gRPC at random times at `--load` of that. It ends with status 1 if a request was not
answered but for those in a process when it was killed, if an answer was not the model's, or if memory grew.
"""

import argparse
import asyncio
import contextlib
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from bert_keras.serving.server.protos import PredictRequest, prediction_service_pb2_grpc

NAME = "soak"
MOST_GROWTH = 0.03
# Between one request alone and the same in a batch with longer ones.
TOLERANCE = 0.02


@dataclass
class Seen:
    """What was seen.

    Attributes:
        answered: The number of answers.
        seconds: How long each took.
        errors: The numbers of errors by what they say.
        lost: The number of requests that were in a process when it was killed.
        different: The answers that are not the model's.
        served: The answers by version.
    """

    answered: int = 0
    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    different: list[str] = field(default_factory=list)
    served: Counter[int] = field(default_factory=Counter)


class Client:
    """Sends sentences, and compares the answers with those that came before.

    Args:
        address: The server's gRPC address.
        texts: The sentences.
    """

    def __init__(self, address: str, texts: Sequence[str]) -> None:
        self.texts, self.expected, self.seen = texts, dict[int, tuple[bytes, float]](), Seen()
        self.channel = grpc.aio.insecure_channel(address)
        self.stub = prediction_service_pb2_grpc.PredictionServiceStub(self.channel)
        self.killed_at = -1e9

    async def send(self, number: int) -> None:
        """Sends a sentence and notes what comes back."""
        request = PredictRequest(output_filter=["label", "probability"])
        request.model_spec.name = NAME
        request.inputs["text"].dtype = 7
        request.inputs["text"].tensor_shape.dim.add(size=1)
        request.inputs["text"].string_val.append(self.texts[number].encode())
        begun = time.monotonic()
        try:
            answer = await self.stub.Predict(request, timeout=60)
        except grpc.aio.AioRpcError as error:
            # Only what ran in the killed process may be lost: it fails within a moment of the kill.
            if error.code() == grpc.StatusCode.UNAVAILABLE and 0 <= time.monotonic() - self.killed_at < 1:
                self.seen.lost += 1
            else:
                self.seen.errors[f"{error.code().name}: {error.details()}"] += 1
            return
        self.seen.seconds.append(time.monotonic() - begun)
        self.seen.answered += 1
        self.seen.served[answer.model_spec.version.value] += 1
        label, probability = answer.outputs["label"].string_val[0], answer.outputs["probability"].float_val[0]
        first = self.expected.setdefault(number, (label, probability))
        if abs(first[1] - probability) > TOLERANCE or (label != first[0] and probability > 0.5 + TOLERANCE):
            self.seen.different.append(f"{self.texts[number]!r}: {first} and {(label, probability)}")

    async def closed_loop(self, clients: int, seconds: float) -> float:
        """Sends from some clients, each after its last answer, and returns the requests a second."""
        end, count = time.monotonic() + seconds, self.seen.answered

        async def client(seed: int) -> None:
            chosen = random.Random(seed)
            while time.monotonic() < end:
                await self.send(chosen.randrange(len(self.texts)))

        await asyncio.gather(*map(client, range(clients)))
        return (self.seen.answered - count) / seconds

    async def open_loop(self, rate: float, seconds: float) -> None:
        """Sends at random times, however long the answers take."""
        chosen, running, at = random.Random(7), set[asyncio.Task[None]](), time.monotonic()
        end = at + seconds
        while at < end:
            at += chosen.expovariate(rate)
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            task = asyncio.create_task(self.send(chosen.randrange(len(self.texts))))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running)


class Versions:
    """The folder of the server's versions, and what happens to it.

    Args:
        export: A version's folder.
        base: The model's folder.
        server: The server's process number.
        client: Is told of kills.
    """

    def __init__(self, export: Path, base: Path, server: int, client: Client) -> None:
        self.export, self.base, self.server, self.client, self.last = export, base, server, client, 1

    async def swap(self) -> None:
        """Adds a version as it should be done, and removes those below the one that is served."""
        self.last += 1
        aside = await asyncio.to_thread(shutil.copytree, self.export, self.base / f"copying-{self.last}")
        aside.rename(self.base / str(self.last))
        for number in [int(child.name) for child in self.base.iterdir() if child.name.isdecimal()]:
            if number < max(self.client.seen.served):
                await asyncio.to_thread(shutil.rmtree, self.base / str(number))

    async def broken(self) -> None:
        """Adds a version whose graph is cut off, and removes it later."""
        folder = self.base / str(self.last + 1000)
        folder.mkdir()
        content = (self.export / "saved_model.pb").read_bytes()
        (folder / "saved_model.pb").write_bytes(content[: len(content) // 2])
        await asyncio.sleep(5)
        await asyncio.to_thread(shutil.rmtree, folder)

    async def kill(self) -> None:
        """Kills the worker that has been there longest."""
        self.client.killed_at = time.monotonic()
        os.kill(workers_of(self.server)[0], signal.SIGKILL)


def workers_of(server: int) -> list[int]:
    """Returns the workers of a server, the oldest first."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    return sorted(int(child) for child in children if b"worker_child" in Path(f"/proc/{child}/cmdline").read_bytes())


def resident(pid: int) -> float:
    """Returns the memory of a process that is its own, in MB: libraries, which others may share, left out."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"no memory of {pid}")


async def watch_memory(server: int, found: list[tuple[float, float]]) -> None:
    """Notes the memory of the server and of its worker, when there is only one, every two seconds."""
    while True:
        await asyncio.sleep(2)
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            workers = workers_of(server)
            if len(workers) == 1:
                found.append((resident(server), resident(workers[0])))


@contextlib.contextmanager
def serving(base: Path, port: int) -> Iterator[int]:
    """Runs `bert-keras serve`; yields the number of its process."""
    flags = {"model_name": NAME, "model_base_path": base, "port": port, "rest_api_port": 0}
    typed = [part for name, value in flags.items() for part in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "bert_keras", "serve", *typed, "--log_requests", "false"]
    with subprocess.Popen(command) as process:
        try:
            yield process.pid
        finally:
            process.terminate()


async def soak(flags: argparse.Namespace, base: Path, server: int) -> int:
    """Loads the server while things happen, prints what was seen, and returns the exit status."""
    texts = [line.split("\t")[0].strip() for line in flags.texts.read_text(encoding="utf-8").splitlines()[1:]]
    client = Client(f"127.0.0.1:{flags.port}", texts)
    await asyncio.wait_for(client.channel.channel_ready(), 120)
    for number in range(len(texts)):
        await client.send(number)
    capacity = await client.closed_loop(8, 30)
    rate, seconds = flags.load * capacity, 60 * flags.minutes
    print(f"{capacity:.0f} requests/s at most; {rate:.0f}/s for {flags.minutes:g} minutes", flush=True)
    client.seen, memory = Seen(errors=client.seen.errors, different=client.seen.different), []
    versions = Versions(version_of(flags.export), base, server, client)
    watcher = asyncio.create_task(watch_memory(server, memory))
    counts = {versions.swap: flags.swaps, versions.broken: flags.broken, versions.kill: flags.kills}
    happenings = asyncio.create_task(happen(seconds, counts))
    await client.open_loop(rate, seconds)
    await happenings
    watcher.cancel()
    await client.channel.close()
    return report(client.seen, memory, versions)


async def happen(seconds: float, counts: dict[Callable[[], Awaitable[None]], int]) -> None:
    """Has things happen, spread over the time in a mixed order, none in its first and last tenth."""
    things = [thing for thing, count in counts.items() for _ in range(count)]
    random.Random(3).shuffle(things)
    await asyncio.sleep(seconds / 10)
    for thing in things:
        begun = time.monotonic()
        await thing()
        await asyncio.sleep(max(0.0, 0.8 * seconds / len(things) - (time.monotonic() - begun)))


def report(seen: Seen, memory: list[tuple[float, float]], versions: Versions) -> int:
    """Prints what was seen, and returns the exit status."""
    seen.seconds.sort()
    p50, p99 = (1e3 * seen.seconds[int(len(seen.seconds) * part)] for part in (0.5, 0.99))
    print(f"{seen.answered} answers from versions {min(seen.served)} to {max(seen.served)} of {versions.last}")
    print(f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {1e3 * seen.seconds[-1]:.0f} ms")
    print(f"{seen.lost} requests were in a process when it was killed")
    for error, count in seen.errors.most_common(5):
        print(f"{count} other errors: {error}")
    for line in seen.different[:5]:
        print(f"answered differently: {line}")
    size = max(len(memory) // 10, 1)
    tenths = [
        [statistics.median(part) for part in zip(*memory[at : at + size], strict=True)]
        for at in range(0, len(memory) - size + 1, size)
    ]
    print(
        "MB of server + worker in each tenth of the time:",
        ", ".join(f"{one:.0f} + {other:.0f}" for one, other in tenths),
    )
    third = max(len(tenths) // 3, 1)
    before, after = (statistics.median(map(sum, part)) for part in (tenths[:third], tenths[-third:]))
    growth = after / before - 1
    print(f"growth from the first third to the last: {growth:+.1%}")
    return int(bool(seen.errors or seen.different or growth > MOST_GROWTH or max(seen.served) < versions.last))


def version_of(path: Path) -> Path:
    """Returns the version's folder of an export."""
    return path if (path / "saved_model.pb").is_file() else max(path.glob("[0-9]*"), key=lambda child: int(child.name))


def main() -> int:
    """Runs the soak."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", type=Path, help="folder of a classifier's export")
    parser.add_argument("--texts", type=Path, required=True, help="a table whose first column are sentences")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--load", type=float, default=0.8, help="share of what the server can do")
    parser.add_argument("--swaps", type=int, default=20)
    parser.add_argument("--broken", type=int, default=5)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--port", type=int, default=8500)
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / NAME
        shutil.copytree(version_of(flags.export), base / "1")
        with serving(base, flags.port) as server:
            return asyncio.run(soak(flags, base, server))


if __name__ == "__main__":
    sys.exit(main())
