import ast
import sys
from pathlib import Path

from bert_keras.serving import c_runtime

FOLDER = Path(c_runtime.__file__).parent


def imported(file: Path) -> set[str]:
    """The names of the modules that a file imports, up to their first dot."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {module.partition(".")[0] for module in modules}


def test_children_import_nothing_but_the_standard_library_and_each_other() -> None:
    children = [*FOLDER.glob("*_child.py"), *FOLDER.glob("c_*.py"), FOLDER / "frames.py"]
    assert len(children) == 6
    for file in children:
        assert imported(file) <= sys.stdlib_module_names | {child.stem for child in children}, file


def test_no_module_hides_one_of_the_standard_library_from_the_children() -> None:
    assert not {file.stem for file in FOLDER.glob("*.py")} & sys.stdlib_module_names
