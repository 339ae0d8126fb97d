"""What questions can be read from: files of each kind, and TFDS data sets."""

import os
from collections.abc import Iterator, Sequence
from typing import Protocol

from bert_keras.data import json_file, json_lines
from bert_keras.data.question_lines import QuestionLines
from bert_keras.data.question_tfds import QuestionSplit
from bert_keras.data.questions import GivenQuestion
from bert_keras.data.squad_json import QuestionFile
from bert_keras.errors import DataError
from bert_keras.files.messages import TFDS_PREFIX
from bert_keras.files.text_file import TextFile


class QuestionPart(Protocol):
    """A file or a split of a TFDS data set.

    Attributes:
        name: For people.
    """

    name: str

    def questions(self, labelled: bool, label: str) -> Iterator[GivenQuestion]:
        """Reads from the start.

        Args:
            labelled: Whether to read answers.
            label: What the ids of questions without one begin with.

        Yields:
            All questions, in the same order each time.

        Raises:
            DataError: It cannot be read; the message names the place.
        """
        ...


def question_part(name: str, default_split: str) -> QuestionPart:
    """Opens a file or a TFDS data set.

    Args:
        name: Of it.
        default_split: Of a TFDS name without a split.

    Returns:
        What reads its questions.

    Raises:
        DataError: There is none, or a file of another kind.
    """
    if name.startswith(TFDS_PREFIX):
        return QuestionSplit(name, default_split)
    if os.path.isdir(name):
        raise DataError(f"{name}: a folder; name a json or jsonl file in it, or all of them with '{name}/*.json'")
    kind = TextFile(name).kind
    if kind in json_lines.KINDS:
        return QuestionLines(name)
    if kind in json_file.KINDS:
        return QuestionFile(name)
    raise DataError(
        f"{name}: questions are read from .json, .jsonl and .ndjson files, each also .gz. Received: {kind or 'no ending'}"
    )


def labels_of_files(files: Sequence[str]) -> list[str]:
    """Files' names without folders, where each has its own."""
    short = [name if name.startswith(TFDS_PREFIX) else os.path.basename(name) for name in files]
    return short if len(set(short)) == len(short) else list(files)
