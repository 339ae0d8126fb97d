"""The files of a version: whether they rest, and whether one that must be there is missing."""

import asyncio
import os
import time
from collections.abc import Collection
from pathlib import Path
from typing import TypeAlias

from bert_keras.serving.server.interface import ServingError
from bert_keras.serving.server.models.saved_model_head import SavedModelHead, read_head
from bert_keras.serving.versions import versions

Fingerprint: TypeAlias = tuple[tuple[str, int, int], ...]
"""The files of a folder: relative path, size in bytes, time of the last change in nanoseconds.

It is the time that no copying tool can set, since a copy may bear the times of its original.
"""
_REST_SECONDS = 0.5
_MOST_VERSION = 2**63 - 1


def fingerprint(folder: Path) -> Fingerprint:
    """Returns the fingerprint of a folder; what vanishes meanwhile is left out."""
    found = []
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            try:
                state = os.stat(path)
            except OSError:
                continue
            found.append((os.path.relpath(path, folder), state.st_size, state.st_ctime_ns))
    return tuple(sorted(found))


def find_versions(base: Path, watched: Collection[int]) -> dict[int, Fingerprint] | None:
    """Returns the versions in a model's folder.

    Args:
        base: The model's folder.
        watched: The versions whose files are looked at.

    Returns:
        The fingerprints by version, empty ones of versions that are not watched; `None` if the folder cannot be read.
    """
    try:
        if not base.is_dir():
            return None
        numbers = [number for number in versions(base) if number <= _MOST_VERSION]
        return {number: fingerprint(version_path(base, number)) if number in watched else () for number in numbers}
    except OSError:
        return None


def version_path(base: Path, number: int) -> Path:
    """Returns the folder of a version, whose name may begin with zeros."""
    plain = base / str(number)
    if plain.is_dir():
        return plain
    named = [child for child in base.iterdir() if child.name.isascii() and child.name.isdecimal()]
    return next((child for child in named if int(child.name) == number), plain)


async def resting(folder: Path) -> Fingerprint:
    """Waits until no file of a folder changes, and returns its fingerprint.

    Files that were last written some time ago are at rest; for others two looks must be equal.
    """
    seen = await asyncio.to_thread(fingerprint, folder)
    while seen and time.time() - max(changed for _, _, changed in seen) / 1e9 < 4 * _REST_SECONDS:
        await asyncio.sleep(_REST_SECONDS)
        again = await asyncio.to_thread(fingerprint, folder)
        if again == seen:
            break
        seen = again
    return seen


def check_files(folder: Path) -> SavedModelHead:
    """Returns the head of a version that has all its files.

    TensorFlow takes a missing `variables/` for a model without variables, loads it, and fails each request.

    Args:
        folder: The version's folder.

    Returns:
        Its head.

    Raises:
        ServingError: A file is missing or cut off.
    """
    head = read_head(folder)
    index = folder / "variables" / "variables.index"
    if head.restores and not index.is_file():
        message = f"{index} is missing, though the graph restores variables: copy the version under another name, "
        raise ServingError(9, f"{message}and rename it when it is whole")
    return head
