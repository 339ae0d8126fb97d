"""The page to try models in a browser: its files, by the path that serves them."""

import base64
import functools
import hashlib
import importlib.resources
import json
import re
from collections.abc import Callable, Iterator, Sequence
from importlib.resources.abc import Traversable

from bert_keras.serving.server.rest.api import Answer

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_STYLE = re.compile(r"export const STYLE = `([^`\\$]*)`;")
_VIEWS = "ui/attention/"  # where the views of the TensorBoard plugin are served
_ENTRIES = {"index.html": "'none'", "explained.html": "'self'"}  # by which pages each may be framed


def page_answers(names: Callable[[], Sequence[str]]) -> dict[str, Callable[[], Answer]]:
    """Returns the answers to requests for the page and its files, by path.

    All files are read here: no request opens one, and an update of the package cannot mix two states of the page.

    Args:
        names: Returns the names of the models.
    """
    package = importlib.resources.files("bert_keras")
    own = package / "serving" / "server" / "page"
    views = package / "tensorboard_plugin" / "static"
    policy = _policy((views / "page" / "style.js").read_text(encoding="utf-8"))
    files = {f"/ui/{path}": file for path, file in _files(own)}
    files |= {f"/{_VIEWS}{path}": file for path, file in _files(views)}
    answers = {
        path: _answer(file, policy.format(framed=_ENTRIES.get(file.name, "'none'"))) for path, file in files.items()
    }
    answers["/"] = answers.pop("/ui/index.html")
    pages = {path: functools.partial(_same, answer) for path, answer in answers.items()}
    return pages | {"/ui/models.json": lambda: _models(names())}


def _same(answer: Answer) -> Answer:
    return answer


def _files(folder: Traversable, path: str = "") -> Iterator[tuple[str, Traversable]]:
    """Yields the served files of a folder and its subfolders, each with its path from the outermost folder."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry, f"{path}{entry.name}/")
        elif _ending(entry.name) in _TYPES:
            yield path + entry.name, entry


def _ending(name: str) -> str:
    return name[name.rfind(".") :]


def _policy(style_module: str) -> str:
    """Returns a content security policy: files of this server only, and the style sheet that the views insert."""
    found = _STYLE.search(style_module)
    hashed = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode() if found else ""
    style = f" 'sha256-{hashed}'" if found else ""
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'{style}; img-src 'self'; connect-src 'self'; "
        "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {framed}"
    )


def _answer(file: Traversable, policy: str) -> Answer:
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Answer(200, file.read_text(encoding="utf-8"), _TYPES[_ending(file.name)], headers)


def _models(names: Sequence[str]) -> Answer:
    return Answer(200, json.dumps({"models": list(names)}), headers={"Cache-Control": "no-store"})
