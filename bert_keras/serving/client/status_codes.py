"""The canonical codes that HTTP statuses stand for."""

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


def code_of_http(status: int) -> str:
    """Returns the name of the code that an HTTP status stands for, e.g. "NOT_FOUND" for 404."""
    return _OF_HTTP.get(status, f"HTTP {status}")
