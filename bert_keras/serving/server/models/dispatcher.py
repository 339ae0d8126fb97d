"""Gives the requests of a version to its worker, and the worker's answers to those who wait for them."""

import asyncio
import logging
from collections.abc import Callable

from bert_keras.serving.server.interface import ServingError
from bert_keras.serving.server.models.channel import Channel, WorkerLost, read_reply, request_frame
from bert_keras.serving.server.models.raw_tensors import array_of, raw_tensor
from bert_keras.serving.server.models.request_queue import RequestQueue
from bert_keras.serving.server.models.requests import Request, merged, shares
from bert_keras.serving.server.protos import SignatureDef

_LOG = logging.getLogger(__name__)


class Dispatcher:
    """Runs requests on the idle lanes of a worker.

    Args:
        what: The version's name, for messages.
        signatures: The signatures by name.
        queue: The queue.
        max_waiting_rows: The rows that may wait; requests beyond are refused.
    """

    def __init__(
        self, what: str, signatures: dict[str, SignatureDef], queue: RequestQueue, max_waiting_rows: int
    ) -> None:
        self._what, self._signatures, self._queue = what, signatures, queue
        self._max_waiting_rows = max_waiting_rows
        self._lanes: list[Channel] = []
        self._idle: list[Channel] = []
        self._closed: ServingError | None = None
        self._is_due = False
        self._timer: asyncio.TimerHandle | None = None

    def submit(self, request: Request) -> None:
        """Adds a request to the queue; raises `ServingError` if it is full, or the version is unloaded."""
        if self._closed is not None:
            raise self._closed
        if self._is_full(request):
            self._queue.drop_cancelled()
        if self._is_full(request):
            message = "The batch scheduling queue to which this task was submitted is full"
            waiting = f"{self._queue.rows} rows wait for {self._what}, at most {self._max_waiting_rows} may"
            raise ServingError(14, f"{message}; {waiting}")
        self._queue.add(request)
        # At the end of this round of the event loop, so that requests that came at once are merged.
        if self._idle and not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._dispatch)

    def _is_full(self, request: Request) -> bool:
        return self._queue.rows > 0 and self._queue.rows + request.rows > self._max_waiting_rows

    def attach(self, lanes: list[Channel]) -> None:
        """Begins to use the lanes of a worker."""
        self._lanes, self._idle = lanes, list(lanes)
        self._dispatch()

    def detach(self) -> None:
        """Ends the use of a worker; what waits goes on waiting."""
        self._idle = []

    def close(self, error: ServingError) -> None:
        """Answers all that wait, and all that come, by an error."""
        self._idle, self._closed = [], error
        for request in self._queue.clear():
            _refuse(request, error)

    def _dispatch(self) -> None:
        """Gives batches to idle lanes until one of the two runs out."""
        loop, self._is_due = asyncio.get_running_loop(), False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        # A worker that has ended is noticed on its lanes first.
        self._idle = [lane for lane in self._idle if lane.is_open]
        while self._idle:
            batch, due = self._queue.next_batch(loop.time(), len(self._idle))
            if not batch:
                if due is not None:
                    self._timer = loop.call_at(due, self._dispatch)
                break
            self._run(self._idle.pop(), batch)

    def _run(self, lane: Channel, batch: list[Request]) -> None:
        """Sends a batch to a lane."""
        names = sorted(self._signatures[batch[0].signature].outputs)
        wanted = [name for name in names if any(name in request.outputs for request in batch)]
        try:
            frame = self._frame(batch, names, wanted)
        except Exception as error:  # arrays that are not what the signature takes must not end the dispatch
            self._idle.append(lane)
            self._again(batch, ServingError(13, f"the inputs cannot be fed: {type(error).__name__}: {error}"))
            return
        lane.send(frame, self._finished(lane, batch, wanted))

    def _frame(self, batch: list[Request], names: list[str], wanted: list[str]) -> bytes:
        """Returns the frame of a batch.

        All outputs are computed, whichever are sent back: each other choice would be another graph for TensorFlow,
        which takes seconds to prepare and megabytes to keep.
        """
        signature = self._signatures[batch[0].signature]
        feeds = {signature.inputs[name].name: raw_tensor(array) for name, array in merged(batch).items()}
        fetches = [signature.outputs[name].name for name in names]
        return request_frame(feeds, fetches, [names.index(name) for name in wanted])

    def _finished(self, lane: Channel, batch: list[Request], wanted: list[str]) -> Callable[[bytearray | None], None]:
        """Returns what is called with the answer of a batch."""
        lanes = self._lanes

        def finish(frame: bytearray | None) -> None:
            if frame is not None and self._closed is None:
                self._idle.append(lane)
            elif frame is None and lanes is self._lanes:
                # The process has ended, though its other lanes may not tell so yet.
                self._idle = []
            try:
                _, tensors = read_reply(frame)
                self._deliver(batch, dict(zip(wanted, map(array_of, tensors), strict=True)))
            except WorkerLost:
                error = ServingError(14, f"the process that ran the request for {self._what} ended")
                self._again(batch, error, unsent=lane.unsent)
            except ServingError as refused:
                self._again(batch, refused)
            except Exception as fault:  # whatever it is, nobody must wait for ever
                _LOG.exception("%s: the answer of %s", self._what, batch[0].signature)
                self._again(batch, ServingError(13, f"{type(fault).__name__}: {fault}"))
            self._dispatch()

        return finish

    def _deliver(self, batch: list[Request], outputs: dict) -> None:
        found = shares(batch, outputs)
        if found is None:
            _LOG.warning("%s: an output of %s has not the batch's rows: run alone", self._what, batch[0].signature)
            self._again(batch, ServingError(13, "an output has not the batch's rows"))
            return
        for request, share in zip(batch, found, strict=True):
            if not request.answer.done():
                request.answer.set_result(share)

    def _again(self, batch: list[Request], error: ServingError, unsent: bool = False) -> None:
        """Runs the requests of a failed batch one by one, so that each has its own answer.

        Args:
            batch: The requests.
            error: What one alone has as its answer.
            unsent: Whether the worker never received the batch, so that one alone is run again too.
        """
        if (len(batch) > 1 or unsent) and self._closed is None:
            self._queue.put_back(batch)
            return
        for request in batch:
            _refuse(request, error)


def _refuse(request: Request, error: ServingError) -> None:
    if not request.answer.done():
        request.answer.set_exception(ServingError(error.code, error.message))
