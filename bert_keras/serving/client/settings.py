"""What a client is told once: the server, the model, and how long and how often to try."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bert_keras.errors import InputError
from bert_keras.serving.client.address import Address


@dataclass(frozen=True)
class Tls:
    """The certificates of an encrypted connection.

    Args:
        authorities: A PEM file with the certificates that sign the server's. `None` takes those of the system.
        certificate: A PEM file with the client's own certificate, for servers that ask for one.
        key: A PEM file with the key of that certificate.

    Raises:
        InputError: A certificate without its key, or a key without its certificate.
    """

    authorities: str | None = None
    certificate: str | None = None
    key: str | None = None

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise InputError(
                "a client's certificate goes with its key. "
                f"Received: certificate={self.certificate!r}, key={self.key!r}"
            )


@dataclass(frozen=True)
class Settings:
    """The settings of a client, checked.

    Attributes:
        address: The server.
        model: The model's name.
        version: The version, or `None` for the one that the server chooses.
        label: The label of a version, or `None`.
        timeout: The seconds within which a request is answered, repeated ones included.
        retries: How often a request is repeated.
        max_batch_size: How many rows a request has at most.
        tls: The certificates; `None` for those of the system.
        headers: HTTP headers, or metadata of gRPC, that go with each request.
    """

    address: Address
    model: str
    version: int | None = None
    label: str | None = None
    timeout: float = 60.0
    retries: int = 4
    max_batch_size: int = 32
    tls: Tls | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check(
            isinstance(self.model, str) and self.model != "" and "/" not in self.model, "model", "a name", self.model
        )
        _check(self.version is None or _whole(self.version, 0), "version", "a whole number of 0 or above", self.version)
        _check(
            self.label is None or (isinstance(self.label, str) and self.label != "" and "/" not in self.label),
            "label",
            "a name",
            self.label,
        )
        _check(self.version is None or self.label is None, "version and label", "one of them alone", self.label)
        _check(is_seconds(self.timeout), "timeout", "a number of seconds above 0", self.timeout)
        _check(_whole(self.retries, 0), "retries", "a whole number of 0 or above", self.retries)
        _check(_whole(self.max_batch_size, 1), "max_batch_size", "a whole number of 1 or above", self.max_batch_size)
        _check(self.tls is None or self.address.secure, "tls", "left out unless the scheme is https or grpcs", self.tls)

    @property
    def who(self) -> str:
        """The server and the model, for messages."""
        of = f" version {self.version}" if self.version is not None else f" label {self.label}" if self.label else ""
        return f"{self.address}, model {self.model}{of}"


def is_seconds(value: Any) -> bool:
    """Returns whether a value is a time limit: a finite number above 0."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _check(holds: bool, name: str, wanted: str, received: Any) -> None:
    if not holds:
        raise InputError(f"{name} must be {wanted}. Received: {received!r:.80}")
