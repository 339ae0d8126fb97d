"""A request with its repetitions: which failures are worth another try, and how long to wait before it."""

import random
import time
from typing import Any

from bert_keras.serving.client.messages import failed
from bert_keras.serving.client.settings import Settings
from bert_keras.serving.client.steps import Failure, Pause, Send, Steps

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
# A request changes nothing in the server, so one whose connection broke may be sent again.
_REPEATED = ("UNAVAILABLE", "RESOURCE_EXHAUSTED")
_TOO_LARGE = "larger than max"


def answered(settings: Settings, request: Any, end: float | None = None) -> Steps[Any]:
    """Sends a request until it is answered.

    The pause before a repetition doubles each time, from 0.1 up to 5 seconds, and is shortened by chance to between
    half and all of it, so that clients that failed together do not come back together.

    Args:
        settings: The client's settings.
        request: The request.
        end: The time, of `time.monotonic`, at which the whole call ends; `None` for no such time.

    Returns:
        The answer.

    Raises:
        ServiceError: The server refused the request, or did not answer in time or after all tries.
    """
    last = time.monotonic() + settings.timeout
    last = last if end is None else min(last, end)
    tries = 0
    while True:
        left = last - time.monotonic()
        if left <= 0:
            raise failed(settings, Failure("DEADLINE_EXCEEDED", "the time for the call is over"), tries)
        outcome = yield Send(request, left)
        tries += 1
        if not isinstance(outcome, Failure):
            return outcome
        pause = pause_after(tries, outcome)
        if not _may_be_repeated(outcome) or tries > settings.retries or time.monotonic() + pause >= last:
            raise failed(settings, outcome, tries)
        yield Pause(pause)


def pause_after(tries: int, failure: Failure) -> float:
    """Returns the seconds to wait after a failure.

    Args:
        tries: How often the request has been sent.
        failure: The failure; the server may have said how long to wait.
    """
    longest = min(_FIRST_PAUSE * 2 ** (tries - 1), _LONGEST_PAUSE)
    return max(random.uniform(longest / 2, longest), failure.pause)


def _may_be_repeated(failure: Failure) -> bool:
    return failure.code in _REPEATED and _TOO_LARGE not in failure.message
