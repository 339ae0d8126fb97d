"""What is known of a request once it is answered: for its line in the log, and for the metrics."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(slots=True)
class RequestRecord:
    """A request that was answered; its text is not in here.

    Attributes:
        entrypoint: "REST" or "GRPC".
        method: The HTTP method, or the name of the call.
        path: The path, without a query; for gRPC the model's name.
        status: The HTTP status, or the canonical code of a call.
        api: "Predict", "Classify" or "Regress"; empty for other requests.
        model: The name of a model that is served; empty if there is none.
        code: The canonical code.
        rows: The number of rows; 0 if it is not known.
        seconds: The time from the whole request to its answer.
        model_seconds: The time that the model took, with waiting; 0 if it was not asked.
    """

    entrypoint: str
    method: str
    path: str
    status: int = 0
    api: str = ""
    model: str = ""
    code: int = 0
    rows: int = 0
    seconds: float = 0.0
    model_seconds: float = 0.0


OnAnswer: TypeAlias = Callable[[RequestRecord], None]
"""Is called with each request that was answered."""
