"""Tells the reference what is public: what a room's `__init__.pyi` imports as itself, `from .x import A as A`."""

import ast
from pathlib import Path
from typing import Any

import griffe


class PublicNames(griffe.Extension):
    """Marks the names of all rooms, also those of functions that are named like the module that they live in.

    Such a function takes the module's place among the members of its room, as it does when the room is imported.
    """

    def on_package(self, *, pkg: griffe.Module, loader: griffe.GriffeLoader, **kwargs: Any) -> None:
        """Marks the names of a package that has been read.

        Args:
            pkg: The package.
            loader: What has read it.
            **kwargs: Of later versions of griffe.
        """
        loader.resolve_aliases(implicit=True, external=False)  # through modules that are about to be hidden
        folder = Path(str(pkg.filepath)).parent
        for stub in folder.rglob("__init__.pyi"):
            room = pkg
            for part in stub.parent.relative_to(folder).parts:
                room = room.members[part]
            for module, name in _imported(stub):
                hidden = room.members[name]
                if not hidden.is_alias and module and not (stub.parent / name).is_dir():
                    room.members[name] = griffe.Alias(name, hidden.members[name], parent=room)
                room.members[name].public = True


def _imported(stub: Path) -> list[tuple[str | None, str]]:
    """The modules and names that a room imports under their own name."""
    nodes = [node for node in ast.parse(stub.read_text(encoding="utf-8")).body if isinstance(node, ast.ImportFrom)]
    return [(node.module, alias.name) for node in nodes for alias in node.names if alias.asname == alias.name]
