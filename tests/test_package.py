import ast
import subprocess
import sys
from pathlib import Path

import pytest

import bert_keras

ROOT = Path(bert_keras.__file__).parent
# Which rooms each room may import; nothing imports the pipelines.
ROOMS = {
    "atomic": set(),
    "errors": set(),
    "lanes": set(),
    "quiet": {"lanes"},
    "tasks": {"errors"},
    "text": {"errors"},
    "qa": {"errors", "text"},
    "data": {"atomic", "errors", "lanes", "qa", "tasks", "text"},
    "evaluation": {"errors", "tasks"},
    "reporting": {"atomic", "errors", "evaluation", "qa", "tasks"},
    "checkpoints": {"atomic", "errors", "tasks", "text"},
    "models": {"checkpoints", "errors", "lanes", "qa", "tasks", "text"},
    "training": {"atomic", "data", "errors", "evaluation", "event_writer", "lanes", "models", "qa", "reporting", "tasks", "text"},
    "serving": {"errors", "lanes", "models", "qa", "quiet", "tasks", "text"},
    "checksum": set(),
    "event_writer": {"checksum", "errors"},
    "tensorboard_plugin": {"errors"},
    "insight": {
        "atomic",
        "data",
        "errors",
        "evaluation",
        "event_writer",
        "lanes",
        "models",
        "qa",
        "reporting",
        "tasks",
        "tensorboard_plugin",
        "text",
    },
}


def imported_rooms(path: Path) -> set[str]:
    modules = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "bert_keras":
            modules += [f"bert_keras.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules.append(str(node.module))
        elif isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
    assert not any(module.split(".")[0] == "pipelines" for module in modules), path
    return {module.split(".")[1] for module in modules if module.startswith("bert_keras.")}


def test_rooms_import_only_what_lies_below_them():
    for path in ROOT.rglob("*.py"):
        room = path.relative_to(ROOT).parts[0].removesuffix(".py")
        if room != "__init__":
            assert imported_rooms(path) <= ROOMS[room] | {room}, path


def test_importing_the_package_brings_no_tensorflow():
    code = "import sys, bert_keras, bert_keras.serving; assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_public_name_can_be_had():
    assert all(getattr(bert_keras, name) is not None for name in bert_keras.__all__)
    assert set(bert_keras.__all__) <= set(dir(bert_keras))


def test_the_checks_function_stays_callable_when_its_package_is_imported():
    code = (
        "import bert_keras.serving.check, bert_keras; assert all(map(callable, [bert_keras.serving.check, bert_keras.serving.export]))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        bert_keras.nonsense  # noqa: B018
