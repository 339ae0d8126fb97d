"""What a client does, as steps: what to send and how long to wait, whatever carries it out.

An operation is a generator. It yields `Send` and `Pause`, is given what the server answered, and returns the result;
`run` and `run_async` carry out its steps over a transport, and are all in which the two clients differ.
"""

import asyncio
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Failure:
    """A request that was not answered with a result.

    Attributes:
        code: The canonical code, e.g. "NOT_FOUND".
        message: What the server said, or what became of the connection.
        pause: The seconds that the server asks to wait for; 0 if it does not.
    """

    code: str
    message: str
    pause: float = 0.0


@dataclass(frozen=True)
class Send:
    """A request to send.

    Attributes:
        request: The request, as the protocol has it.
        timeout: The seconds within which it is answered.
    """

    request: Any
    timeout: float


@dataclass(frozen=True)
class Pause:
    """A time to wait.

    Attributes:
        seconds: How long.
    """

    seconds: float


Steps: TypeAlias = Generator[Send | Pause, Any, Result]
"""An operation; a `Send` is answered with the protocol's answer or a `Failure`."""


class Transport(Protocol):
    """What carries requests to the server."""

    def send(self, request: Any, timeout: float) -> Any:
        """Sends a request, and returns the answer or a `Failure`."""

    def close(self) -> None:
        """Closes the connections."""


class AsyncTransport(Protocol):
    """What carries requests to the server, in an event loop."""

    async def send(self, request: Any, timeout: float) -> Any:
        """Sends a request, and returns the answer or a `Failure`."""

    async def close(self) -> None:
        """Closes the connections."""


def run(steps: Steps[Result], transport: Transport) -> Result:
    """Carries out an operation, and returns its result."""
    outcome = None
    while True:
        try:
            step = steps.send(outcome)
        except StopIteration as end:
            return end.value
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            outcome = None
        else:
            outcome = transport.send(step.request, step.timeout)


async def run_async(steps: Steps[Result], transport: AsyncTransport) -> Result:
    """Carries out an operation in an event loop, and returns its result."""
    outcome = None
    while True:
        try:
            step = steps.send(outcome)
        except StopIteration as end:
            return end.value
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            outcome = None
        else:
            outcome = await transport.send(step.request, step.timeout)
