"""Records in event files, where the Attention tab of TensorBoard looks for them."""

from pathlib import Path

from bert_keras.errors import InputError
from bert_keras.event_files.writer import EventWriter
from bert_keras.insight.record import Record
from bert_keras.tensorboard_plugin import FILE_SUFFIX, PLUGIN_NAME


class AttentionLog:
    """Writes records; each is in the file when the call returns.

    Args:
        folder: The folder, a run of its own in TensorBoard. It is made with the first record.

    Attributes:
        events: Writes whatever else is to stand beside the records: TensorBoard follows one file of a folder as it
            grows, not two.
    """

    def __init__(self, folder: str | Path) -> None:
        self.events = EventWriter(folder, FILE_SUFFIX)
        self._folder, self._step = Path(folder), 0

    def write(self, step: int, tag: str, record: Record) -> int:
        """Writes a record.

        Args:
            step: Of a training; 0 where there is none.
            tag: What the text is listed under. Records of one tag are the steps of one text.
            record: The record, which will say that step.

        Returns:
            How many octets it takes.

        Raises:
            InputError: A step below the one before, of whatever tag.
            TrainingError: The file cannot be written.
        """
        if step < self._step:
            raise InputError(
                f"{self._folder}: records are written in the order of their steps; at a lower one TensorBoard drops those from it on. "
                f"Received: step {step} after {self._step}"
            )
        self._step = step
        blobs = record.at(step).blobs()
        self.events.blobs(step, tag, PLUGIN_NAME, blobs)
        return sum(map(len, blobs))
