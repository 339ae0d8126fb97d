import ast
import subprocess
import sys
from pathlib import Path

import pytest

import bert_keras

ROOMS = [name for name in bert_keras.__all__ if name[0].islower() and name != "errors"]


def passes(code: str) -> bool:
    """Whether a process of its own runs some code to the end."""
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_importing_the_package_brings_no_tensorflow() -> None:
    assert passes("import sys, bert_keras; assert not {'tensorflow', 'keras', 'numpy'} & set(sys.modules)")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_nothing_until_a_name_of_it_is_used(room: str) -> None:
    assert passes(f"import sys, bert_keras.{room}; assert not {{'tensorflow', 'keras', 'numpy'}} & set(sys.modules)")


def test_every_public_name_can_be_had() -> None:
    assert all(getattr(bert_keras, name) is not None for name in bert_keras.__all__)
    assert set(bert_keras.__all__) <= set(dir(bert_keras))
    for room in ROOMS:
        rooms = getattr(bert_keras, room)
        assert all(getattr(rooms, name) is not None for name in rooms.__all__)


def test_a_stub_promises_what_a_room_has_by_the_same_name() -> None:
    """The lazy loader does not see `as` in a stub, and would attach the other name without a word."""
    for stub in Path(bert_keras.__file__).parent.rglob("__init__.pyi"):
        for node in ast.walk(ast.parse(stub.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert all(alias.asname == alias.name for alias in node.names), stub


def test_a_function_with_the_name_of_its_module_stays_a_function() -> None:
    """Whichever is imported first: a room's name must never turn into the module behind it."""
    code = (
        "import bert_keras.serving.check, bert_keras.evaluation.bootstrap, bert_keras\n"
        "functions = bert_keras.serving.check, bert_keras.evaluation.bootstrap, bert_keras.serving.export\n"
        "assert all(map(callable, functions))"
    )
    assert passes(code)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        bert_keras.nonsense  # noqa: B018
