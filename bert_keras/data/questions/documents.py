"""Questions in files of a single JSON value: SQuAD's layout, and lists of paragraphs or questions."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from bert_keras.data.json_file import JsonFile
from bert_keras.data.questions.entries import (
    CONTEXT,
    PARAGRAPH,
    PARAGRAPHS,
    QUESTION,
    Origin,
    questions_in,
    questions_of_article,
)
from bert_keras.data.questions.fields import object_of
from bert_keras.data.questions.lists import rows_of
from bert_keras.data.questions.question import GivenQuestion
from bert_keras.errors import DataError
from bert_keras.files.messages import listed, shown, shown_value

_DATA = "data"
_COLUMNS = "columns"  # beside the data, in pandas' layout "split"
_LAYOUT_KEYS = {PARAGRAPHS, PARAGRAPH, QUESTION, CONTEXT}


class QuestionDocument(JsonFile):
    """A JSON file in the layout of SQuAD 1.1 or 2.0, or with a list of its parts; see `entries.questions_in`."""

    def questions(self, labelled: bool, label: str) -> Iterator[GivenQuestion]:
        """Reads all questions; see `parts.QuestionPart`."""
        document = self._rows(self.document())
        if isinstance(document, list):
            for number, entry in enumerate(document, 1):
                yield from questions_in(entry, Origin(f"{self.name}, entry {number}", f"{label}:{number}"), labelled)
        elif isinstance(document, dict) and _DATA in document:
            yield from self._squad(document, labelled, label)
        elif isinstance(document, dict) and _LAYOUT_KEYS & set(document):
            yield from questions_in(document, Origin(self.name, label), labelled)
        else:
            there = listed(list(document)) if isinstance(document, dict) else shown_value(document)
            expected = (
                'an object with a list "data" as SQuAD has it expected, '
                "or a list of objects with question, context and answers"
            )
            raise DataError(f"{self.name}: {expected}. Received: {there or 'nothing'}")

    def _rows(self, document: Any) -> Any:
        """Returns the rows of columns, as frames write them; any other document as it is."""
        if not isinstance(document, dict):
            return document
        if isinstance(document.get(QUESTION), list | dict):
            return rows_of(document, self.name)
        names, rows = document.get(_COLUMNS), document.get(_DATA)
        if isinstance(names, list) and isinstance(rows, list) and all(isinstance(row, list) for row in rows):
            return [dict(zip(map(str, names), row, strict=False)) for row in rows]
        return document

    def _squad(self, document: dict[str, Any], labelled: bool, label: str) -> Iterator[GivenQuestion]:
        always_answered = str(document.get("version", "")).lower().removeprefix("v").startswith("1")
        for number, value in enumerate(rows_of(document[_DATA], f'{self.name}: "{_DATA}"'), 1):
            for question in self._of_entry(value, number, labelled, f"{label}:{number}"):
                if always_answered and question.impossible is None:
                    question = dataclasses.replace(question, impossible=False)  # a blank answer is a mistake there
                yield question

    def _of_entry(self, value: Any, number: int, labelled: bool, id_: str) -> Iterator[GivenQuestion]:
        if isinstance(value, dict) and PARAGRAPHS not in value and _LAYOUT_KEYS & set(value):
            return questions_in(value, Origin(f"{self.name}, entry {number}", id_), labelled)
        place = f"{self.name}, article {number}"
        article = object_of(value, place)
        title = article.get("title")
        if isinstance(title, str) and title.strip():
            place = f'{self.name}, article "{shown(title)}"'
        return questions_of_article(article, Origin(place, id_), labelled)
