"""The questions to answer: of the command line about a file, or of files, and what is said to them."""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bert_keras import data
from bert_keras.data.json_lines import JsonLinesFile
from bert_keras.data.tfds import TfdsSplit
from bert_keras.errors import InputError
from bert_keras.files import TextFile, expanded
from bert_keras.models import SpanExtractor
from bert_keras.serving import SavedExtractor

_WHOLE, _LINES = (".json",), (".jsonl", ".ndjson")
_TFDS = "tfds:"
_KEYS = {"question", "context"}


@dataclass(frozen=True)
class Asked:
    """A question.

    Attributes:
        question: Its text.
        context: The text that holds the answer.
        id: Its name in its file; None where it was asked by hand.
    """

    question: str
    context: str
    id: str | None = None


def asked_by_hand(questions: Sequence[str], context: str) -> list[Asked]:
    """Takes questions about one text.

    Args:
        questions: The questions.
        context: A file in UTF-8, also .gz; whatever its ending, all of it is the text.

    Returns:
        The questions.

    Raises:
        DataError: A file that cannot be read.
        InputError: An empty question or text.
    """
    wrong = next((question for question in questions if not _is_text(question)), None)
    if wrong is not None:
        raise InputError(f"--question must be a text that asks something. Received: {wrong!r:.80}")
    text = TextFile(context).text()
    if not text.strip():
        raise InputError(f"{context}: the file is empty; --context names the text that holds the answer")
    return [Asked(question, text) for question in questions]


def asked_in_files(names: str | Sequence[str]) -> list[Asked]:
    """Reads questions with their contexts.

    Args:
        names: Files or TFDS names, as `data.QuestionSource` takes them.

    Returns:
        The questions; answers in the files are not read.

    Raises:
        DataError: A file that cannot be read as asked for; the message names the place.
    """
    source = data.QuestionSource(names, labelled=False)
    return [Asked(question.text, source.contexts[question.context], question.id) for question in source.asked]


def may_hold_questions(names: str | Sequence[str]) -> bool:
    """Tells from the first of some names whether questions with contexts can be read from it.

    Args:
        names: Files, patterns or TFDS names, as `pipelines.predict` takes them.

    Returns:
        Whether they can.

    Raises:
        DataError: It cannot be opened.
    """
    first = _first(names)
    return first.startswith(_TFDS) or _kind(first) in (*_WHOLE, *_LINES)


def hold_questions(names: str | Sequence[str]) -> bool:
    """Does as `may_hold_questions`, and looks whether what is there first is a question with its context."""
    first = _first(names)
    if first.startswith(_TFDS):
        return set(TfdsSplit(first, "train").features) >= _KEYS
    if _kind(first) in _LINES:
        return any(entry.keys() >= _KEYS for _, entry in itertools.islice(JsonLinesFile(first).objects(), 1))
    return _kind(first) in _WHOLE


def _first(names: str | Sequence[str]) -> str:
    return expanded(names if isinstance(names, str) else names[0])[0]


def _kind(name: str) -> str:
    return TextFile(name).kind


def answers_to(
    model: SpanExtractor | SavedExtractor, asked: Sequence[Asked], token_budget: int
) -> Iterator[dict[str, Any]]:
    """Answers questions.

    Args:
        model: The reader.
        asked: The questions.
        token_budget: Most tokens that go through it together.

    Yields:
        What is said to each, in order.
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


def _is_text(question: str) -> bool:
    """Whether something is asked, in characters: bytes that are no UTF-8 come as halves of surrogate pairs."""
    return bool(question.strip()) and not any("\ud800" <= character <= "\udfff" for character in question)
