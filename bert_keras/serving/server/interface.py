"""What the front of the server (REST, gRPC) asks of the models behind it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import numpy as np

Tensors: TypeAlias = Mapping[str, np.ndarray]
"""Arrays by the names of a signature; strings are arrays of objects that are `bytes`."""


class ServingError(Exception):
    """A request that is answered by an error.

    Attributes:
        code: The canonical code, e.g. 3 for INVALID_ARGUMENT, 5 for NOT_FOUND, 14 for UNAVAILABLE.
        message: The message, in TensorFlow Serving's words where it has any.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class ModelSettings:
    """A model as the configuration names it.

    Attributes:
        name: The name that requests give.
        base_path: The folder of its versions.
        latest: How many of the highest versions are served; 0 means all.
        specific: The versions that are served instead.
        labels: Versions by label.
    """

    name: str
    base_path: str
    latest: int = 1
    specific: tuple[int, ...] = ()
    labels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class VersionStatus:
    """The state of a version.

    Attributes:
        version: The version.
        state: "START", "LOADING", "AVAILABLE", "UNLOADING" or "END".
        code: The canonical code of what went wrong, 0 if nothing did.
        message: What went wrong.
    """

    version: int
    state: str
    code: int = 0
    message: str = ""


class ServedVersion(Protocol):
    """A version of a model that answers requests.

    Attributes:
        name: The model's name.
        version: The version.
        signatures: The SignatureDefs by name.
    """

    name: str
    version: int
    signatures: Mapping[str, Any]

    async def run(self, signature: str, inputs: Tensors, outputs: Sequence[str]) -> dict[str, np.ndarray]:
        """Runs a signature.

        Args:
            signature: Its name.
            inputs: An array for each of its inputs, of its dtype.
            outputs: The names of the outputs to compute.

        Returns:
            The outputs by name.

        Raises:
            ServingError: The graph refused the request, or the model is gone.
        """


class Models(Protocol):
    """The models of a server."""

    async def start(self) -> None:
        """Begins to load and to poll; returns when every model has been tried once."""

    async def stop(self) -> None:
        """Answers the requests that were taken, and ends."""

    def find(self, name: str, version: int | None = None, label: str | None = None) -> ServedVersion:
        """Returns the version that a request means, the highest one if it names none; raises `ServingError`."""

    def status(self, name: str, version: int | None = None, label: str | None = None) -> list[VersionStatus]:
        """Returns the states of a model's versions, the highest first; raises `ServingError`."""

    async def reload(self, models: Iterable[ModelSettings]) -> None:
        """Replaces the configuration, and returns once it is in force; raises `ServingError`."""
