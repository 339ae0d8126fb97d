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


class VersionWatch:
    """Looks at the versions of models again and again.

    Args:
        models: The models.
        names: Returns the names of the models to look at.
        tell: Is called with each change of a version's state.
    """

    def __init__(
        self, models: Models, names: Callable[[], Iterable[str]], tell: Callable[[VersionEvent], None]
    ) -> None:
        self._models = models
        self._names = names
        self._tell = tell
        self._known: dict[tuple[str, int], VersionStatus] = {}

    async def run(self) -> None:
        """Looks until it is cancelled."""
        while True:
            self.look()
            await asyncio.sleep(_SECONDS)

    def look(self) -> None:
        """Tells of the changes since the last look."""
        for name in self._names():
            for status in self._states(name):
                if self._known.get((name, status.version)) != status:
                    self._known[name, status.version] = status
                    self._tell(VersionEvent(name, status))

    def _states(self, name: str) -> list[VersionStatus]:
        try:
            return list(reversed(self._models.status(name)))
        except ServingError:  # no version has been seen yet
            return []
