"""TensorBoard's event files, written.

They are written without TensorFlow's summary operations, so that nothing is buffered when a training is killed, and
that a resumed one takes back what its predecessor wrote after the last checkpoint.
"""

import struct
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import (
    DATA_CLASS_BLOB_SEQUENCE,
    DATA_CLASS_SCALAR,
    DATA_CLASS_TENSOR,
    Summary,
    SummaryMetadata,
)
from tensorboard.plugins.histogram import metadata as histogram_metadata
from tensorboard.plugins.hparams import summary_v2 as hparams_summary
from tensorboard.plugins.image import metadata as image_metadata
from tensorboard.plugins.pr_curve import metadata as pr_curve_metadata
from tensorboard.plugins.scalar import metadata as scalar_metadata
from tensorboard.plugins.text import metadata as text_metadata
from tensorboard.util import tensor_util

from bert_keras.errors import TrainingError
from bert_keras.event_files.crc32c import masked_crc32c

_THRESHOLDS = 101
_BINS = 30


class EventWriter:
    """Writes a folder's events; each is in the file when the call returns.

    Args:
        folder: The folder, a run of its own in TensorBoard.
        suffix: What the name of the file ends with.
    """

    def __init__(self, folder: str | Path, suffix: str = "") -> None:
        self._folder, self._suffix = Path(folder), suffix
        self._path: Path | None = None

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Writes a point of each of some curves."""
        metadata = _metadata(scalar_metadata.create_summary_metadata("", ""), DATA_CLASS_SCALAR)
        self._write(step, [_value(name, np.array(value, np.float32), metadata) for name, value in values.items()])

    def image(self, step: int, tag: str, png: bytes) -> None:
        """Writes a picture."""
        size = [
            str(int.from_bytes(png[at : at + 4], "big")).encode() for at in (16, 20)
        ]  # width and height in a PNG's header
        metadata = _metadata(image_metadata.create_summary_metadata("", ""), DATA_CLASS_BLOB_SEQUENCE)
        self._write(step, [_value(tag, np.array([*size, png], dtype=object), metadata)])

    def table(self, step: int, tag: str, rows: Sequence[Sequence[str]]) -> None:
        """Writes texts as a table; they are shown as they are."""
        cells = np.array([[_literal(cell).encode() for cell in row] for row in rows], dtype=object)
        metadata = _metadata(text_metadata.create_summary_metadata("", ""), DATA_CLASS_TENSOR)
        self._write(step, [_value(tag, cells, metadata)])

    def precision_recall(self, step: int, tag: str, true: np.ndarray, probabilities: np.ndarray) -> None:
        """Writes precision and recall at 101 thresholds, of the truth and the probability of each row."""
        thresholds = np.linspace(0, 1, _THRESHOLDS)
        positives, negatives = (np.sort(np.asarray(probabilities, np.float64)[side]) for side in (true, ~true))
        hits = len(positives) - np.searchsorted(positives, thresholds)
        false = len(negatives) - np.searchsorted(negatives, thresholds)
        precision = hits / np.maximum(1, hits + false)
        recall = hits / max(1, len(positives))
        table = np.stack([hits, false, len(negatives) - false, len(positives) - hits, precision, recall]).astype(
            np.float32
        )
        metadata = _metadata(pr_curve_metadata.create_summary_metadata("", "", _THRESHOLDS), DATA_CLASS_TENSOR)
        self._write(step, [_value(tag, table, metadata)])

    def histogram(self, step: int, tag: str, values: np.ndarray) -> None:
        """Writes how values are spread, in 30 bins; those that are no numbers are left out."""
        finite = np.asarray(values, np.float64)[np.isfinite(values)]
        counts, edges = np.histogram(finite, _BINS) if finite.size else (np.zeros(_BINS), np.zeros(_BINS + 1))
        metadata = _metadata(histogram_metadata.create_summary_metadata("", ""), DATA_CLASS_TENSOR)
        self._write(step, [_value(tag, np.stack([edges[:-1], edges[1:], counts], axis=1), metadata)])

    def blobs(self, step: int, tag: str, plugin_name: str, blobs: Sequence[bytes], description: str = "") -> None:
        """Writes octets for a plugin, which TensorBoard hands to it one by one.

        Args:
            step: The step.
            tag: The tag.
            plugin_name: Whose they are.
            blobs: The octets, at least one.
            description: What is to be known of the tag.
        """
        metadata = SummaryMetadata(
            plugin_data=SummaryMetadata.PluginData(plugin_name=plugin_name), summary_description=description
        )
        self._write(step, [_value(tag, np.array(blobs, dtype=object), _metadata(metadata, DATA_CLASS_BLOB_SEQUENCE))])

    def hyperparameters(self, values: Mapping[str, bool | float | str]) -> None:
        """Says with which values the runs below this folder were made."""
        self._write(0, list(hparams_summary.hparams_pb(dict(values)).value))

    def _write(self, step: int, values: Sequence[Summary.Value]) -> None:
        begun = self._path is not None
        try:
            with self._events_file().open("ab") as file:
                if not begun:
                    _record(file, Event(wall_time=time.time(), file_version="brain.Event:2"))
                    # What older files have from this step on was written by a process that was killed and resumed
                    # before it.
                    _record(
                        file, Event(wall_time=time.time(), step=step, session_log=SessionLog(status=SessionLog.START))
                    )
                _record(file, Event(wall_time=time.time(), step=step, summary=Summary(value=values)))
        except OSError as error:
            raise TrainingError(
                f"{self._folder}: the events for TensorBoard cannot be written ({error.strerror or error})"
            ) from error

    def _events_file(self) -> Path:
        if self._path is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._path = (
                self._folder / f"events.out.tfevents.{time.time():.6f}{self._suffix}"
            )  # read in the order of their names
        return self._path


def _record(file: BinaryIO, event: Event) -> None:
    data = event.SerializeToString()
    length = struct.pack("<Q", len(data))
    for part in (length, data):
        file.write(part)
        file.write(struct.pack("<I", masked_crc32c(part)))


def _value(tag: str, content: np.ndarray, metadata: SummaryMetadata) -> Summary.Value:
    return Summary.Value(tag=tag, tensor=tensor_util.make_tensor_proto(content), metadata=metadata)


def _metadata(metadata: SummaryMetadata, data_class: int) -> SummaryMetadata:
    metadata.data_class = data_class  # without it TensorBoard shows nothing
    return metadata


def _literal(text: str) -> str:
    """Text that Markdown, which TensorBoard takes it for, shows as it is: all punctuation as numbered characters."""
    line = " ".join(text.split())
    return "".join(sign if sign.isalnum() or sign.isspace() or ord(sign) > 127 else f"&#{ord(sign)};" for sign in line)
