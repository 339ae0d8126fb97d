"""The questions to answer, from the command line or from files, and their answers."""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bert_keras import data
from bert_keras.data.json_lines import KINDS, JsonLinesFile
from bert_keras.data.tfds import TfdsSplit
from bert_keras.errors import InputError
from bert_keras.files import TFDS_PREFIX, TextFile
from bert_keras.models import SpanExtractor
from bert_keras.serving import SavedExtractor

from .files import files_of

_WHOLE = ".json"
_QUESTION_KEYS = {"question", "context"}
_ANSWER_KEYS = {"answers", "answer", "is_impossible"}


@dataclass(frozen=True)
class Asked:
    """A question to answer.

    Attributes:
        question: The question.
        context: The text that holds the answer.
        id: The id of the question in its file; `None` for a question from the command line.
    """

    question: str
    context: str
    id: str | None = None


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
    return [Asked(question, text) for question in questions]


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
    return [Asked(question.text, source.contexts[question.context], question.id) for question in source.asked]


def may_hold_questions(names: str | Sequence[str]) -> bool:
    """Returns whether questions with contexts can be read from files, judged by the name of the first.

    Args:
        names: Files, patterns or TFDS names, as `predict` takes them.

    Returns:
        Whether the first name is a TFDS name, or a .json or JSON lines file.

    Raises:
        DataError: The file cannot be opened.
    """
    first = _first(names)
    return first.startswith(TFDS_PREFIX) or TextFile(first).kind in (_WHOLE, *KINDS)


def hold_questions(names: str | Sequence[str]) -> bool:
    """Returns whether files hold questions with contexts, judged by the name and the first object of the first file."""
    first = _first(names)
    if first.startswith(TFDS_PREFIX):
        return set(TfdsSplit(first, "train").features) >= _QUESTION_KEYS
    if TextFile(first).kind in KINDS:
        return _first_keys(first) >= _QUESTION_KEYS
    return TextFile(first).kind == _WHOLE


def hold_answers(names: str | Sequence[str]) -> bool:
    """Returns whether the questions of files come with gold answers, judged by the first.

    JSON lines to predict may lack them; SQuAD files and TFDS data sets count as having them.

    Args:
        names: Files or TFDS names, as `data.QuestionSource` takes them.

    Returns:
        Whether the first question has answers, or says that it has none.

    Raises:
        DataError: The file cannot be read.
    """
    first = _first(names)
    if first.startswith(TFDS_PREFIX) or TextFile(first).kind not in KINDS:
        return True
    return bool(_first_keys(first) & _ANSWER_KEYS)


def _first(names: str | Sequence[str]) -> str:
    return next(files_of(names))


def _first_keys(name: str) -> set[str]:
    """Returns the keys of the first object of a JSON lines file; an empty file has none."""
    return {key for _, entry in itertools.islice(JsonLinesFile(name).objects(), 1) for key in entry}


def answers_to(
    model: SpanExtractor | SavedExtractor, asked: Sequence[Asked], token_budget: int
) -> Iterator[dict[str, Any]]:
    """Answers questions.

    Args:
        model: The reader, or its export.
        asked: The questions.
        token_budget: The maximum number of tokens per forward pass, padding included.

    Yields:
        The JSON object to write for each question, in order.
    """
    documents = ((each.question, each.context) for each in asked)
    for each, answer in zip(asked, model.answer_stream(documents, token_budget), strict=True):
        said = dataclasses.asdict(answer)
        yield {
            **({} if each.id is None else {"id": each.id}),
            "question": each.question,
            "answer": said.pop("text"),
            **said,
        }
