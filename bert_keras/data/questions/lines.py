"""Questions in JSON lines files."""

from collections.abc import Iterator

from bert_keras.data.json_lines import JsonLinesFile
from bert_keras.data.questions.entries import question_of
from bert_keras.data.questions.question import GivenQuestion
from bert_keras.files.messages import where


class QuestionLines(JsonLinesFile):
    """A JSON lines file with a question, its context and its answers per line; see `entries.question_of`."""

    def questions(self, labelled: bool, label: str) -> Iterator[GivenQuestion]:
        """Reads all questions; see `parts.QuestionPart`."""
        for line, entry in self.objects():
            yield question_of(entry, where(self.name, line), f"{label}:{line}", labelled)
