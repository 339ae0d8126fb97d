"""The nearest training rows of the rows that a run has predicted, from the file that `visualize` writes.

The file has a JSON value a line: what the neighbours are of, then a line for each predicted row, which begins with the
row's key so that a row is found without reading the others.
"""

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

NAME = "neighbours.jsonl"
FOLDERS = ("insight", ".")
"""Where the file lies, from the folder of the predictions."""
VERSION = 1
_MOST_BYTES = 256 << 20


def row_key(text: str, pair: str | None) -> str:
    """Returns the key of a row in the file of neighbours: a hash of its whole texts."""
    whole = json.dumps([text, pair]).encode()
    return hashlib.blake2b(whole, digest_size=8).hexdigest()


def digest_of(predictions: Path) -> str:
    """Returns a hash of a file of predictions, by which neighbours are known to be of these predictions."""
    status = predictions.stat()
    return _digest(str(predictions), status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=64)
def _digest(path: str, changed: int, octets: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def about_neighbours(file: Path, predictions: Path) -> dict[str, Any]:
    """Reads what the neighbours in a file are of.

    Args:
        file: The file of neighbours, which need not exist.
        predictions: The predictions of the run.

    Returns:
        `train_rows`, `compared`, `rows` and `searched`, numbers of rows, and `train`, a hash of the training data; or
        `problem`, a sentence, where the file cannot be used, and an empty dict where there is none.
    """
    try:
        with file.open("rb") as lines:
            told = json.loads(lines.readline(1 << 16))
        if told["version"] != VERSION:
            return {"problem": "The nearest training rows were written by another version; run visualize again."}
        if told["predictions"] != digest_of(predictions):
            return {"problem": "The nearest training rows are of earlier predictions; run visualize again."}
        return {key: told[key] for key in ("train_rows", "compared", "rows", "searched", "train")}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {"problem": f"The nearest training rows cannot be read; delete {NAME}, or run visualize again."}


def neighbours_of(file: Path, key: str) -> list[list[Any]] | None:
    """Finds the nearest training rows of a row.

    Args:
        file: The file of neighbours.
        key: The key of the row.

    Returns:
        For each neighbour `[similarity, other, label, text, pair, place]`, the nearest first; `other` says whether its
        label is another than the row's. `None` if the row has none in the file.
    """
    begins = json.dumps([key])[:-1].encode() + b","
    if file.stat().st_size > _MOST_BYTES:
        return None
    with file.open("rb") as lines:
        for line in lines:
            if line.startswith(begins):
                try:
                    found = json.loads(line)[1]
                except (ValueError, IndexError, RecursionError):
                    return None
                return [each for each in found if _whole(each)] if isinstance(found, list) else None
    return None


def _whole(told: Any) -> bool:
    """Returns whether a neighbour is what the page expects, whoever wrote the file."""
    if not isinstance(told, list) or len(told) != 6:
        return False
    similarity, other, label, text, pair, place = told
    return (
        isinstance(similarity, float | int)
        and isinstance(other, bool)
        and all(isinstance(value, str) for value in (label, text, place))
        and (pair is None or isinstance(pair, str))
    )
