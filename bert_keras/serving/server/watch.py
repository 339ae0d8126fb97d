"""Tells of versions that come and go."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bert_keras.serving.server.interface import Models, ServingError, VersionStatus

_SECONDS = 0.25


@dataclass(frozen=True)
class VersionEvent:
    """A version whose state changed.

    Attributes:
        model: The model's name.
        status: The version's new state.
    """

    model: str
    status: VersionStatus


async def watch_versions(
    models: Models, names: Callable[[], Iterable[str]], tell: Callable[[VersionEvent], None]
) -> None:
    """Tells of each change of a version's state until it is cancelled.

    Args:
        models: The models.
        names: Returns the names of the models to look at.
        tell: Is called with each change.
    """
    known: dict[tuple[str, int], VersionStatus] = {}
    while True:
        tell_changes(models, names(), known, tell)
        await asyncio.sleep(_SECONDS)


def tell_changes(
    models: Models,
    names: Iterable[str],
    known: dict[tuple[str, int], VersionStatus],
    tell: Callable[[VersionEvent], None],
) -> None:
    """Tells of the changes since the last call.

    Args:
        models: The models.
        names: The models to look at.
        known: The last states by model and version, which are replaced.
        tell: Is called with each change.
    """
    for name in names:
        for status in _states(models, name):
            if known.get((name, status.version)) != status:
                known[name, status.version] = status
                tell(VersionEvent(name, status))


def _states(models: Models, name: str) -> list[VersionStatus]:
    try:
        return list(reversed(models.status(name)))
    except ServingError:  # no version has been seen yet
        return []
