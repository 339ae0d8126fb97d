"""Questions in TensorFlow Datasets with the features of SQuAD."""

from collections.abc import Iterator

from bert_keras.data.questions.entries import Origin, question_of
from bert_keras.data.questions.question import GivenQuestion
from bert_keras.data.tfds import TfdsSplit
from bert_keras.errors import DataError
from bert_keras.files.messages import listed, where

_FEATURES = ("id", "title", "context", "question", "answers", "is_impossible")
_MOST_ROWS = 1024  # per batch, since contexts may be long


class QuestionSplit(TfdsSplit):
    """A split of a TFDS data set with the features `question`, `context` and `answers`, like `tfds:squad`."""

    def questions(self, labelled: bool, label: str) -> Iterator[GivenQuestion]:
        """Reads all questions; see `parts.QuestionPart`."""
        needed = {"question", "context", *(["answers"] if labelled else [])}
        if not needed <= set(self.features):
            expected = "the features question, context and answers expected"
            raise DataError(f"{self.name}: {expected}, as tfds:squad has them. Received: {listed(self.features)}")
        names = [
            name
            for name in _FEATURES
            if name in self.features and (labelled or name not in ("answers", "is_impossible"))
        ]
        for rows, columns in self.columns(names, _MOST_ROWS):
            for row, *values in zip(rows, *columns, strict=True):
                entry = dict(zip(names, values, strict=True))
                yield question_of(entry, Origin(where(self.name, row), f"{label}:{row}"), labelled)
