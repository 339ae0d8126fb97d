"""Servers on this machine that speak as much of the hubs' protocols as their clients need to fetch a model."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """A hub on a free port with models in folders.

    Args:
        handler: Speaks its protocol.
        models: Folder of each model, by its name on the hub.
    """

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler], models: dict[str, Path]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.models = models
        self.requested: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def fetched(self) -> set[str]:
        """The names of the files whose content was asked for."""
        return set(self.requested)


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *_: object) -> None:
        pass

    def reply(self, content: bytes, status: int = 200, kind: str = "application/octet-stream", **headers: str) -> None:
        self.send_response(status)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **named}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def reply_json(self, content: object, status: int = 200, **headers: str) -> None:
        self.reply(json.dumps(content).encode(), status, "application/json", **headers)


class HuggingFaceHandler(_Handler):
    """Hugging Face's: a revision's commit, its tree, and its files under `resolve`."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        parts = unquote(urlsplit(self.path).path).strip("/").split("/")
        is_api = parts[:2] == ["api", "models"]
        user, model, what, *rest = parts[2:] if is_api else parts
        folder = self.server.models.get(f"{user}/{model}")
        if folder is None:
            self.reply_json({"error": "Repository not found"}, 404, X_Error_Code="RepoNotFound")
        elif is_api and what == "revision":
            self.reply_json({"id": f"{user}/{model}", "sha": COMMIT, "siblings": []})
        elif is_api and what == "tree":
            self.reply_json([self._entry(folder, path) for path in folder.rglob("*") if path.is_file()])
        else:
            self._file(folder, "/".join(rest[1:]))

    def _entry(self, folder: Path, path: Path) -> dict[str, object]:
        name = path.relative_to(folder).as_posix()
        return {"type": "file", "path": name, "size": path.stat().st_size, "oid": _sha1(path)}

    def _file(self, folder: Path, name: str) -> None:
        if self.command == "GET":
            self.server.requested.append(name)
        self.reply((folder / name).read_bytes(), X_Repo_Commit=COMMIT, ETag=f'"{_sha1(folder / name)}"')


class KaggleHandler(_Handler):
    """Kaggle's: the current version of a model, the list of its files, and each file."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        method = self.path.rpartition("/")[2]
        folder = self.server.models.get(
            f"{request['ownerSlug']}/{request['modelSlug']}/keras/{request['instanceSlug']}"
        )
        if folder is None:
            self.reply_json({"code": 404, "message": "Not found"}, 404)
        elif method == "GetModelInstance":
            self.reply_json({"slug": request["instanceSlug"], "versionNumber": 3})
        elif method == "ListModelInstanceVersionFiles":
            names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
            self.reply_json({"files": [{"name": name} for name in names], "nextPageToken": ""})
        else:
            self.server.requested.append(request["path"])
            self.reply((folder / request["path"]).read_bytes())


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], models: dict[str, Path]) -> Iterator[Hub]:
    """Runs a hub while the block lasts."""
    with Hub(handler, models) as hub:
        thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield hub
        finally:
            hub.shutdown()
            thread.join()


def _sha1(path: Path) -> str:
    return hashlib.sha1(path.read_bytes()).hexdigest()
