"""The writer of TensorBoard event files.

It does not use TensorFlow's summary operations, so that no event is lost in a buffer when a training run is killed, and
so that a resumed run discards the events that its predecessor wrote after the last checkpoint.
"""

import contextlib
import os
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
    """Writes events to a folder; each event is in the file when the call returns.

    Args:
        folder: The folder, which TensorBoard shows as one run.
        suffix: The end of the file's name.
        goes_on: Whether the steps go on from those of older files in the folder, as a resumed training's do, so that
            TensorBoard discards the older events from the first new step on.
    """

    def __init__(self, folder: str | Path, suffix: str = "", *, goes_on: bool = True) -> None:
        self._folder, self._suffix, self._goes_on = Path(folder), suffix, goes_on
        self._path: Path | None = None

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Writes one point of each named curve."""
        metadata = _metadata(scalar_metadata.create_summary_metadata("", ""), DATA_CLASS_SCALAR)
        self._write(step, [_value(name, np.array(value, np.float32), metadata) for name, value in values.items()])

    def image(self, step: int, tag: str, png: bytes) -> None:
        """Writes an image, given as the bytes of a PNG file."""
        # The width and the height are in the PNG's header.
        size = [str(int.from_bytes(png[at : at + 4], "big")).encode() for at in (16, 20)]
        metadata = _metadata(image_metadata.create_summary_metadata("", ""), DATA_CLASS_BLOB_SEQUENCE)
        self._write(step, [_value(tag, np.array([*size, png], dtype=object), metadata)])

    def table(self, step: int, tag: str, rows: Sequence[Sequence[str]]) -> None:
        """Writes a table of texts, escaped so that TensorBoard does not render them as Markdown."""
        cells = np.array([[_literal(cell).encode() for cell in row] for row in rows], dtype=object)
        metadata = _metadata(text_metadata.create_summary_metadata("", ""), DATA_CLASS_TENSOR)
        self._write(step, [_value(tag, cells, metadata)])

    def precision_recall(self, step: int, tag: str, true: np.ndarray, probabilities: np.ndarray) -> None:
        """Writes precision and recall at 101 thresholds.

        Args:
            step: The step.
            tag: The tag.
            true: Whether each row is positive, `[rows]` bool.
            probabilities: The probability of each row to be positive, `[rows]`.
        """
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
        """Writes a histogram of the finite values, in 30 bins."""
        finite = np.asarray(values, np.float64)[np.isfinite(values)]
        counts, edges = np.histogram(finite, _BINS) if finite.size else (np.zeros(_BINS), np.zeros(_BINS + 1))
        metadata = _metadata(histogram_metadata.create_summary_metadata("", ""), DATA_CLASS_TENSOR)
        self._write(step, [_value(tag, np.stack([edges[:-1], edges[1:], counts], axis=1), metadata)])

    def blobs(self, step: int, tag: str, plugin_name: str, blobs: Sequence[bytes], description: str = "") -> None:
        """Writes a sequence of byte strings for a TensorBoard plugin, which can fetch each of them separately.

        Args:
            step: The step.
            tag: The tag.
            plugin_name: The name of the plugin.
            blobs: The byte strings, at least one.
            description: The description of the tag.
        """
        metadata = SummaryMetadata(
            plugin_data=SummaryMetadata.PluginData(plugin_name=plugin_name), summary_description=description
        )
        self._write(step, [_value(tag, np.array(blobs, dtype=object), _metadata(metadata, DATA_CLASS_BLOB_SEQUENCE))])

    def hyperparameters(self, values: Mapping[str, bool | float | str], name: str) -> None:
        """Writes the hyper-parameters of the runs below this folder, with the name of their row in the HParams tab."""
        self._write(0, list(hparams_summary.hparams_pb(dict(values), trial_id=name).value))

    def _write(self, step: int, values: Sequence[Summary.Value]) -> None:
        begun, whole = self._path is not None, 0
        try:
            with self._events_file().open("ab") as file:
                whole = file.tell()
                if not begun:
                    _record(file, Event(wall_time=time.time(), file_version="brain.Event:2"))
                if not begun and self._goes_on:
                    # Tells TensorBoard to discard the events of older files from this step on: a process wrote them
                    # that was killed, and this one repeats the steps from its last checkpoint.
                    _record(
                        file, Event(wall_time=time.time(), step=step, session_log=SessionLog(status=SessionLog.START))
                    )
                _record(file, Event(wall_time=time.time(), step=step, summary=Summary(value=values)))
        except OSError as error:
            self._take_back(whole)
            raise TrainingError(
                f"{self._folder}: the events for TensorBoard cannot be written ({error.strerror or error})"
            ) from error

    def _take_back(self, whole: int) -> None:
        """Cuts the file off behind its last whole event, or deletes it."""
        if self._path is None or not self._path.is_file():
            return
        with contextlib.suppress(OSError):
            if whole:
                os.truncate(self._path, whole)
            else:
                self._path.unlink()
                self._path = None

    def _events_file(self) -> Path:
        if self._path is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            # TensorBoard reads the files in the order of their names.
            self._path = self._folder / f"events.out.tfevents.{time.time():.6f}{self._suffix}"
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
    """Escapes ASCII punctuation as numeric character references, since TensorBoard renders texts as Markdown."""
    line = " ".join(text.split())
    return "".join(sign if sign.isalnum() or sign.isspace() or ord(sign) > 127 else f"&#{ord(sign)};" for sign in line)
