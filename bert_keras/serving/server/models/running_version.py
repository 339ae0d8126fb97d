"""A version that is loaded in a worker, kept alive, and answers requests."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from bert_keras.serving.c_runtime.runtime import Runtime
from bert_keras.serving.server.interface import ServingError, Tensors
from bert_keras.serving.server.models.channel import WorkerLost, request_frame
from bert_keras.serving.server.models.dispatcher import Dispatcher
from bert_keras.serving.server.models.mergeable import mergeable_signatures
from bert_keras.serving.server.models.raw_tensors import raw_tensor
from bert_keras.serving.server.models.request_queue import RequestQueue
from bert_keras.serving.server.models.requests import (
    Request,
    have_rows,
    joined,
    new_request,
    parts_by_length,
)
from bert_keras.serving.server.models.settings import RunSettings
from bert_keras.serving.server.models.version_files import check_files
from bert_keras.serving.server.models.warmup_records import warmup_requests
from bert_keras.serving.server.models.worker import Worker
from bert_keras.serving.server.protos import PredictRequest, SignatureDef
from bert_keras.serving.server.tensors import array_of

_LOG = logging.getLogger(__name__)
_FIRST_DELAY, _LONGEST_DELAY = 0.1, 5.0
_HEALTHY_SECONDS = 30.0
_RESTARTS = 5
_MOST_ELEMENTS = 2**22
_UNAVAILABLE = 14


class RunningVersion:
    """A version in a process of its own.

    Args:
        name: The model's name.
        version: The version.
        folder: The version's folder.
        runtime: TensorFlow's libraries.
        settings: How it is run.
    """

    def __init__(self, name: str, version: int, folder: Path, runtime: Runtime, settings: RunSettings) -> None:
        self.name, self.version = name, version
        self.signatures: Mapping[str, SignatureDef] = {}
        self.broken: asyncio.Future[ServingError] = asyncio.get_running_loop().create_future()
        self._folder, self._runtime, self._settings = folder, runtime, settings
        self._worker: Worker | None = None
        self._dispatcher: Dispatcher | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._merged: set[str] = set()
        self._open, self._quiet = 0, asyncio.Event()
        self._quiet.set()

    async def load(self) -> None:
        """Loads the version, replays its warm-up, and begins to answer.

        Raises:
            ServingError: A file is missing, TensorFlow refused it, or a warm-up request failed.
        """
        head = await asyncio.to_thread(check_files, self._folder)
        self.signatures, settings = head.signatures, self._settings
        self._merged = mergeable_signatures(head.signatures, settings.merge_all) if settings.merge else set()
        queue = RequestQueue(settings.max_rows, settings.max_bytes, settings.wait_seconds)
        what = f"version {self.version} of model {self.name}"
        self._dispatcher = Dispatcher(what, head.signatures, queue, settings.max_waiting_rows)
        self._worker = await self._started(warm=True)
        self._dispatcher.attach(self._worker.lanes)
        self._supervisor = asyncio.create_task(self._supervise())

    async def run(self, signature: str, inputs: Tensors, outputs: Sequence[str]) -> dict[str, np.ndarray]:
        """Runs a signature.

        Args:
            signature: Its name.
            inputs: An array for each of its inputs, of its dtype.
            outputs: The names of the outputs to compute.

        Returns:
            The outputs by name.

        Raises:
            ServingError: The graph refused the request, too many wait, or the process ended while it ran.
        """
        if signature not in self.signatures:
            raise ServingError(9, f'Serving signature key "{signature}" not found.')
        request = new_request(signature, inputs, outputs, signature in self._merged)
        self._open += 1
        self._quiet.clear()
        try:
            if request.kind is not None and request.rows > self._settings.max_rows:
                return await self._run_parts(request)
            return await self._run_whole(request)
        finally:
            self._open -= 1
            if not self._open:
                self._quiet.set()

    async def drain(self) -> None:
        """Waits until all requests are answered."""
        await self._quiet.wait()

    async def stop(self) -> None:
        """Ends the process; what still waits is answered by an error."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.wait([self._supervisor])
        if self._dispatcher is not None:
            self._dispatcher.close(
                ServingError(_UNAVAILABLE, f"version {self.version} of model {self.name} was unloaded")
            )
        if self._worker is not None:
            await self._worker.stop()

    @property
    def pid(self) -> int | None:
        """The number of the worker's process."""
        return None if self._worker is None else self._worker.pid

    async def _run_whole(self, request: Request) -> dict[str, np.ndarray]:
        assert self._dispatcher is not None
        self._dispatcher.submit(request)
        return await request.answer

    async def _run_parts(self, request: Request) -> dict[str, np.ndarray]:
        """Runs a request in parts of rows of similar length, a few at once so that others have their turn."""
        turns = asyncio.Semaphore(self._settings.lanes)

        async def run(part: Request) -> dict[str, np.ndarray]:
            async with turns:
                return await self._run_whole(part)

        order, parts = parts_by_length(request, self._settings.max_rows)
        tasks = [asyncio.create_task(run(part)) for part in parts]
        try:
            answers = await asyncio.gather(*tasks)
            if all(have_rows(answer, part.rows) for answer, part in zip(answers, parts, strict=True)):
                return joined(order, answers)
        except ServingError as error:
            if error.code == _UNAVAILABLE:
                raise
        finally:
            for task in tasks:
                task.cancel()
        # The error of a part may speak of its rows; the whole request has its own.
        request.kind = None
        return await self._run_whole(request)

    async def _started(self, warm: bool) -> Worker:
        """Returns a new worker that has loaded the version and, if it is to be warm, answered the warm-up."""
        try:
            worker = await Worker.start(self._settings.lanes)
        except OSError as error:
            raise ServingError(_UNAVAILABLE, f"no process could be started for {self._folder}: {error}") from error
        try:
            await worker.load(self._folder, self._runtime)
            if warm:
                for request in await asyncio.to_thread(warmup_requests, self._folder):
                    await self._warm_up(worker, request)
            await worker.give_back_memory()
        except BaseException:
            await worker.stop()
            raise
        return worker

    async def _warm_up(self, worker: Worker, request: PredictRequest) -> None:
        """Runs a warm-up request; raises `ServingError` if it fails."""
        name = request.model_spec.signature_name or "serving_default"
        if name not in self.signatures:
            raise ServingError(9, f'a warm-up request failed: Serving signature key "{name}" not found.')
        signature = self.signatures[name]
        if set(request.inputs) != set(signature.inputs):
            wanted = f"{sorted(signature.inputs)}. Received: {sorted(request.inputs)}"
            raise ServingError(3, f"a warm-up request failed: the inputs of {name} are {wanted}")
        try:
            arrays = {place: array_of(tensor, _MOST_ELEMENTS) for place, tensor in request.inputs.items()}
            feeds = {signature.inputs[place].name: raw_tensor(array) for place, array in arrays.items()}
            fetches = [signature.outputs[place].name for place in sorted(signature.outputs)]
            await worker.lanes[0].ask(request_frame(feeds, fetches, []))
        except ValueError as error:
            raise ServingError(3, f"a warm-up request failed: {error}") from error
        except ServingError as error:
            raise ServingError(error.code, f"a warm-up request failed: {error.message}") from error
        except WorkerLost:
            raise ServingError(_UNAVAILABLE, f"a warm-up request failed: {await worker.ended}") from None

    async def _supervise(self) -> None:
        """Starts a new worker whenever the process ends; gives up if it does not load again."""
        assert self._worker is not None and self._dispatcher is not None
        loop, delay = asyncio.get_running_loop(), 0.0
        while True:
            since = loop.time()
            fate = await asyncio.shield(self._worker.ended)
            self._dispatcher.detach()
            _LOG.error("version %d of model %s: %s; it is started again", self.version, self.name, fate)
            delay = 0.0 if loop.time() - since > _HEALTHY_SECONDS else min(max(2 * delay, _FIRST_DELAY), _LONGEST_DELAY)
            try:
                self._worker = await self._restarted(delay)
            except ServingError as error:
                self._dispatcher.close(ServingError(_UNAVAILABLE, error.message))
                self.broken.set_result(error)
                return
            self._dispatcher.attach(self._worker.lanes)

    async def _restarted(self, delay: float) -> Worker:
        """Returns a new worker, tried several times; raises the last try's `ServingError`."""
        for number in range(1, _RESTARTS + 1):
            await asyncio.sleep(delay)
            try:
                # A folder that is gone by now needs no process to tell so.
                await asyncio.to_thread(check_files, self._folder)
                # Requests wait already: to answer them slowly at first is sooner than a warm-up before them.
                return await self._started(warm=False)
            except ServingError as error:
                if number == _RESTARTS:
                    raise
                _LOG.error("version %d of model %s did not start again: %s", self.version, self.name, error.message)
            delay = min(max(2 * delay, _FIRST_DELAY), _LONGEST_DELAY)
        raise AssertionError("unreachable")
