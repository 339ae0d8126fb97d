"""Which module imports which, as the source says: in functions and for types alone too, relative and absolute."""

import ast
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
PACKAGES = ("bert_keras", "pipelines")


def modules() -> dict[str, Path]:
    """All modules of the project by name."""
    found = {}
    for path in sorted(path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py")):
        parts = path.relative_to(REPOSITORY).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def import_graph() -> dict[str, set[str]]:
    """The modules that each module imports. A name of a room stands for the module that defines it."""
    known = modules()
    return {name: set(_imported(name, path, known)) - {name} for name, path in known.items()}


def _imported(name: str, path: Path, known: dict[str, Path]) -> Iterator[str]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(node, package)
            if origin.partition(".")[0] in PACKAGES:
                yield from (_defined_in(origin, alias.name, known) for alias in node.names)


def _origin(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    above = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def _defined_in(origin: str, name: str, known: dict[str, Path]) -> str:
    """The module that a name comes from: itself, one that the room's stub names, or the one it is imported from."""
    stub = known[origin].with_name("__init__.pyi")
    if known[origin].name == "__init__.py" and stub.exists():
        for node in ast.walk(ast.parse(stub.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names}:
                return _defined_in(_origin(node, origin), name, known) if node.module else f"{origin}.{name}"
    return f"{origin}.{name}" if f"{origin}.{name}" in known else origin


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Modules that import each other, directly or by others (Tarjan 1972)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        stack.append(module)
        for other in sorted(graph[module]):
            if other not in order:
                visit(other)
                lowest[module] = min(lowest[module], lowest[other])
            elif other in stack:
                lowest[module] = min(lowest[module], order[other])
        if lowest[module] == order[module]:
            members = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(members) > 1:
                found.append(sorted(members))

    for module in graph:
        if module not in order:
            visit(module)
    return found
