"""Questions in Parquet and Arrow files, whose rows are those of JSON lines."""

from collections.abc import Iterator

from bert_keras.data.questions.entries import Origin, questions_in
from bert_keras.data.questions.question import GivenQuestion
from bert_keras.data.tables.columnar import ColumnarFile, columnar_format
from bert_keras.errors import DataError


class QuestionTable:
    """A Parquet or Arrow file with a question, or a paragraph with its questions, per row; see `entries.questions_in`.

    Args:
        name: The path of the file.

    Attributes:
        name: The path of the file.

    Raises:
        DataError: The file is of another format.
    """

    def __init__(self, name: str) -> None:
        format = columnar_format(name)
        if format is None:
            raise DataError(f"{name}: neither Parquet nor Arrow")
        self.name, self._file = name, ColumnarFile(name, format)

    def questions(self, labelled: bool, label: str) -> Iterator[GivenQuestion]:
        """Reads all questions, some rows at a time; see `parts.QuestionPart`."""
        for records in self._file.records(lambda there, place: there):
            for row, *values in zip(records.lines, *records.columns, strict=True):
                entry = dict(zip(records.chosen, values, strict=True))
                yield from questions_in(entry, Origin(f"{self.name}, row {row}", f"{label}:{row}"), labelled)

    def columns(self) -> list[str]:
        """Returns the names of the columns.

        Raises:
            DataError: The file cannot be read.
        """
        return self._file.names()
