"""Tokenization of rows to arrays on disk, which are cached by the content of the source and the settings."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.data.array_files import ArrayFile, map_array
from bert_keras.data.block_arrays import stored_targets, target_arrays, token_arrays
from bert_keras.data.cache import Cache
from bert_keras.data.encoded import Encoded
from bert_keras.data.source import Source
from bert_keras.errors import DataError
from bert_keras.runtime.lanes import made_ahead
from bert_keras.text import Packed

_FORMAT = 3  # the version of the files below and of the encoding of rows; to be changed with either
_DESCRIPTION = "rows.json"
_WORKERS = 2


def encode(
    source: Source,
    pack: Callable[[Any], Packed],
    tokenizer_fingerprint: str,
    cache: str | Path,
    on_rows: Callable[[int], object] = lambda rows: None,
) -> Encoded:
    """Tokenizes rows, or loads them from the cache.

    Memory use is constant: rows are read, tokenized and written some thousand at a time, and then memory-mapped.

    Args:
        source: The rows.
        pack: The function that converts texts, or a tuple (texts, pairs), to rows of token ids, e.g.
            `TextClassifierPreprocessor.pack`.
        tokenizer_fingerprint: A hash of everything that determines the result of `pack`, e.g.
            `TextClassifierPreprocessor.fingerprint`.
        cache: The cache folder. Entries not used for 30 days are removed.
        on_rows: A callback for progress, called after each block with the number of rows in it.

    Returns:
        The rows in the order of the source.

    Raises:
        DataError: The input is invalid (the message names file and line), a file changes meanwhile, or the cache cannot
            be written.
    """
    stamps = [part.stamp() for part in source.parts]
    entries = Cache(Path(cache), "encoded")
    contents = [part.content_hash() for part in source.parts]
    if source.corrections is not None:
        contents.append(f"corrections {source.corrections.content_hash()}")
    key = entries.key(_FORMAT, repr(source.columns), source.task, tokenizer_fingerprint, contents)

    def write(folder: Path) -> None:
        _write(folder, source, pack, on_rows)
        if stamps != [part.stamp() for part in source.parts]:
            raise DataError(f"{source.name}: changed while it was read; start again once it is whole")

    return entries.get(key, lambda folder: _open(folder, key, source), write)


def _write(folder: Path, source: Source, pack: Callable[[Any], Packed], on_rows: Callable[[int], object]) -> None:
    rows, tokens, first_of_files = 0, 0, [0]
    columns = source.columns
    known = columns.label_names or (() if isinstance(columns.label, str | None) else columns.label)
    targets = target_arrays(source.task, known)
    files: dict[str, ArrayFile] = {}
    with ExitStack() as stack:
        # Other threads tokenize while this one reads the next rows.
        for block, arrays in made_ahead(lambda block: (block, token_arrays(block, pack)), source.blocks(), _WORKERS):
            first_of_files += [rows] * (block.part + 1 - len(first_of_files))
            begins = np.cumsum(arrays["lengths"]) - arrays["lengths"] + tokens
            for name, values in (
                arrays | {"begins": begins} | targets.arrays(block, rows, source.files[block.part])
            ).items():
                if name not in files:
                    files[name] = stack.enter_context(ArrayFile(folder / name))
                files[name].append(values)
            rows, tokens = rows + len(block), tokens + len(arrays["token_ids"])
            on_rows(len(block))
        description = {
            "rows": rows,
            "rows_read": source.rows_read,
            "left_out": source.left_out,
            "first_of_files": first_of_files,
            "labels": targets.labels(),
            "arrays": {name: file.close() for name, file in files.items()},
        }
    (folder / _DESCRIPTION).write_text(json.dumps(description), encoding="utf-8")


def _open(folder: Path, key: str, source: Source) -> Encoded:
    """Memory-maps the files of `_write`; raises ValueError, KeyError or OSError if they are damaged."""
    description = json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
    arrays = {name: map_array(folder / name, described) for name, described in description["arrays"].items()}
    return Encoded(
        name=source.name,
        files=source.files,
        task=source.task,
        fingerprint=key,
        rows_read=description["rows_read"],
        left_out=description["left_out"],
        token_ids=arrays["token_ids"],
        begins=arrays["begins"],
        lengths=arrays["lengths"],
        first_lengths=arrays.get("first_lengths", arrays["lengths"]),
        hashes=arrays["hashes"],
        lines=arrays["lines"],
        signs=arrays["signs"],
        first_of_files=tuple(description["first_of_files"]),
        stored_targets=stored_targets(source.task, description["rows"], arrays, description["labels"]),
    )
