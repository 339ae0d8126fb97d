"""Folders that take long to make: once for all processes that the tests are shared out to."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Any]) -> tuple[Path, Any]:
    """Makes a folder, or waits until another process has made it.

    Args:
        factory: Knows where the tests of this process may write; pytest-xdist puts these places side by side.
        name: The name of the folder.
        make: Fills the folder, and returns something that JSON can hold.

    Returns:
        The folder, which the tests must not change, and what `make` returned.
    """
    place = factory.getbasetemp()
    return made_in(place.parent if "PYTEST_XDIST_WORKER" in os.environ else place, name, make)


def made_in(place: Path, name: str, make: Callable[[Path], Any]) -> tuple[Path, Any]:
    """Makes a folder in a place that all processes see; see `made_once`."""
    folder, said = place / name, place / f"{name}.json"
    with FileLock(place / f"{name}.lock"):
        if not said.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            said.write_text(json.dumps(make(folder)), encoding="utf-8")
    return folder, json.loads(said.read_text(encoding="utf-8"))
