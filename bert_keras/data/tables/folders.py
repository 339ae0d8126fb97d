"""Folders of files: the parts that a cluster writes, and what Hugging Face datasets saves."""

import json
import re
from collections import Counter
from pathlib import Path

from bert_keras.errors import DataError
from bert_keras.files.messages import listed
from bert_keras.files.text_file import TextFile

_OF_SPLIT = re.compile(r"(train(?:ing)?|test(?:ing)?|val(?:id(?:ation)?)?|dev|eval)(?=[-_.])", re.IGNORECASE)
_SPLITS = "dataset_dict.json"
_STATE = "state.json"
_USUAL = (".csv", ".tsv", ".jsonl", ".json", ".parquet", ".arrow", ".csv.gz", ".tsv.gz", ".jsonl.gz", ".json.gz")


def files_of_folder(folder: Path, default_split: str) -> list[str]:
    """Returns the files of a folder that hold rows.

    Args:
        folder: A folder of parts, in which hidden and empty files and those that begin with "_" hold no rows; or a
            folder of `datasets`' `save_to_disk`, with one split or several.
        default_split: The split of a folder with several; for "validation", the first whose name begins so, or "dev",
            else "test".

    Returns:
        The files, sorted.

    Raises:
        DataError: The folder has no such split, no files, files of several kinds or splits, or folders beside
            files.
    """
    if (folder / _SPLITS).is_file():
        return files_of_folder(folder / _split(folder, default_split), default_split)
    if (folder / _STATE).is_file():
        return [str(folder / name) for name in _names_of_state(folder / _STATE)]
    found = sorted(path for path in folder.iterdir() if not path.name.startswith((".", "_")))
    partitions = [path.name for path in found if path.is_dir() and "=" in path.name]
    if partitions:
        raise DataError(
            f"{folder}: a table cut into folders by the values of a column, which its files then lack. "
            f"Received: {listed(partitions)}; write it without partitions"
        )
    files = [path for path in found if path.is_file() and _holds_anything(path)]
    if not files:
        there = listed([path.name for path in found]) or "none"
        raise DataError(f"{folder}: no files to read in this folder. Received: {there}")
    kinds = Counter("".join(path.suffixes[-2:]) if path.suffix == ".gz" else path.suffix for path in files)
    usual = max(kinds, key=lambda kind: (kind in _USUAL, kinds[kind]))
    if len(kinds) > 1:
        there = listed([kind or "-" for kind in sorted(kinds)])
        raise DataError(
            f"{folder}: files of several kinds in one folder. Received: {there}; "
            f"name those to read, e.g. '{folder}/*{usual}'"
        )
    splits = {match[1].lower(): path.name for path in files if (match := _OF_SPLIT.match(path.name))}
    if len(splits) > 1:
        raise DataError(
            f"{folder}: files of several splits in one folder. Received: {listed(sorted(splits.values()))}; "
            f"name those to read, e.g. '{folder}/{next(iter(splits))}*'"
        )
    folders = [path.name for path in found if path.is_dir()]
    if folders:
        raise DataError(
            f"{folder}: folders beside files, which may hold rows too. Received: {listed(folders)}; "
            f"name those to read, e.g. '{folder}/*{usual}' or '{folder}/**/*{usual}'"
        )
    return [str(path) for path in files]


def _holds_anything(path: Path) -> bool:
    """Returns whether a file is not empty, after decompression: clusters also compress empty parts."""
    return path.stat().st_size > 0 and (path.suffix.lower() != ".gz" or TextFile(path).head(1)[0] != b"")


def _split(folder: Path, default: str) -> str:
    there = [str(name) for name in _parsed(folder / _SPLITS, "splits")]
    if default in there:
        return default
    usual = ("validation", "valid", "dev", "eval") if default == "validation" else ()
    found = next((name for prefix in usual for name in there if name.startswith(prefix)), None)
    if found is None and default == "validation" and "test" in there:
        found = "test"
    if found is None:
        raise DataError(
            f"{folder}: no split {default!r}. Received: {listed(there)}; name one, e.g. {folder}/{there[0]}"
        )
    return found


def _names_of_state(path: Path) -> list[str]:
    names = [entry.get("filename") if isinstance(entry, dict) else None for entry in _parsed(path, "_data_files")]
    if not all(isinstance(name, str) and Path(name).name == name for name in names):
        raise DataError(f"{path}: names of files expected in '_data_files'. Received: {names!r:.80}")
    return [str(name) for name in names]


def _parsed(path: Path, key: str) -> list:  # type: ignore[type-arg]
    try:
        found = json.loads(path.read_text(encoding="utf-8"))[key]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: cannot be read as datasets writes it ({error})") from error
    if not isinstance(found, list) or not found:
        raise DataError(f"{path}: {key!r}: a list expected. Received: {found!r:.80}")
    return found
