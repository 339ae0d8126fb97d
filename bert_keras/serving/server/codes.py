"""The canonical codes of answers: their names, and the HTTP statuses that TensorFlow Serving gives them."""

OK = 0
CANCELLED = 1
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14

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
_STATUSES = (200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401)


def code_name(code: int) -> str:
    """Returns the name of a canonical code, such as `INVALID_ARGUMENT` for 3."""
    return _NAMES[code] if 0 <= code < len(_NAMES) else "UNKNOWN"


def code_number(name: str) -> int:
    """Returns the number of a canonical code, 2 (UNKNOWN) for a name that is none."""
    return _NAMES.index(name if name in _NAMES else "UNKNOWN")


def http_status(code: int) -> int:
    """Returns the HTTP status of a canonical code, such as 400 for INVALID_ARGUMENT."""
    return _STATUSES[code] if 0 <= code < len(_STATUSES) else 500
