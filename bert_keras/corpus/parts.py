"""The files of a prediction over a corpus: one for each block, and what they were made of."""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bert_keras.corpus.outcome import Failure, Outcome
from bert_keras.errors import DataError, InputError
from bert_keras.files import folder_lock, replaced_file

# Names with an underscore or a dot are no data to those who read a folder of Parquet files.
_MANIFEST, _FAILED = "_manifest.json", "_failed.jsonl"
_PART = re.compile(r"part-(\d{8})\.parquet")
_FAILURES = b"bert_keras.failures"


class Parts:
    """The folder that a prediction over a corpus is written to, a Parquet file for each block.

    A file appears whole or not at all, with the failures of its block in its metadata. So the files tell which blocks
    are done, however the prediction ended.

    Args:
        folder: The folder, which `locked` makes if it is missing.
        made_of: What the predictions depend on: the model, the input files and how they are read, the size of a block;
            values of JSON.

    Raises:
        InputError: The folder holds something else, or predictions that were made of something else.
    """

    def __init__(self, folder: str | Path, made_of: Mapping[str, Any]) -> None:
        self.folder = Path(folder)
        self._made_of = json.loads(json.dumps(made_of))
        if self.folder.exists() and not self.folder.is_dir():
            raise InputError(f"{folder}: a folder is wanted, for a file of each block. Received: a file")
        self._check_manifest()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Writes down what predictions are made of, and keeps other processes from writing some while the block runs.

        Raises:
            InputError: Another process does, or has written predictions that were made of something else.
            DataError: The folder cannot be written.
        """
        advice = "wait for it, stop it, or name another folder"
        with self._writing(self.folder / _MANIFEST):
            self.folder.mkdir(parents=True, exist_ok=True)
        with folder_lock(self.folder, "a prediction is being written to it", advice):
            self._check_manifest()
            with self._writing(self.folder / _MANIFEST):
                self._write_manifest({})
            yield

    def done(self) -> dict[int, int]:
        """Returns the number of rows of each block that is done, failed ones included, by the block's number.

        A file that cannot be read counts as not there.
        """
        found = {}
        for path in self.folder.iterdir():
            if name := _PART.fullmatch(path.name):
                with contextlib.suppress(OSError, pa.ArrowInvalid):
                    footer = pq.read_metadata(path)
                    found[int(name[1])] = footer.num_rows + len(_failures(footer.metadata))
        return found

    def write(self, number: int, outcome: Outcome) -> None:
        """Writes the file of a block.

        Args:
            number: The number of the block.
            outcome: Its answers.

        Raises:
            DataError: The file cannot be written; those of other blocks stay.
        """
        failures = json.dumps([[failure.row, failure.error] for failure in outcome.failures])
        table = outcome.table.replace_schema_metadata({_FAILURES: failures})
        path = self.folder / f"part-{number:08d}.parquet"
        with self._writing(path), replaced_file(path) as aside:
            pq.write_table(table, aside)

    def finish(self) -> tuple[int, list[Failure]]:
        """Writes down that all blocks are done, and the failures of all in `_failed.jsonl`.

        Returns:
            The number of rows, failed ones included, and the failures.

        Raises:
            DataError: A file cannot be written.
        """
        rows = sum(self.done().values())
        failures = [
            Failure(*failure)
            for path in sorted(self.folder.glob("part-*.parquet"))
            for failure in _failures(pq.read_metadata(path).metadata)
        ]
        failed = self.folder / _FAILED
        with self._writing(failed):
            if failures:
                with replaced_file(failed) as aside, aside.open("w", encoding="utf-8") as file:
                    file.writelines(
                        json.dumps({"row": failure.row, "error": failure.error}, ensure_ascii=False) + "\n"
                        for failure in failures
                    )
            else:
                failed.unlink(missing_ok=True)  # of rows that failed before, and do no more
            self._write_manifest({"rows": rows, "failed": len(failures)})
        return rows, failures

    def _check_manifest(self) -> None:
        """Raises an error unless the folder is empty or holds predictions that were made of the same."""
        path = self.folder / _MANIFEST
        try:
            before = dict(json.loads(path.read_text(encoding="utf-8"))["made_of"])
        except FileNotFoundError:
            if self.folder.exists() and any(not name.name.startswith(".") for name in self.folder.iterdir()):
                raise InputError(
                    f"{self.folder}: the folder holds other files; name one that is empty or not there"
                ) from None
            return
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise InputError(
                f"{path}: the list of what the predictions were made of cannot be read; name another folder"
            ) from error
        differ = [name for name in {**before, **self._made_of} if before.get(name) != self._made_of.get(name)]
        if differ and any(_PART.fullmatch(file.name) for file in self.folder.iterdir()):
            raise InputError(
                f"{self.folder}: holds predictions that were made of something else, and cannot go on; name another "
                f"folder, or delete it. Received: another {', another '.join(differ)}"
            )

    def _write_manifest(self, found: dict[str, int]) -> None:
        with replaced_file(self.folder / _MANIFEST) as aside:
            text = json.dumps({"made_of": self._made_of, **found}, indent=1, ensure_ascii=False)
            aside.write_text(text + "\n", encoding="utf-8")

    @contextlib.contextmanager
    def _writing(self, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DataError(
                f"{path}: cannot be written ({error.strerror or error}); the files of other blocks are kept, and the "
                "same command goes on with the rest"
            ) from error


def _failures(metadata: Mapping[bytes, bytes] | None) -> list[Any]:
    """Returns the failures that a file says of its block."""
    return list(json.loads((metadata or {}).get(_FAILURES, b"[]")))
