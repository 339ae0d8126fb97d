"""The sources that questions can be read from: files of several formats, and TFDS data sets."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from bert_keras.data.questions.columnar import QuestionTable
from bert_keras.data.questions.documents import QuestionDocument
from bert_keras.data.questions.formats import Format, format_of
from bert_keras.data.questions.lines import QuestionLines
from bert_keras.data.questions.question import GivenQuestion
from bert_keras.data.questions.tfds import QuestionSplit
from bert_keras.errors import DataError
from bert_keras.files.messages import TFDS_PREFIX
from bert_keras.files.text_file import TextFile


class QuestionPart(Protocol):
    """A file, or a split of a TFDS data set, with questions.

    Attributes:
        name: The display name.
    """

    name: str

    def questions(self, labelled: bool, label: str) -> Iterator[GivenQuestion]:
        """Reads the questions from the start.

        Args:
            labelled: Whether to read the answers.
            label: The prefix of the ids that are generated for questions without one.

        Yields:
            All questions, in the same order each time.

        Raises:
            DataError: The questions cannot be read; the message names the location.
        """
        ...


_READERS: dict[Format, Callable[[str], QuestionPart]] = {
    "lines": QuestionLines,
    "document": QuestionDocument,
    "table": QuestionTable,
}


def question_part(name: str, default_split: str) -> QuestionPart:
    """Opens a file or a TFDS data set with questions.

    Args:
        name: The path of the file, or the TFDS name.
        default_split: The split of a TFDS name without one.

    Returns:
        The reader of its questions.

    Raises:
        DataError: The file or data set does not exist, or the file format is not supported.
    """
    if name.startswith(TFDS_PREFIX):
        return QuestionSplit(name, default_split)
    found = format_of(name)
    if found is None:
        raise DataError(
            f"{name}: questions are read from JSON, JSON lines, Parquet and Arrow, whatever the ending. "
            f"Received: {TextFile(name).kind or 'no ending'}, and neither {{ nor [ at its beginning"
        )
    return _READERS[found](name)


def labels_of_files(files: Sequence[str]) -> list[str]:
    """Returns the file names without their folders if these are unique, else the full names."""
    short = [name if name.startswith(TFDS_PREFIX) else os.path.basename(name) for name in files]
    return short if len(set(short)) == len(short) else list(files)
