"""The rooms of the Attention tab's modules: which folder may import which, read from the modules' own imports."""

import os
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from bert_keras import tensorboard_plugin

STATIC = Path(tensorboard_plugin.__file__).parent / "static"
# Which rooms each room may import; the modules beside the folders are rooms of their own.
ROOMS = {
    "host.js": set(),
    "records": set(),
    "drawing": {"host.js", "records"},
    "views": {"drawing", "records"},
    "rows": set(),
    "page": {"drawing", "host.js", "records", "rows", "views"},
    "index.js": {"page", "records"},
}
# Imports of names and, in comments, of types.
IMPORT = re.compile(r"""(?:\bfrom\s+|\bimport\s*\(?\s*)["']([^"'\n]+)["']""")
SOURCES = {path.relative_to(STATIC).as_posix(): path.read_text(encoding="utf-8") for path in STATIC.rglob("*.js")}


def imports_of(name: str) -> set[str]:
    """The modules that a module imports, by their paths within the folder."""
    folder = os.path.dirname(name)
    return {os.path.normpath(os.path.join(folder, each)).replace(os.sep, "/") for each in IMPORT.findall(SOURCES[name])}


GRAPH = {name: imports_of(name) for name in SOURCES}


def test_every_module_stands_in_a_room_and_imports_modules_that_exist() -> None:
    assert {name.split("/")[0] for name in GRAPH} == set(ROOMS)
    assert set().union(*GRAPH.values()) <= set(GRAPH)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_those_below_it(room: str) -> None:
    imported = {other.split("/")[0] for name in GRAPH if name.split("/")[0] == room for other in GRAPH[name]}
    assert imported - {room} <= ROOMS[room]


def test_no_view_imports_another_view() -> None:
    folders = {path.parent.name for path in STATIC.glob("views/*/view.js")}
    assert folders == {"heads", "grid", "matrix", "text", "answer", "architecture"}
    for name, imported in GRAPH.items():
        if name.startswith("views/"):
            own = f"{os.path.dirname(name)}/"
            assert [other for other in imported if other.startswith("views/") and not other.startswith(own)] == [], name


def test_no_modules_import_each_other_in_a_circle() -> None:
    TopologicalSorter(GRAPH).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_module_begins_with_what_it_is_and_has_no_long_line(name: str) -> None:
    lines = SOURCES[name].splitlines()
    assert re.match(r"// [A-Z].{20,}", lines[0])
    assert [number for number, line in enumerate(lines, 1) if len(line) > 120] == []
