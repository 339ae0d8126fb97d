"""The versions of one model: which are loaded, which are to come, and which go."""

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from bert_keras.serving.c_runtime.runtime import Runtime
from bert_keras.serving.server.interface import ModelSettings, ServingError, VersionStatus
from bert_keras.serving.server.models.running_version import RunningVersion
from bert_keras.serving.server.models.settings import ModelsOptions, RunSettings
from bert_keras.serving.server.models.version_files import (
    Fingerprint,
    find_versions,
    fingerprint,
    resting,
    version_path,
)

_LOG = logging.getLogger(__name__)
# The time in which a request that has found a version may still begin, though the version is on its way out.
GRACE_SECONDS = 1.0
_MOST_ENDED = 32


@dataclass(eq=False)
class _Version:
    """What is known of a version."""

    status: VersionStatus
    running: RunningVersion | None = None
    task: asyncio.Task[None] | None = None
    files: Fingerprint = ()
    tries: int = 0
    retry_at: float = 0.0

    @property
    def state(self) -> str:
        return self.status.state


class ModelVersions:
    """The versions of a model.

    Args:
        settings: The model as the configuration names it.
        options: How models are loaded.
        run: How versions are run.
        runtime: TensorFlow's libraries.
        loads: Limits how many versions are loaded at once.
    """

    def __init__(
        self,
        settings: ModelSettings,
        options: ModelsOptions,
        run: RunSettings,
        runtime: Runtime,
        loads: asyncio.Semaphore,
    ) -> None:
        self.settings, self._loads = settings, loads
        self._options, self._run, self._runtime = options, run, runtime
        self._found: dict[int, Fingerprint] = {}
        self._versions: dict[int, _Version] = {}
        self._poller: asyncio.Task[None] | None = None
        self._folder_is_there = True
        self._closed = False

    # === What is asked ===

    def find(self, version: int | None) -> RunningVersion | None:
        """Returns a version that answers, the highest one for `None`; `None` if there is none."""
        loaded = {number: known for number, known in self._versions.items() if known.state == "AVAILABLE"}
        number = max(loaded, default=None) if version is None else version
        return loaded[number].running if number in loaded else None

    def statuses(self) -> list[VersionStatus]:
        """Returns the states of the versions, the highest first."""
        return [self._versions[number].status for number in sorted(self._versions, reverse=True)]

    def fault(self) -> str:
        """Returns why nothing is served."""
        broken = [status for status in self.statuses() if status.code]
        if broken:
            return f"version {broken[0].version}: {broken[0].message}"
        return f"no version of the policy is in {self.settings.base_path}"

    # === What is done ===

    async def start(self) -> None:
        """Looks at the folder, and returns once each version that it wants has been tried."""
        await self.look()
        if not self._closed:
            self._poller = asyncio.create_task(self._poll())

    async def change(self, settings: ModelSettings) -> None:
        """Takes another policy or other labels, and returns once it is in force."""
        self.settings = settings
        await self.look()

    async def look(self) -> None:
        """Looks at the folder, and waits for the loads that follow."""
        await self._look()
        while tasks := [known.task for known in self._versions.values() if known.state == "LOADING" and known.task]:
            await asyncio.wait(tasks)

    async def stop(self, grace: float = 0.0) -> None:
        """Answers the requests that were taken, and unloads everything.

        Args:
            grace: The seconds in which a request may still begin on a version that it has found.
        """
        self._closed = True
        if self._poller is not None:
            self._poller.cancel()
        for number, known in self._versions.items():
            if known.state == "LOADING" and known.task:
                known.task.cancel()
            elif known.state == "AVAILABLE":
                self._retire(number, grace)
        tasks = [known.task for known in self._versions.values() if known.task]
        if tasks:
            await asyncio.wait(tasks)

    async def _poll(self) -> None:
        while self._options.poll_seconds > 0:
            await asyncio.sleep(self._options.poll_seconds)
            await self._look()

    async def _look(self) -> None:
        broken = {number for number, known in self._versions.items() if known.status.code}
        found = await asyncio.to_thread(find_versions, Path(self.settings.base_path), broken)
        if found is None and self._folder_is_there:
            _LOG.warning("model %s: the folder %s cannot be read", self.settings.name, self.settings.base_path)
        self._folder_is_there = found is not None
        # A base folder that is gone, such as one on a network, does not end what is loaded.
        if found is not None:
            self._found = found
        self._settle()

    def _settle(self) -> None:
        """Begins the loads that are due, and retires what is not wanted once what is wanted answers."""
        if self._closed:
            return
        for number, known in self._versions.items():
            # A version that failed is another one once its files have changed.
            if known.status.code and self._found.get(number) and self._found[number] != known.files:
                known.tries, known.retry_at = 0, 0.0
        wanted = self._wanted()
        for number, known in list(self._versions.items()):
            if known.state == "LOADING" and number not in wanted and known.task:
                known.task.cancel()
        for number in wanted:
            if number not in self._versions or self._versions[number].state == "END":
                self._begin(number)
        if all(self._versions[number].state == "AVAILABLE" for number in wanted):
            for number in [number for number, known in self._versions.items() if known.state == "AVAILABLE"]:
                if number not in wanted:
                    self._retire(number, GRACE_SECONDS)
        self._forget()

    def _wanted(self) -> list[int]:
        """Returns the versions that the policy asks for, of those that are there and not known to be broken."""
        usable = [number for number in sorted(self._found, reverse=True) if not self._blocked(number)]
        if self.settings.specific:
            return [number for number in usable if number in self.settings.specific]
        return usable[: self.settings.latest or None]

    def _blocked(self, number: int) -> bool:
        """Returns whether a version did not load, and is not to be tried now."""
        known = self._versions.get(number)
        if known is None or known.state != "END" or not known.status.code:
            return False
        if known.tries > self._options.max_load_retries:
            return True
        return asyncio.get_running_loop().time() < known.retry_at

    def _begin(self, number: int) -> None:
        """Begins to load a version."""
        known = self._versions.setdefault(number, _Version(VersionStatus(number, "LOADING")))
        known.status = VersionStatus(number, "LOADING")
        _LOG.info("model %s: loading version %d", self.settings.name, number)
        known.task = asyncio.create_task(self._load(number, known))

    async def _load(self, number: int, known: _Version) -> None:
        folder = version_path(Path(self.settings.base_path), number)
        running = RunningVersion(self.settings.name, number, folder, self._runtime, self._run)
        try:
            async with self._loads:
                known.files = await resting(folder)
                await running.load()
            if await asyncio.to_thread(fingerprint, folder) != known.files:
                raise ServingError(14, f"{folder} changed while it was loaded")
        except ServingError as error:
            await running.stop()
            self._fail(number, known, error)
        except asyncio.CancelledError:
            await running.stop()
            known.status = VersionStatus(number, "END")
            raise
        except Exception as error:
            _LOG.exception("model %s: version %d", self.settings.name, number)
            await running.stop()
            self._fail(number, known, ServingError(13, f"{type(error).__name__}: {error}"))
        else:
            known.running, known.tries = running, 0
            known.status = VersionStatus(number, "AVAILABLE")
            running.broken.add_done_callback(lambda broken: self._broke(number, known, broken))
            _LOG.info("model %s: version %d is served", self.settings.name, number)
        self._settle()

    def _fail(self, number: int, known: _Version, error: ServingError) -> None:
        """Notes that a version did not load, and plans the next try."""
        _LOG.error("model %s: version %d does not load: %s", self.settings.name, number, error.message)
        known.status = VersionStatus(number, "END", error.code, error.message)
        known.tries += 1
        if known.tries <= self._options.max_load_retries:
            loop = asyncio.get_running_loop()
            known.retry_at = loop.time() + self._options.load_retry_seconds
            loop.call_at(known.retry_at, self._settle)

    def _broke(self, number: int, known: _Version, broken: asyncio.Future[ServingError]) -> None:
        """Notes that a version's process ended and did not start again."""
        if not broken.cancelled() and known.state == "AVAILABLE" and known.running is not None:
            running, known.running = known.running, None
            self._fail(number, known, broken.result())
            known.task = asyncio.create_task(running.stop())
            self._settle()

    def _retire(self, number: int, grace: float) -> asyncio.Task[None]:
        """Begins to unload a version; it takes no new requests."""
        known = self._versions[number]
        known.status = VersionStatus(number, "UNLOADING")
        known.task = asyncio.create_task(self._unload(number, known, grace))
        return known.task

    async def _unload(self, number: int, known: _Version, grace: float) -> None:
        running, known.running = known.running, None
        assert running is not None
        await asyncio.sleep(grace)
        await running.drain()
        await running.stop()
        known.status = VersionStatus(number, "END")
        _LOG.info("model %s: version %d is unloaded", self.settings.name, number)
        self._settle()

    def _forget(self) -> None:
        """Forgets the oldest of the versions that have ended and are gone."""
        ended = [number for number, known in self._versions.items() if known.state == "END"]
        for number in [number for number in sorted(ended) if number not in self._found][:-_MOST_ENDED]:
            del self._versions[number]
