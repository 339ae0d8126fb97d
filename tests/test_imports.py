import ast

import pytest
from import_graph import PACKAGES, circles, import_graph, modules

# What the rooms that know data and models may import.
LOOKING_DOWN = {
    "classification",
    "data",
    "errors",
    "evaluation",
    "event_files",
    "files",
    "models",
    "qa",
    "reporting",
    "runtime",
    "tagging",
    "text",
}
# Which rooms of the library each room may import.
ROOMS = {
    "errors": set(),
    "files": {"errors"},
    "runtime": set(),
    "classification": {"errors"},
    "event_files": {"errors"},
    "text": {"errors"},
    "qa": {"errors", "text"},
    "tagging": {"errors", "files"},
    "checkpoints": {"classification", "errors", "files", "text"},
    "data": {"classification", "errors", "files", "qa", "runtime", "tagging", "text"},
    "models": {"checkpoints", "classification", "errors", "files", "qa", "runtime", "tagging", "text"},
    "evaluation": {"classification", "errors"},
    "reporting": {"classification", "errors", "evaluation", "files", "qa", "runtime", "tagging"},
    "retrieval": {"checkpoints", "errors", "files", "models", "qa", "text"},
    "workers": {"errors"},
    "training": LOOKING_DOWN | {"workers"},
    "serving": {"__main__", "classification", "errors", "files", "models", "qa", "runtime", "tagging", "text"},
    "tensorboard_plugin": {"errors"},
    "insight": LOOKING_DOWN | {"tensorboard_plugin"},
    "corpus": {"errors", "files", "runtime"},
    "auditing": LOOKING_DOWN | {"insight", "training"},
    "labelling": LOOKING_DOWN | {"auditing", "insight"},
    "__main__": set(),
}
# Which folders of the programs each of them may import; a program imports no other, but for the table of a check.
PROGRAMS = {
    "__main__": {"command_line"},
    "console": set(),
    "command_line": {"console"},
    "inputs": set(),
    "training": {"check", "command_line", "console"},
    "classify": {"command_line", "console", "inputs", "training"},
    "answer": {"command_line", "console", "training"},
    "answer_over": {"command_line", "console", "inputs"},
    "contrast": {"command_line", "console", "training"},
    "pretrain": {"command_line", "console", "training"},
    "tag": {"command_line", "console", "training"},
    "embed": {"command_line", "console", "inputs"},
    "predict": {"command_line", "console", "inputs"},
    "suggest": {"command_line", "console", "inputs"},
    "visualize": {"command_line", "console", "inputs"},
    "compare": {"command_line", "console"},
    "audit": {"command_line", "console", "training"},
    "search": {"command_line", "console", "training"},
    "slices": {"command_line", "console", "inputs"},
    "behave": {"command_line", "console", "inputs"},
    "export": {"check", "command_line", "console", "inputs"},
    "check": {"command_line", "console"},
    "serve": {"command_line", "console"},
    "deploy": {"command_line", "console"},
}
GRAPH = import_graph()


def rooms_imported(package: str, room: str) -> set[str]:
    """The other rooms of a package that the modules of a room import."""
    of_room = [name for name in GRAPH if name.split(".")[:2] == [package, room]]
    assert of_room
    imported = {other for name in of_room for other in GRAPH[name] if other.startswith(f"{package}.")}
    return {other.split(".")[1] for other in imported} - {room}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_those_below_it(room: str) -> None:
    assert rooms_imported("bert_keras", room) <= ROOMS[room]


@pytest.mark.parametrize("folder", PROGRAMS)
def test_a_program_imports_only_what_programs_share(folder: str) -> None:
    assert rooms_imported("pipelines", folder) <= PROGRAMS[folder]


def test_each_room_is_in_these_tables() -> None:
    assert {name.split(".")[1] for name in GRAPH if name.startswith("bert_keras.")} == ROOMS.keys()
    assert {name.split(".")[1] for name in GRAPH if name.startswith("pipelines.")} == PROGRAMS.keys()


def test_no_modules_import_each_other_not_even_for_types() -> None:
    assert circles(GRAPH) == []


def test_no_rooms_import_each_other() -> None:
    rooms: dict[str, set[str]] = {package: set() for package in PACKAGES}
    for name, others in GRAPH.items():
        room = ".".join(name.split(".")[:2])
        rooms.setdefault(room, set()).update(".".join(other.split(".")[:2]) for other in others)
    assert circles({room: others - {room} for room, others in rooms.items()}) == []


def test_circles_are_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a", "e"}, "e": {"d"}, "f": {"f", "a"}}
    assert sorted(circles(graph)) == [["a", "b", "c"], ["d", "e"]]


def test_the_library_imports_no_program() -> None:
    assert not [
        name
        for name, others in GRAPH.items()
        if name.startswith("bert_keras") and any(other.startswith("pipelines") for other in others)
    ]


def test_programs_import_each_other_relatively() -> None:
    """In a wheel the folder is a part of the package, under another name."""
    for name, path in modules().items():
        if name.startswith("pipelines"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                assert not (isinstance(node, ast.ImportFrom) and not node.level and node.module == "pipelines"), path
                assert not (isinstance(node, ast.ImportFrom) and str(node.module).startswith("pipelines.")), path
