"""Folders that take long to make: once for all processes that the tests are shared out to."""

import dataclasses
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from programs import Ended


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Ended]) -> tuple[Path, Ended]:
    """Makes a folder, or waits until another process has made it.

    Args:
        factory: Knows where the tests of this process may write; pytest-xdist puts these places side by side.
        name: Of the folder.
        make: Fills the folder, and returns how the program that did so ended.

    Returns:
        The folder, which the tests must not change, and how the program ended.
    """
    place = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent
    folder, said = place / name, place / f"{name}.json"
    with FileLock(place / f"{name}.lock"):
        if not said.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            said.write_text(json.dumps(dataclasses.asdict(make(folder))), encoding="utf-8")
    return folder, Ended(**json.loads(said.read_text(encoding="utf-8")))
