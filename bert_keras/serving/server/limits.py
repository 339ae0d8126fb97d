"""What one server takes on at once, and from one request."""

from dataclasses import dataclass

from bert_keras.serving.server.codes import INVALID_ARGUMENT, UNAVAILABLE
from bert_keras.serving.server.interface import ServingError


@dataclass(frozen=True)
class Limits:
    """The limits of a server.

    Attributes:
        body_bytes: The size of a request, inflated.
        rows: The rows of a request.
        waiting_requests: The requests that run or wait for the model.
        connections: The open connections of REST, and as many of gRPC.
        client_seconds: The time within which a client sends a request and takes its answer.
        rest_seconds: The time within which a model answers a REST request; 0 for any.
        drain_seconds: The time that running requests have when the server ends.
    """

    body_bytes: int = 32 * 1024 * 1024
    rows: int = 10_000
    waiting_requests: int = 2000
    connections: int = 1000
    client_seconds: float = 60.0
    rest_seconds: float = 30.0
    drain_seconds: float = 30.0


class Gate:
    """Counts the requests that run or wait, and refuses more than the limit.

    Args:
        limits: The limits.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.inside = 0

    def __enter__(self) -> None:
        if self.inside >= self.limits.waiting_requests:
            raise ServingError(
                UNAVAILABLE,
                f"The server is busy: {self.inside} requests wait for their model (--max_waiting_requests); try later",
            )
        self.inside += 1

    def __exit__(self, *_: object) -> None:
        self.inside -= 1

    def check_rows(self, rows: int) -> None:
        """Raises an error if a request has more rows than the limit."""
        if rows > self.limits.rows:
            message = (
                f"The request has {rows} rows, more than the {self.limits.rows} that are taken at once (--max_rows)"
            )
            raise ServingError(INVALID_ARGUMENT, message)
