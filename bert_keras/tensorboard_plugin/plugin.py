"""The server side of the Attention tab: the files of the page, and the records of the log."""

import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tensorboard import plugin_util
from tensorboard.backend.http_util import Respond
from tensorboard.plugins import base_plugin
from werkzeug import wrappers

from bert_keras.tensorboard_plugin import PLUGIN_NAME
from bert_keras.tensorboard_plugin.blobs import Blobs
from bert_keras.tensorboard_plugin.live import Live
from bert_keras.tensorboard_plugin.predicted_rows import predicted_rows, row_neighbours
from bert_keras.tensorboard_plugin.refusal import Refusal

STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_KEPT_SECONDS = 60  # in which a browser that opens the tab again asks for none of its seventy files
_Answer = Callable[[wrappers.Request], tuple[str | bytes | dict[str, Any], str]]


class AttentionPlugin(base_plugin.TBPlugin):
    """The Attention tab.

    Args:
        context: The context that TensorBoard passes to its plugins.
        live: The model that answers typed texts; `None` where this process holds none.
    """

    plugin_name = PLUGIN_NAME

    def __init__(self, context: base_plugin.TBContext, live: Live | None = None) -> None:
        super().__init__(context)
        self._provider, self._logdir = context.data_provider, context.logdir or ""
        self._live = live

    def is_active(self) -> bool:
        """Returns `False`: TensorBoard shows the tab once it has seen data of it, and asks only while it has not."""
        return False

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        """Returns the name of the tab and its JavaScript module."""
        return base_plugin.FrontendMetadata(es_module_path="/index.js", tab_name="Attention")

    def get_plugin_apps(self) -> dict[str, Any]:
        """Returns the routes: one for each static file, so that no path can lead elsewhere, and those of the data."""
        files = {
            f"/{path.relative_to(STATIC).as_posix()}": _app(functools.partial(_file, path), _KEPT_SECONDS)
            for path in _static_files()
        }
        data: dict[str, _Answer] = {
            "/examples": self._examples,
            "/header": self._header,
            "/layer": self._layer,
            "/rows": self._rows,
            "/neighbours": self._neighbours,
        }
        if self._live is not None:
            data |= {"/look": self._look}
        return files | {path: _app(answer) for path, answer in data.items()}

    def _examples(self, request: wrappers.Request) -> tuple[dict[str, Any], str]:
        listed = self._blobs(request).examples()
        return listed if self._live is None else listed | {"live": self._live.takes}, "application/json"

    def _header(self, request: wrappers.Request) -> tuple[bytes, str]:
        return self._blobs(request).header(*_place(request)), "application/json"

    def _layer(self, request: wrappers.Request) -> tuple[bytes, str]:
        return self._blobs(request).layer(*_place(request), _number(request, "layer")), "application/octet-stream"

    def _rows(self, request: wrappers.Request) -> tuple[str, str]:
        return json.dumps(predicted_rows(self._logdir, self._run(request))), "application/json"

    def _neighbours(self, request: wrappers.Request) -> tuple[str, str]:
        found = row_neighbours(self._logdir, self._run(request), request.args.get("key", ""))
        return json.dumps(found), "application/json"

    def _run(self, request: wrappers.Request) -> str:
        """Returns the run of a request, one that has records."""
        run = request.args.get("run", "")
        if run not in self._blobs(request).examples()["runs"]:
            raise Refusal(f"there is no run “{run}” with texts; name one of ./examples")
        return run

    def _look(self, request: wrappers.Request) -> tuple[str, str]:
        if self._live is None:
            raise Refusal("this TensorBoard holds no model")
        return json.dumps(self._live.answer(request)), "application/json"

    def _blobs(self, request: wrappers.Request) -> Blobs:
        return Blobs(self._provider, plugin_util.context(request.environ), plugin_util.experiment_id(request.environ))


def _static_files() -> Iterator[Path]:
    return (path for path in sorted(STATIC.rglob("*")) if path.suffix in _TYPES and path.is_file())


def _file(path: Path, request: wrappers.Request) -> tuple[bytes, str]:
    return path.read_bytes(), _TYPES[path.suffix]


def _app(answer: _Answer, kept_seconds: int = 0) -> Any:
    """Returns a WSGI application that reports errors as JSON, and keeps them out of TensorBoard's log."""

    @wrappers.Request.application
    def app(request: wrappers.Request) -> wrappers.Response:
        try:
            return Respond(request, *answer(request), expires=kept_seconds)
        except Refusal as refusal:
            return Respond(request, {"error": str(refusal)}, "application/json", code=refusal.status)
        except Exception as error:
            told = (
                f"TensorBoard cannot read this ({type(error).__name__}: {error}); "
                "reload the page, or start TensorBoard anew."
            )
            return Respond(request, {"error": told}, "application/json", code=500)

    return app


def _place(request: wrappers.Request) -> tuple[str, str, int]:
    """Returns the run, the tag and the step of a request."""
    missing = [name for name in ("run", "tag", "step") if name not in request.args]
    if missing:
        raise Refusal(
            f"say which record is meant: run, tag and step, as ./examples lists them. Missing: {', '.join(missing)}",
            400,
        )
    return request.args["run"], request.args["tag"], _number(request, "step")


def _number(request: wrappers.Request, name: str) -> int:
    try:
        return int(request.args[name])
    except (KeyError, ValueError):
        raise Refusal(f"{name} is a whole number. Received: {request.args.get(name, 'none')!r:.40}", 400) from None
