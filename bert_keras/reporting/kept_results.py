"""What is kept in the folder of a run beside its report: slices, behaviour, coloured words; `compare` reads it."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.files import replaced_file
from bert_keras.reporting.coloured_words import Words
from bert_keras.reporting.run_record import RowText

SLICES, BEHAVIOUR, WORDS = "slices.json", "behave.json", "words.json"
KEPT = (SLICES, BEHAVIOUR, WORDS)
"""The files, which a new training of the same name makes untrue."""
_VERSION = 1


def is_run(folder: str | Path) -> bool:
    """Returns whether a folder is that of a finished run."""
    return Path(folder, "report.json").is_file() and Path(folder, "model").is_dir()


@dataclass(frozen=True)
class KeptSlices:
    """Which rows a run answers right, and the parts that they are divided into.

    Attributes:
        data: A hash of the rows with their true labels.
        right: Whether each row is answered right, `[rows]` bool.
        parts: For each part, what the rows are divided by, the value, and whether each row belongs to it.
    """

    data: str
    right: np.ndarray
    parts: Mapping[tuple[str, str], np.ndarray]


def hash_of_rows(rows: Sequence[tuple[str, str | None, Any]]) -> str:
    """Returns a hash of texts, pairs and true labels."""
    return hashlib.blake2b(json.dumps(rows, default=str).encode(), digest_size=16).hexdigest()


def write_kept_slices(folder: str | Path, kept: KeptSlices) -> None:
    """Writes slices to the folder of a run, in place of earlier ones."""
    parts = [{"by": by, "value": value, "rows": _packed(rows)} for (by, value), rows in kept.parts.items()]
    whole = {"version": _VERSION, "data": kept.data, "rows": len(kept.right), "right": _packed(kept.right)}
    _write(Path(folder, SLICES), whole | {"parts": parts})


def read_kept_slices(folder: str | Path) -> KeptSlices | None:
    """Reads the slices of a run; `None` if there are none, or they cannot be read."""
    told = _read(Path(folder, SLICES))
    try:
        if told is None or told["version"] != _VERSION:
            return None
        rows = int(told["rows"])
        parts = {(str(part["by"]), str(part["value"])): _unpacked(part["rows"], rows) for part in told["parts"]}
        return KeptSlices(str(told["data"]), _unpacked(told["right"], rows), parts)
    except (ValueError, LookupError, TypeError):
        return None


def read_kept_behaviour(folder: str | Path) -> dict[str, tuple[int, int]]:
    """Reads the behavioural tests of a run: how many cases of each passed, of how many; empty if there are none."""
    told = _read(Path(folder, BEHAVIOUR))
    try:
        return {} if told is None else {str(t["name"]): (int(t["passed"]), int(t["cases"])) for t in told["tests"]}
    except (ValueError, LookupError, TypeError):
        return {}


def write_kept_words(folder: str | Path, rows: Sequence[RowText], words: Sequence[Sequence[Words] | None]) -> None:
    """Writes the coloured words of some rows to the folder of a run."""
    told = [[row.text, row.pair, of] for row, of in zip(rows, words, strict=True) if of is not None]
    _write(Path(folder, WORDS), {"version": _VERSION, "rows": told})


def read_kept_words(folder: str | Path) -> dict[tuple[str, str | None], list[Words]]:
    """Reads the coloured words of a run by text and pair; empty if there are none."""
    told = _read(Path(folder, WORDS))
    try:
        return {} if told is None else {(text, pair): list(map(_words, of)) for text, pair, of in told["rows"]}
    except (ValueError, LookupError, TypeError):
        return {}


def _words(told: Any) -> Words:
    return [(str(piece), float(share)) for piece, share in told]


def _write(path: Path, content: Mapping[str, Any]) -> None:
    with replaced_file(path) as aside:
        aside.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8", errors="replace")


def _read(path: Path) -> dict[str, Any] | None:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _packed(flags: np.ndarray) -> str:
    return base64.b64encode(np.packbits(np.asarray(flags, bool)).tobytes()).decode()


def _unpacked(text: str, rows: int) -> np.ndarray:
    flags = np.unpackbits(np.frombuffer(base64.b64decode(text, validate=True), np.uint8)).astype(bool)
    if not rows <= len(flags) < rows + 8:
        raise ValueError("flags of other rows")
    return flags[:rows]
