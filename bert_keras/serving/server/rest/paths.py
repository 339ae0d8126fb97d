"""The paths of the REST API."""

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

_SPEC = r"(?:/versions/(?P<version>\d+)|/labels/(?P<label>[^/:]+))?"
_PREDICTION = re.compile(rf"/v1/models/(?P<name>[^/:]+){_SPEC}:(?P<verb>classify|regress|predict)", re.I | re.A)
_STATUS = re.compile(rf"/v1/models(?:/(?P<name>[^/:]+))?{_SPEC}(?:/(?P<verb>metadata))?", re.I | re.A)
_API = re.compile(r"/v1/", re.I)
_ABSOLUTE = re.compile(r"https?://[^/?#]*", re.I)
_MAX_VERSION = 2**63 - 1


class BadVersionError(ValueError):
    """A version that is no number of 64 bits."""


@dataclass(frozen=True, slots=True)
class Route:
    """What a request asks for.

    Attributes:
        verb: "predict", "classify", "regress", "metadata" or "status".
        name: The model's name; empty if there is none in the path.
        version: The version, if the path has one.
        label: The label, if the path has one.
    """

    verb: str
    name: str
    version: int | None
    label: str | None


def is_api(path: str) -> bool:
    """Whether a path belongs to the API, so that its errors are JSON."""
    return _API.match(path) is not None


def whole_path(target: str) -> str:
    """Returns the path of a request's target, with its query: clients of a proxy send a whole address."""
    found = _ABSOLUTE.match(target)
    return target if found is None else target[found.end() :] or "/"


def route(method: str, path: str) -> Route | None:
    """Returns what a request asks for.

    Args:
        method: The HTTP method.
        path: The path as it was sent, with its query.

    Returns:
        The route; `None` if there is none for this method and path.

    Raises:
        BadVersionError: The version has more than 64 bits.
    """
    pattern = {"POST": _PREDICTION, "GET": _STATUS}.get(method)
    found = pattern.fullmatch(path) if pattern is not None else None
    if found is None:
        return None
    version = None if found["version"] is None else int(found["version"].lstrip("0")[:40] or "0")
    if version is not None and version > _MAX_VERSION:
        raise BadVersionError
    # The pattern takes any case; of the words themselves the server knows the lower one only.
    verb = found["verb"]
    if method == "GET":
        verb = "metadata" if verb == "metadata" else "status"
    elif verb not in ("predict", "classify", "regress"):
        return None
    return Route(verb, _decoded(found["name"]), version, found["label"] and _decoded(found["label"]))


def _decoded(part: str | None) -> str:
    """Returns a part of a path without its percent escapes."""
    if not part or "%" not in part:
        return part or ""
    return unquote_to_bytes(part).decode(errors="surrogateescape")
