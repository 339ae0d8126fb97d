"""Starts TensorBoard as a user would, but for the socket: its requests are answered in this process."""

import contextlib
import json
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from werkzeug.test import Client, TestResponse

from bert_keras.tensorboard_plugin import PLUGIN_NAME

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of what TensorBoard brings along
    from tensorboard import default, program

PATIENCE = 60.0  # seconds, on a machine that has much else to do


class StartedTensorBoard:
    """TensorBoard with a log folder.

    Args:
        app: Its WSGI application.
        flags: Its flags.
    """

    def __init__(self, app: Any, flags: Any) -> None:
        self._client = Client(app)
        self.flags = flags

    def get(self, path: str, **query: Any) -> TestResponse:
        """Asks for a path of the whole."""
        return self._client.get(self.flags.path_prefix + path, query_string=query)

    def ask(self, path: str, **query: Any) -> TestResponse:
        """Asks for a path of the tab."""
        return self.get(f"/data/plugin/{PLUGIN_NAME}{path}", **query)

    def send(self, path: str, content: Any, **how: Any) -> TestResponse:
        """Sends JSON to a path of the tab, as its page does unless `how` says something else."""
        usual = {"method": "POST", "base_url": "http://localhost:6006", "content_type": "application/json"}
        address = f"{self.flags.path_prefix}/data/plugin/{PLUGIN_NAME}{path}"
        return self._client.open(address, **(usual | {"data": json.dumps(content)} | how))

    def examples(self) -> dict[str, Any]:
        """What the tab lists."""
        return json.loads(self.ask("/examples").data)

    def error(self, path: str, status: int, **query: Any) -> str:
        """Asks for what cannot be had, and returns what is said."""
        answer = self.ask(path, **query)
        assert (answer.status_code, answer.mimetype) == (status, "application/json"), answer.data
        return json.loads(answer.data)["error"]


@contextlib.contextmanager
def started(logdir: Path, fast: bool, runs: int, plugin: Any = None, **flags: Any) -> Iterator[StartedTensorBoard]:
    """Starts TensorBoard, and waits until it has read some runs.

    Args:
        logdir: The log folder.
        fast: Whether with the fast loader, a process of its own.
        runs: How many runs it will find.
        plugin: The loader of the tab; `None` for the installed one.
        **flags: Of TensorBoard.

    Yields:
        TensorBoard.
    """
    plugins = default.get_plugins()
    if plugin is not None:
        plugins = [each for each in plugins if each is not type(plugin)] + [plugin]
    board = program.TensorBoard(plugins=plugins, server_class=StartedTensorBoard)
    board.configure(logdir=str(logdir), load_fast=str(fast).lower(), reload_interval=0, **flags)
    server = board._make_server()
    try:
        end = time.monotonic() + PATIENCE
        while len(json.loads(server.get("/data/runs").data)) < runs:
            assert time.monotonic() < end, "TensorBoard did not read the log"
            time.sleep(0.05)
        time.sleep(0.2)  # the last run it has found may not be read to its end
        yield server
    finally:
        if fast:
            board._ingester._stdin_handle.close()  # the loader ends with it
