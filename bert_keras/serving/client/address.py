"""Addresses of model servers: a scheme, which says the protocol, a host and a port."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from bert_keras.errors import InputError

# The ports that a URL means without one; gRPC has none of its own, and 8500 is TF Serving's.
_PORTS = {"http": 80, "https": 443, "grpc": 8500, "grpcs": 443}


@dataclass(frozen=True)
class Address:
    """The address of a server.

    Attributes:
        scheme: `http`, `https`, `grpc` or `grpcs`.
        host: The host, without brackets.
        port: The port.
        path: The path before `/v1/…` for a server behind a proxy; empty, or with a slash in front and none at its end.
    """

    scheme: str
    host: str
    port: int
    path: str = ""

    @property
    def secure(self) -> bool:
        """Whether the connection is encrypted."""
        return self.scheme in ("https", "grpcs")

    @property
    def over_grpc(self) -> bool:
        """Whether the protocol is gRPC."""
        return self.scheme in ("grpc", "grpcs")

    @property
    def target(self) -> str:
        """The host with its port, as in `localhost:8500` or `[::1]:8500`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.target}{self.path}"


def parse_address(address: str) -> Address:
    """Parses an address.

    Args:
        address: For example `http://localhost:8501`, `https://models.example.org/team`, `grpc://localhost:8500`.

    Returns:
        Its parts.

    Raises:
        InputError: It has no scheme that is known, no host, or parts that are not understood.
    """
    wanted = "expected an address such as http://localhost:8501 or grpc://localhost:8500"
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except (ValueError, AttributeError, TypeError) as error:
        raise InputError(f"{wanted} ({error}). Received: {address!r:.80}") from error
    if parts.scheme not in _PORTS or not host:
        raise InputError(f"{wanted}; schemes are {', '.join(_PORTS)}. Received: {address!r:.80}")
    if parts.username is not None or parts.query or parts.fragment:
        # Not shown: it may hold a password.
        raise InputError(f"{wanted}, without credentials, which go into headers, and without ? and #")
    path = parts.path.rstrip("/")
    if path and parts.scheme.startswith("grpc"):
        raise InputError(f"{wanted}; over gRPC an address has no path. Received: {address!r:.80}")
    return Address(parts.scheme, host, _PORTS[parts.scheme] if port is None else port, path)
