"""How much memory, how many cores and how many servers a model needs, computed from what was measured."""

import math
from dataclasses import dataclass
from typing import Literal

from bert_keras.errors import InputError

Kind = Literal["classifier", "reader"]

# Resident memory that benchmarks/serving/footprint.py measured of the two models of `make demo`, rounded up: the
# process with the libraries of TensorFlow and tensorflow-text, and what a running request takes (a classifier's of 32
# sentences, a reader's of a document of 100 kB).
RUNTIME_MB = 500
REQUEST_MB: dict[Kind, int] = {"classifier": 100, "reader": 300}
# A new version is loaded before the old one goes.
VERSIONS_AT_ONCE = 2
REQUESTS_PER_CORE = 2
MEMORY_HEADROOM = 1.2
# Waiting grows without end as the load nears what a server can do; at half of it requests hardly wait for each other.
UTILISATION = 0.5
LEAST_SERVERS = 2
MOST_SERVERS_FACTOR = 4
_ROUNDED_MB = 100


@dataclass(frozen=True)
class Sizing:
    """The sizes of a deployment.

    Args:
        kind: The kind of model.
        megabytes: The size of the files of a version.
        model_megabytes: The memory that a version takes at most, while it is loaded too.
        milliseconds: The processor time of a usual request.
        requests_per_second: The requests that arrive in the busiest minute.
        cores: The cores of a server.

    Raises:
        InputError: A number is not above 0.
    """

    kind: Kind
    megabytes: float
    model_megabytes: int
    milliseconds: float
    requests_per_second: float
    cores: int

    def __post_init__(self) -> None:
        for name in ("megabytes", "model_megabytes", "milliseconds", "requests_per_second", "cores"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise InputError(f"{name} must be a number above 0. Received: {value}")

    @property
    def rest_threads(self) -> int:
        """The requests over REST that a server runs at once; further ones wait."""
        return REQUESTS_PER_CORE * self.cores

    @property
    def needed_megabytes(self) -> int:
        """The memory that a server takes at most."""
        return RUNTIME_MB + VERSIONS_AT_ONCE * self.model_megabytes + self.rest_threads * REQUEST_MB[self.kind]

    @property
    def memory_megabytes(self) -> int:
        """The memory that a server is given."""
        return math.ceil(self.needed_megabytes * MEMORY_HEADROOM / _ROUNDED_MB) * _ROUNDED_MB

    @property
    def saturation(self) -> float:
        """The requests a second that keep all cores of a server busy."""
        return self.cores * 1000 / self.milliseconds

    @property
    def target(self) -> float:
        """The requests a second that a server is meant to answer."""
        return UTILISATION * self.saturation

    @property
    def servers(self) -> int:
        """The servers that answer the busiest minute, two at least so that one may fail."""
        return max(LEAST_SERVERS, math.ceil(self.requests_per_second / self.target))

    @property
    def most_servers(self) -> int:
        """The servers up to which the load may grow."""
        return MOST_SERVERS_FACTOR * self.servers

    @property
    def memory_arithmetic(self) -> str:
        """How the memory was computed."""
        return (
            f"TensorFlow {RUNTIME_MB} MB + {VERSIONS_AT_ONCE} versions during a change x {self.model_megabytes} MB "
            f"+ {self.rest_threads} requests at once x {REQUEST_MB[self.kind]} MB = {self.needed_megabytes} MB"
        )

    @property
    def headroom_arithmetic(self) -> str:
        """How the memory was rounded."""
        return f"{self.needed_megabytes} MB x {MEMORY_HEADROOM}, in case: {self.memory_megabytes} MB in whole hundreds"

    @property
    def model_arithmetic(self) -> str:
        """The memory of a version beside the size of its files."""
        return f"{self.megabytes:.0f} MB of files take {self.model_megabytes} MB at most, while a version loads"

    @property
    def rate_arithmetic(self) -> str:
        """How the load of a server was computed."""
        return (
            f"{self.cores} cores x 1000 / {self.milliseconds:g} ms = {_number(self.saturation)} requests/s at most; "
            f"{UTILISATION:.0%} of that = {_number(self.target)} requests/s"
        )

    @property
    def server_arithmetic(self) -> str:
        """How the number of servers was computed."""
        wanted = math.ceil(self.requests_per_second / self.target)
        servers = "server" if wanted == 1 else "servers"
        return (
            f"{self.requests_per_second:g} requests/s need {wanted} {servers} of {_number(self.target)}; "
            f"{LEAST_SERVERS} at least, so that one may fail: {self.servers}"
        )

    @property
    def target_quantity(self) -> str:
        """The target as Kubernetes writes it, in thousandths."""
        return f"{math.floor(self.target * 1000)}m"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"
