"""One HTML file with the views of the Attention tab and the records they show; it asks nobody for anything."""

import base64
import hashlib
import html
import importlib.resources
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bert_keras.errors import InputError
from bert_keras.files.atomic import replaced_file
from bert_keras.insight.record import Record

# An import of a module beside the one it stands in, in the only form that the modules use.
_IMPORT = re.compile(r'(?m)^((?:import|export)\b.*\bfrom )"\./([\w.-]+\.js)";')
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
<noscript><p>This page draws what goes on inside a model in your browser, from data it carries with it. It asks nobody for anything,
but it needs JavaScript.</p></noscript>
<script type="application/json" id="bert-keras-data">{data}</script>
<script type="importmap">{imports}</script>
<script type="module">{start}</script>
</body>
</html>
"""


def page_html(records: Record | Sequence[Record], title: str | None = None) -> str:
    """Makes a page of records that needs nothing but itself, to be opened from a disk or sent to somebody.

    Args:
        records: What it shows. Records of one name at several steps become the steps of its slider.
        title: Of the page; the records' names unless said.

    Returns:
        HTML. Its policy forbids every request; texts and labels stand in it as data only.

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
    """Writes a page of records, whole or not at all.

    Args:
        path: Where to.
        records: What it shows.
        title: Of the page; the records' names unless said.

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
    """Records as the views' `EmbeddedSource` reads them: the list of them, and each by its run, tag and step."""
    runs: dict[str, dict[str, list[dict[str, int]]]] = {}
    kept: dict[str, dict[str, Any]] = {}
    for record in records:
        run, tag, step = _place(record, kept)
        runs.setdefault(run, {}).setdefault(tag, []).append(
            {"step": step, "wall_time": 0, "layers": len(record.layers)}
        )
        layers = [base64.b64encode(_deflated(layer.tobytes())).decode() for layer in record.layers]
        kept[f"{run}\t{tag}\t{step}"] = {"header": record.header, "layers": layers}
    for series in (series for tags in runs.values() for series in tags.values()):
        series.sort(key=lambda entry: entry["step"])
    return {"runs": runs, "records": kept}


def _place(record: Record, taken: dict[str, dict[str, Any]]) -> tuple[str, str, int]:
    """Run, tag and step of a record; the tag is numbered where two records would stand at one place."""
    run, name, step = (
        (record.header.get("model") or {}).get("name") or "model",
        record.header["name"],
        record.header.get("step") or 0,
    )
    # A tab parts the three in the key.
    run, name = (str(part).replace("\t", " ") for part in (run, name))
    tag, number = name, 1
    while f"{run}\t{tag}\t{step}" in taken:
        number += 1
        tag = f"{name} ({number})"
    return run, tag, step


def _deflated(octets: bytes) -> bytes:
    """Raw deflate, which browsers undo by themselves."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(octets) + packer.flush()


def _static() -> Any:
    return importlib.resources.files("bert_keras.tensorboard_plugin") / "static"


def _modules() -> Iterator[tuple[str, str]]:
    """Each module's bare name and its source as a `data:` address."""
    for path in sorted(_static().iterdir(), key=lambda path: path.name):
        if path.name.endswith(".js"):
            source = _IMPORT.sub(rf'\1"{_BARE}\2";', path.read_text(encoding="utf-8"))
            yield _BARE + path.name, "data:text/javascript;base64," + base64.b64encode(source.encode()).decode()


def _policy(*scripts: str) -> str:
    """A content policy: the page's own scripts by their hashes, modules out of its own text, and no request to anywhere."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes} data:; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _json(value: Any) -> str:
    """JSON that ends no script element: every `<` is written as an escape, which within JSON can only stand in a string."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
