"""TensorBoard's own projector, asked as a browser asks it."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.projector.projector_plugin import ProjectorPlugin
from werkzeug.test import Client


class ProjectorServer:
    """Serves the runs of a log folder that hold an event file, as the projector does."""

    def __init__(self, logdir: Path) -> None:
        folders = sorted({path.parent.relative_to(logdir) for path in logdir.rglob("events.out.tfevents.*")})
        runs = [SimpleNamespace(run_name=str(folder)) for folder in folders]
        self._plugin = ProjectorPlugin(
            TBContext(data_provider=SimpleNamespace(list_runs=lambda *_, **__: runs), logdir=str(logdir))
        )

    def runs(self) -> list[str]:
        return json.loads(self._get("runs"))

    def embeddings(self, run: str) -> dict[str, dict[str, Any]]:
        """The configuration of a run, by tensor."""
        return {each["tensorName"]: each for each in json.loads(self._get("info", run=run))["embeddings"]}

    def tensor(self, run: str, name: str) -> np.ndarray:
        shape = self.embeddings(run)[name]["tensorShape"]
        return np.frombuffer(self._get("tensor", run=run, name=name), "<f4").reshape(shape)

    def metadata(self, run: str, name: str) -> list[list[str]]:
        """The table; the first line has the names."""
        return [
            line.split("\t") for line in self._get("metadata", run=run, name=name).decode().split("\n") if line.strip()
        ]

    def bookmarks(self, run: str, name: str) -> list[dict[str, Any]]:
        return json.loads(self._get("bookmarks", run=run, name=name))

    def _get(self, route: str, **asked: str) -> bytes:
        # Names go into the address as they are, as the projector's page puts them.
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        reply = Client(self._plugin.get_plugin_apps()[f"/{route}"]).get(f"/{route}?{query}")
        assert reply.status_code == 200, reply.get_data(as_text=True)
        return reply.get_data()
