"""Event files with records, for the Attention tab of TensorBoard."""

from pathlib import Path

from bert_keras.errors import InputError
from bert_keras.event_files.writer import EventWriter
from bert_keras.insight.record import Record
from bert_keras.tensorboard_plugin import FILE_SUFFIX, PLUGIN_NAME


class AttentionLog:
    """Writes records to an event file; a record is in the file when `write` returns.

    Args:
        folder: The folder of the event file, a TensorBoard run of its own. It is created with the first record.

    Attributes:
        events: The writer of the event file. It also takes what is logged beside the records, since TensorBoard follows
            only one growing file per folder.
    """

    def __init__(self, folder: str | Path) -> None:
        self.events = EventWriter(folder, FILE_SUFFIX)
        self._folder, self._step = Path(folder), 0

    def write(self, step: int, tag: str, record: Record) -> int:
        """Writes a record.

        Args:
            step: The optimizer step; 0 without a training.
            tag: The name that the text is listed under. Records with one tag are the steps of one text.
            record: The record; this step is entered in its header.

        Returns:
            The size of the record in bytes.

        Raises:
            InputError: The step is below that of the previous record, whatever its tag.
            TrainingError: The file cannot be written.
        """
        if step < self._step:
            raise InputError(
                f"{self._folder}: records are written in the order of their steps; at a lower one TensorBoard drops "
                f"those from it on. Received: step {step} after {self._step}"
            )
        self._step = step
        blobs = record.at(step).blobs()
        self.events.blobs(step, tag, PLUGIN_NAME, blobs)
        return sum(map(len, blobs))
