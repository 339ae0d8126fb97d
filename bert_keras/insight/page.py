"""Writes one HTML file that holds the views of the Attention tab and the records they show, and makes no request."""

import base64
import hashlib
import html
import importlib.resources
import json
import posixpath
import re
from collections.abc import Iterator, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from bert_keras.errors import InputError
from bert_keras.files.atomic import replaced_file
from bert_keras.insight.page_precision import pack, packed_text
from bert_keras.insight.record import Record

# A relative import, in the forms that the modules have: on one line, or after a list of names over several lines.
_IMPORT = re.compile(r'(?m)^(import |(?:import\b.*|export\b.*|\}) from )"(\.{1,2}/[\w./-]+\.js)";$')
_BARE = "bert-keras/"
_START = """import { render } from "bert-keras/index.js";
render();
"""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
</head>
<body>
<noscript><p>This page draws what goes on inside a model in your browser, from data it carries with it. It asks nobody
for anything, but it needs JavaScript.</p></noscript>
<script type="application/json" id="bert-keras-data">{data}</script>
<script type="importmap">{imports}</script>
<script type="module">{start}</script>
</body>
</html>
"""


def page_html(records: Record | Sequence[Record], title: str | None = None) -> str:
    """Returns a self-contained HTML page that shows records, for opening from a disk or sending as one file.

    Args:
        records: The records to show. Those of one model and name at several steps share a slider.
        title: The title of the page. `None` means the records' names.

    Returns:
        The HTML. Its content security policy forbids every request; texts and labels are data in it, never markup.
        Weights that would take more than `page_precision.BUDGET` bytes are rounded, and the page says by how much.

    Raises:
        InputError: There is no record.
    """
    records = [records] if isinstance(records, Record) else list(records)
    if not records:
        raise InputError("a page shows at least one record. Received: none")
    imports = json.dumps({"imports": dict(_modules())})
    return _PAGE.format(
        policy=_policy(imports, _START),
        title=html.escape(title or _title(records)),
        data=_json(_embedded(records)),
        imports=imports,
        start=_START,
    )


def write_page(path: str | Path, records: Record | Sequence[Record], title: str | None = None) -> None:
    """Writes the page of `page_html` to a file, under a temporary name first, so that no half file is left.

    Args:
        path: The HTML file; its folder is made where it does not exist.
        records: The records to show.
        title: The title of the page. `None` means the records' names.

    Raises:
        InputError: There is no record.
    """
    page = page_html(records, title)
    with replaced_file(path) as aside:
        aside.write_bytes(page.encode())


def _title(records: Sequence[Record]) -> str:
    names = list(dict.fromkeys(str(record.header["name"]) for record in records))
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _embedded(records: Sequence[Record]) -> dict[str, Any]:
    """Returns what the views' `EmbeddedSource` reads: the list of steps, and each record by run, tag and step."""
    runs: dict[str, dict[str, list[dict[str, int]]]] = {}
    kept: dict[str, dict[str, Any]] = {}
    for record, (header, layers) in zip(records, pack(records), strict=True):
        run, tag, step = _place(record, kept)
        runs.setdefault(run, {}).setdefault(tag, []).append(
            {"step": step, "wall_time": 0, "layers": len(record.layers)}
        )
        kept[f"{run}\t{tag}\t{step}"] = {"header": packed_text(_json(header).encode()), "layers": layers}
    for series in (series for tags in runs.values() for series in tags.values()):
        series.sort(key=lambda entry: entry["step"])
    return {"runs": runs, "records": kept}


def _place(record: Record, taken: dict[str, dict[str, Any]]) -> tuple[str, str, int]:
    """Returns a record's run, tag and step; the tag gets a number where another record has all three."""
    run, name, step = (
        (record.header.get("model") or {}).get("name") or "model",
        record.header["name"],
        record.header.get("step") or 0,
    )
    # A tab separates the three in the key.
    run, name = (str(part).replace("\t", " ") for part in (run, name))
    tag, number = name, 1
    while f"{run}\t{tag}\t{step}" in taken:
        number += 1
        tag = f"{name} ({number})"
    return run, tag, step


def _modules() -> Iterator[tuple[str, str]]:
    """Yields each module's bare name, `bert-keras/PATH.js`, and its source as a `data:` address."""
    for path, file in _scripts(importlib.resources.files("bert_keras.tensorboard_plugin") / "static"):
        source = _with_bare_imports(path, file.read_text(encoding="utf-8"))
        yield _BARE + path, "data:text/javascript;base64," + base64.b64encode(source.encode()).decode()


def _scripts(folder: Traversable, path: str = "") -> Iterator[tuple[str, Traversable]]:
    """Yields the JavaScript files of a folder and its subfolders, each with its path from the outermost folder."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _scripts(entry, f"{path}{entry.name}/")
        elif entry.name.endswith(".js"):
            yield path + entry.name, entry


def _with_bare_imports(path: str, source: str) -> str:
    """Replaces relative imports, which a `data:` address has no base for, by the bare names of the import map."""

    def bare(found: re.Match[str]) -> str:
        return f'{found[1]}"{_BARE}{posixpath.normpath(posixpath.join(posixpath.dirname(path), found[2]))}";'

    return _IMPORT.sub(bare, source)


def _policy(*scripts: str) -> str:
    """Returns a content security policy that allows the given scripts by hash and `data:` modules, but no request."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes} data:; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _json(value: Any) -> str:
    """Returns JSON that cannot end a script element: each `<`, which JSON has only in strings, is an escape."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
