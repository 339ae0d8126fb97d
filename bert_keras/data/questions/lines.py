"""Questions in JSON lines files."""

from collections.abc import Iterator

from bert_keras.data.json_lines import JsonLinesFile
from bert_keras.data.questions.entries import Origin, questions_in
from bert_keras.data.questions.question import GivenQuestion
from bert_keras.files.messages import where

_HEADER = "header"


class QuestionLines(JsonLinesFile):
    """A JSON lines file with a question, or a paragraph with its questions, per line; see `entries.questions_in`.

    The header of MRQA 2019, an object with the key `header` alone in the first line, is skipped.
    """

    def questions(self, labelled: bool, label: str) -> Iterator[GivenQuestion]:
        """Reads all questions; see `parts.QuestionPart`."""
        for number, (line, entry) in enumerate(self.objects()):
            if number or set(entry) != {_HEADER}:
                yield from questions_in(entry, Origin(where(self.name, line), f"{label}:{line}"), labelled)
