"""The questions to answer, from the command line or from files, and their answers."""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bert_keras import data
from bert_keras.data.json_lines import JsonLinesFile
from bert_keras.data.questions.columnar import QuestionTable
from bert_keras.data.questions.formats import format_of
from bert_keras.data.tfds import TfdsSplit
from bert_keras.errors import InputError
from bert_keras.files import TFDS_PREFIX, TextFile
from bert_keras.models import SpanExtractor
from bert_keras.serving import SavedExtractor
from bert_keras.text import text_place

from .files import files_of

_QUESTION_KEYS = {"question", "context"}
_PARAGRAPH_KEY = "qas"
_NOWHERE = {"page": None, "line": None}
_HEADER_KEYS = {"header"}
_ANSWER_KEYS = {"answers", "answer", "is_impossible", "answers.text", "detected_answers"}


@dataclass(frozen=True)
class Asked:
    """A question to answer.

    Attributes:
        question: The question.
        context: The text that holds the answer.
        id: The id of the question in its file, which another question may have too, or one made of its place;
            `None` for a question from the command line.
        is_file: Whether the context is the whole of a text file, whose lines can be told.
    """

    question: str
    context: str
    id: str | None = None
    is_file: bool = False


def asked_by_hand(questions: Sequence[str], context: str) -> list[Asked]:
    """Returns questions from the command line about one text.

    Args:
        questions: The questions.
        context: A file in UTF-8, also .gz, whose whole content is the text, whatever its ending.

    Returns:
        The questions with their context.

    Raises:
        DataError: The file cannot be read.
        InputError: A question is empty or not UTF-8, or the text is empty.
    """
    wrong = next((question for question in questions if not question.strip() or not is_utf8(question)), None)
    if wrong is not None:
        raise InputError(f"--question must be a text that asks something. Received: {wrong!r:.80}")
    text = TextFile(context).text()
    if not text.strip():
        raise InputError(f"{context}: the file is empty; --context names the text that holds the answer")
    return [Asked(question, text, is_file=True) for question in questions]


def is_utf8(typed: str) -> bool:
    """Returns whether an argument was valid UTF-8; Python decodes other bytes to lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in typed)


def asked_in_files(names: str | Sequence[str]) -> list[Asked]:
    """Reads questions with their contexts from files.

    Args:
        names: Files or TFDS names, as `data.QuestionSource` takes them.

    Returns:
        The questions; answers in the files are ignored.

    Raises:
        DataError: A file cannot be read, or holds no questions; the message names the place.
    """
    source = data.QuestionSource(names, labelled=False)
    stated = {renamed.id: renamed.stated_id for renamed in source.renamed}
    return [
        Asked(question.text, source.contexts[question.context], stated.get(question.id, question.id))
        for question in source.asked
    ]


def may_hold_questions(names: str | Sequence[str]) -> bool:
    """Returns whether questions with contexts can be read from files, judged by the format of the first.

    Args:
        names: Files, patterns or TFDS names, as `predict` takes them.

    Returns:
        Whether the first name is a TFDS name, or a file of JSON, JSON lines, Parquet or Arrow.

    Raises:
        DataError: The file cannot be opened.
    """
    first = _first(names)
    return first.startswith(TFDS_PREFIX) or format_of(first) is not None


def hold_questions(names: str | Sequence[str]) -> bool:
    """Returns whether files hold questions with contexts, judged by the first object of the first file."""
    first = _first(names)
    if first.startswith(TFDS_PREFIX):
        return set(TfdsSplit(first, "train").features) >= _QUESTION_KEYS
    keys = _first_keys(first)
    return keys is None or keys >= _QUESTION_KEYS or _PARAGRAPH_KEY in keys


def hold_answers(names: str | Sequence[str]) -> bool:
    """Returns whether the questions of files come with gold answers, judged by the first.

    JSON lines and tables to predict may lack them; SQuAD files and TFDS data sets count as having them.

    Args:
        names: Files or TFDS names, as `data.QuestionSource` takes them.

    Returns:
        Whether the first question has answers, or says that it has none.

    Raises:
        DataError: The file cannot be read.
    """
    first = _first(names)
    keys = None if first.startswith(TFDS_PREFIX) else _first_keys(first)
    return keys is None or _PARAGRAPH_KEY in keys or bool(keys & _ANSWER_KEYS)


def _first(names: str | Sequence[str]) -> str:
    return next(files_of(names))


def _first_keys(name: str) -> set[str] | None:
    """Returns the keys of the first object of JSON lines, or the columns of a table; None for a JSON document.

    An empty file and one of another format have none.
    """
    found = format_of(name)
    if found == "document":
        return None
    if found == "table":
        return set(QuestionTable(name).columns())
    entries = (set(entry) for _, entry in JsonLinesFile(name).objects()) if found == "lines" else iter(())
    return next((keys for keys in itertools.islice(entries, 2) if keys != _HEADER_KEYS), set())


def answers_to(
    model: SpanExtractor | SavedExtractor, asked: Sequence[Asked], token_budget: int
) -> Iterator[dict[str, Any]]:
    """Answers questions.

    Args:
        model: The reader, or its export.
        asked: The questions.
        token_budget: The maximum number of tokens per forward pass, padding included.

    Yields:
        The JSON object to write for each question, in order: the fields of `SpanAnswer`, with the text of the sentence,
        and for a text file the page and the line in which each span begins.
    """
    documents = ((each.question, each.context) for each in asked)
    for each, answer in zip(asked, model.answer_stream(documents, token_budget), strict=True):
        said = dataclasses.asdict(answer)
        for span in (said, *said["n_best"]) if each.is_file else ():
            there = span["end"] > 0
            span |= dataclasses.asdict(text_place(each.context, span["start"])) if there else _NOWHERE
        yield {
            **({} if each.id is None else {"id": each.id}),
            "question": each.question,
            "answer": said.pop("text"),
            **said,
            "sentence": each.context[answer.sentence_start : answer.sentence_end],
        }
