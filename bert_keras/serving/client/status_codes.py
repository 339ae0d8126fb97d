"""The canonical codes of gRPC, by number and by name, and the HTTP statuses that stand for them."""

_NAMES = (
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
)
# 502 is what a proxy answers while the server behind it is gone.
_OF_HTTP = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    413: "OUT_OF_RANGE",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def code_number(name: str) -> int:
    """Returns the number of a code, 2 (UNKNOWN) for a name that is none."""
    return _NAMES.index(name) if name in _NAMES else _NAMES.index("UNKNOWN")


def code_of_http(status: int) -> str:
    """Returns the name of the code that an HTTP status stands for, e.g. "NOT_FOUND" for 404."""
    return _OF_HTTP.get(status, f"HTTP {status}")
