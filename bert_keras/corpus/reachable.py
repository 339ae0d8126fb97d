"""Whether somebody listens at the address of a cluster, which Ray itself tries for many minutes."""

import socket

from bert_keras.errors import ServiceError

_SECONDS = 10.0  # until somebody answers


def check_reachable(address: str | None) -> None:
    """Checks that somebody listens at the address of a cluster.

    Args:
        address: `HOST:PORT` or `ray://HOST:PORT`; of `None` and of names without a port nothing is checked.

    Raises:
        ServiceError: Nobody does.
    """
    host, _, port = (address or "").removeprefix("ray://").rpartition(":")
    if not host:
        return
    try:
        socket.create_connection((host, int(port)), timeout=_SECONDS).close()
    except (OSError, ValueError, OverflowError) as error:
        raise ServiceError(
            f"{address}: no cluster of Ray can be reached there ({error}); name the HOST:PORT that `ray start --head` "
            "prints, or ray://HOST:10001",
            "UNAVAILABLE",
        ) from error
