"""The log folder for TensorBoard, in which `visualize` replaces its own earlier files and no others."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from bert_keras.files.atomic import replaced_file
from bert_keras.insight.attention_log import AttentionLog

from .looks import Look

_LIST = "visualize.json"


class LogFolder:
    """A log folder, which TensorBoard shows as one run; it may hold the log folders of other models.

    Args:
        path: The path of the folder.

    Attributes:
        path: The path of the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._before: set[Path] = set()

    @contextlib.contextmanager
    def replaced(self) -> Iterator[None]:
        """Deletes the files that an earlier call of the program wrote, and lists those that the block writes.

        Those of a block that fails are deleted, since TensorBoard would show them beside those of later calls.
        """
        self._begin()
        try:
            yield
        except BaseException:
            for file in self._files() - self._before:
                file.unlink(missing_ok=True)
            raise
        self._end()

    def _begin(self) -> None:
        for name in self._listed():
            file = self.path / name
            if file.is_file() and file.resolve().is_relative_to(self.path.resolve()):
                file.unlink()
        self._before = self._files()

    def write(self, looks: Sequence[Look]) -> None:
        """Writes the records of inspected texts.

        Args:
            looks: The inspected texts, whose names become the tags.
        """
        log = AttentionLog(self.path)
        for look in looks:
            log.write(0, look.record.header["name"], look.record)

    def _end(self) -> None:
        """Lists the written files in `visualize.json`, for the next call."""
        names = sorted(path.relative_to(self.path).as_posix() for path in self._files() - self._before)
        with replaced_file(self.path / _LIST) as aside:
            aside.write_text(json.dumps({"written": names}, indent=2) + "\n", encoding="utf-8")

    def _listed(self) -> list[str]:
        try:
            listed = json.loads((self.path / _LIST).read_text(encoding="utf-8"))["written"]
        except (OSError, ValueError, KeyError, TypeError):
            return []
        return [name for name in listed if isinstance(name, str)]

    def _files(self) -> set[Path]:
        return {path for path in self.path.rglob("*") if path.is_file() and path.name != _LIST}
