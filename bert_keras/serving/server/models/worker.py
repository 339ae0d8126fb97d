"""The handle of a worker: a process that runs the graph of one version."""

import asyncio
import contextlib
import logging
import socket
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

from bert_keras.serving.c_runtime.frames import packed
from bert_keras.serving.c_runtime.runtime import Runtime
from bert_keras.serving.c_runtime.scripts import child_command, child_environment, fate_of
from bert_keras.serving.server.interface import ServingError
from bert_keras.serving.server.models.channel import Channel, WorkerLost

_LOG = logging.getLogger(__name__)
_LOG_BYTES = 16_384
# RunOptions.inter_op_thread_pool = -1: the graph runs in the thread that asks, without a hop to another.
_IN_CALLING_THREAD = b"\x18" + b"\xff" * 9 + b"\x01"


class Worker:
    """A process with the version loaded in it.

    Attributes:
        lanes: The channels, each of which runs a batch at a time.
        ended: Ends with the reason once the process has ended.
    """

    def __init__(self, process: Process, control: Channel, lanes: list[Channel]) -> None:
        self._process, self._control, self.lanes = process, control, lanes
        self.ended = asyncio.ensure_future(self._watch())

    @classmethod
    async def start(cls, lanes: int) -> "Worker":
        """Starts a process that has nothing loaded yet.

        Args:
            lanes: The number of batches that run at once.

        Returns:
            The worker.
        """
        pairs = [socket.socketpair() for _ in range(lanes + 1)]
        ends = [theirs.fileno() for _, theirs in pairs]
        command = [*child_command("worker_child.py"), *map(str, ends)]
        try:
            process = await asyncio.create_subprocess_exec(
                *command, env=child_environment(), stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, pass_fds=ends
            )
        except BaseException:
            for ours, _ in pairs:
                ours.close()
            raise
        finally:
            for _, theirs in pairs:
                theirs.close()
        channels = [await Channel.connect(ours) for ours, _ in pairs]
        return cls(process, channels[0], channels[1:])

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    async def load(self, folder: Path, runtime: Runtime) -> None:
        """Loads a version.

        Args:
            folder: The version's folder.
            runtime: TensorFlow's libraries.

        Raises:
            ServingError: TensorFlow refused it, or the process ended.
        """
        job = {
            "libraries": [str(library) for library in runtime.libraries],
            "text_libraries": [str(library) for library in runtime.text_libraries],
            "folder": str(folder),
            "config": session_config(len(self.lanes)).hex(),
            "run_options": _IN_CALLING_THREAD.hex(),
        }
        try:
            await self._control.ask(packed(job))
        except WorkerLost:
            raise ServingError(14, f"{folder} did not load: {await self.ended}") from None

    async def give_back_memory(self) -> None:
        """Has the process give back the memory that it needed to load and to answer the first requests."""
        with contextlib.suppress(WorkerLost):
            await self._control.ask(packed({}))

    def kill(self) -> None:
        """Ends the process at once."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def stop(self) -> None:
        """Ends the process, and waits for its end."""
        self._control.close()
        try:
            await asyncio.wait_for(asyncio.shield(self.ended), 5.0)
        except TimeoutError:
            self.kill()
            await self.ended

    async def _watch(self) -> str:
        """Waits for the end of the process, and returns why it ended."""
        log = b""
        assert self._process.stderr is not None
        while line := await self._process.stderr.read(4096):
            log = (log + line)[-_LOG_BYTES:]
            _LOG.debug("worker %d: %s", self.pid, line.decode(errors="replace").rstrip())
        code = await self._process.wait()
        for channel in (self._control, *self.lanes):
            channel.close()
        return fate_of(code, log.decode(errors="replace"))


def session_config(threads: int) -> bytes:
    """Returns a serialized ConfigProto: ops run on one thread each, `threads` of them side by side."""
    # intra_op_parallelism_threads is field 2, inter_op_parallelism_threads field 5; both are below 128, one byte.
    return bytes([0x10, 1, 0x28, min(threads, 127)])
