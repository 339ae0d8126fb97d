"""Questions in JSON files in the layout of SQuAD: articles with paragraphs with questions and answers."""

from collections.abc import Iterator, Sequence
from typing import Any

from bert_keras.data.json_file import JsonFile
from bert_keras.data.questions.entries import check_impossible, id_of, question_of, start_of
from bert_keras.data.questions.fields import list_at, object_of, text_at, value_at
from bert_keras.data.questions.question import GivenAnswer, GivenQuestion
from bert_keras.errors import DataError
from bert_keras.files.messages import listed, shown, shown_value


class QuestionFile(JsonFile):
    """A JSON file in the layout of SQuAD 1.1 or 2.0, or with a list of flat objects; see `entries`."""

    def questions(self, labelled: bool, label: str) -> Iterator[GivenQuestion]:
        """Reads all questions; see `parts.QuestionPart`."""
        document = self.document()
        if isinstance(document, list):
            for number, entry in enumerate(document, 1):
                place = f"{self.name}, entry {number}"
                yield question_of(object_of(entry, place), place, f"{label}:{number}", labelled)
        elif isinstance(document, dict) and "data" in document:
            yield from squad_questions(document, self.name, labelled)
        else:
            there = listed(list(document)) if isinstance(document, dict) else shown_value(document)
            expected = (
                'an object with a list "data" as SQuAD has it expected, '
                "or a list of objects with question, context and answers"
            )
            raise DataError(f"{self.name}: {expected}. Received: {there or 'nothing'}")


def squad_questions(document: dict[str, Any], name: str, labelled: bool) -> Iterator[GivenQuestion]:
    """Reads the questions of a parsed SQuAD file.

    Args:
        document: The parsed file.
        name: The name of the file, for messages.
        labelled: Whether to read the answers.

    Yields:
        All questions in the file's order.

    Raises:
        DataError: A key is missing or has a wrong type; the message names article, paragraph and id.
    """
    for number, value in enumerate(list_at(document, "data", name), 1):
        article = object_of(value, f"{name}, article {number}")
        title = _title(article, f"{name}, article {number}")
        within = f'{name}, article "{shown(title)}"' if title.strip() else f"{name}, article {number}"
        for place, paragraph in _objects(article, "paragraphs", within, "paragraph"):
            context = text_at(paragraph, "context", place)
            for question_place, entry in _objects(paragraph, "qas", place, "question"):
                id_ = id_of(value_at(entry, "id", question_place), question_place)
                named = f"{place}, id {shown(id_)}"
                answers = tuple(_answers(entry, named)) if labelled else ()
                yield GivenQuestion(id_, text_at(entry, "question", named), context, answers, title, named)


def _title(article: dict[str, Any], place: str) -> str:
    return "" if article.get("title") is None else text_at(article, "title", place)


def _objects(entry: dict[str, Any], key: str, place: str, what: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, value in enumerate(list_at(entry, key, place), 1):
        within = f"{place}, {what} {number}"
        yield within, object_of(value, within)


def _answers(entry: dict[str, Any], place: str) -> Iterator[GivenAnswer]:
    impossible = check_impossible(entry, place)
    # An unanswerable question may lack the key; the `plausible_answers` of SQuAD 2.0 are not answers.
    given: Sequence[Any] = [] if impossible and "answers" not in entry else list_at(entry, "answers", place)
    for value in given:
        answer = object_of(value, place)
        yield GivenAnswer(text_at(answer, "text", place), start_of(value_at(answer, "answer_start", place), place))
